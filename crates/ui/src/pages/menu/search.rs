//! Searching and filtering a menu: a form that also works without a script, and filters while
//! typing with one.

use std::collections::BTreeSet;

use domain::menu::Dietary;
use maud::{Markup, html};

use super::MenuPage;
use crate::icons;

pub(super) fn form(page: &MenuPage<'_>) -> Markup {
    let words = page.reader.words();
    let dietary: Vec<_> =
        Dietary::ALL.iter().filter(|t| page.menu.items().any(|i| i.is(**t))).collect();
    let allergens: BTreeSet<_> =
        page.menu.items().flat_map(domain::menu::Item::every_allergen).collect();
    html! {
        search {
            form #search.search method="get" action={ "/r/" (page.restaurant.id) }
                aria-label=(words.search.label) data-search
                data-one=((words.cart.dishes)(1)) data-many=((words.cart.dishes)(2).replace('2', "#")) {
                div.search-box {
                    (icons::lens())
                    input type="search" name="q" value=(page.wanted.words) maxlength="80"
                        placeholder=(words.search.placeholder) aria-label=(words.search.placeholder)
                        autocomplete="off" enterkeyhint="search";
                }
                div.filters {
                    @for tag in dietary {
                        label.filter {
                            input type="checkbox" name="diet" value=(tag)
                                checked[page.wanted.dietary.contains(tag)];
                            (icons::dietary(*tag)) ((words.menu.dietary)(*tag))
                        }
                    }
                    @if !allergens.is_empty() {
                        details.without data-without=(words.search.without) {
                            summary.filter { (without(page)) }
                            div.filters {
                                @for name in allergens {
                                    label.filter {
                                        input type="checkbox" name="without" value=(name)
                                            data-name=(page.reader.allergen(name))
                                            checked[page.wanted.without.iter().any(|w| w == name)];
                                        span.visually-hidden { (words.search.without) " " }
                                        (page.reader.allergen(name))
                                    }
                                }
                            }
                        }
                    }
                    button.quiet type="submit" { (words.search.show) }
                }
            }
        }
    }
}

/// `Without…`, or `Without milk, nuts`.
fn without(page: &MenuPage<'_>) -> String {
    let word = page.reader.words().search.without;
    let names: Vec<_> = page.wanted.without.iter().map(|name| page.reader.allergen(name)).collect();
    match names.is_empty() {
        true => format!("{word}\u{2026}"),
        false => format!("{word} {}", names.join(", ")),
    }
}

/// The text if the search matches no dish. A script updates it while typing.
pub(super) fn nothing(page: &MenuPage<'_>) -> Markup {
    let words = &page.reader.words().search;
    let some = page.menu.items().any(|item| page.wanted.suits(item));
    html! {
        div #nothing.empty hidden[some || page.wanted.is_empty()] {
            p.big { (words.none) }
            p { (words.none_hint) }
            a.primary href={ "/r/" (page.restaurant.id) } { (words.clear) }
        }
    }
}
