//! `/backoffice/r/{restaurant}`: the whole menu, with its prices to type over.

use std::collections::HashMap;

use domain::{
    ids::ItemId,
    menu::{Category, Menu},
    money::{Currency, Money},
    violation::Violation,
};
use maud::{Markup, html};

use super::{
    OfficeNotice, RestaurantHeader,
    form::{Form, Line},
    restaurant_page,
};
use crate::{dish::picture, icons};

/// The menu of a restaurant.
#[derive(Clone, Debug)]
pub struct OfficeMenu<'a> {
    /// The header of the restaurant's pages.
    pub header: RestaurantHeader<'a>,
    /// The currency of its prices.
    pub currency: Currency,
    /// The menu with what is hidden.
    pub menu: &'a Menu,
    /// Its version.
    pub version: i64,
    /// Pieces left of counted dishes.
    pub left: HashMap<ItemId, u32>,
    /// Prices as typed, where they were not saved.
    pub typed: HashMap<ItemId, String>,
    /// What is wrong with them, at `price.<dish>`.
    pub violations: &'a [Violation],
    /// The notice about the last request.
    pub notice: Option<OfficeNotice>,
}

/// The menu at `/backoffice/r/{restaurant}`.
pub fn office_menu(page: &OfficeMenu<'_>) -> Markup {
    let words = &page.header.reader.words().office;
    let content = html! {
        p.office-tools {
            a.primary href=(page.header.at("/dishes/new")) { (icons::plus()) (words.new_dish) }
            a.second href=(page.header.at("/transfer")) { (words.transfer) }
            a.second href={ "/r/" (page.header.restaurant) } { (words.see_shop) }
        }
        @if page.menu.categories().is_empty() {
            div.empty { p.big { (words.empty_menu) } p { (words.empty_menu_advice) } }
        }
        // One form for all prices; buttons beside the dishes belong to forms of their own.
        form #prices method="post" action=(page.header.at("/prices")) data-guard {
            input type="hidden" name="version" value=(page.version);
        }
        form #moves method="post" action=(page.header.at("/edit")) {
            input type="hidden" name="version" value=(page.version);
        }
        @for (n, category) in page.menu.categories().iter().enumerate() {
            (heading(page, n, category))
        }
        @if !page.menu.categories().is_empty() {
            div.save-bar {
                p.soft { (words.prices_hint) }
                button.primary type="submit" form="prices" { (words.save_prices) }
            }
        }
        details.panel.office-more open[page.menu.categories().is_empty()] {
            summary { (words.new_category) }
            form method="post" action=(page.header.at("/categories")) {
                input type="hidden" name="version" value=(page.version);
                (form(page).line(Line::new("name", words.name, "")))
                button.second type="submit" { (words.add) }
            }
        }
    };
    restaurant_page(page.header, "", words.menu, page.notice.as_ref(), &content)
}

fn form<'a>(page: &OfficeMenu<'a>) -> Form<'a> {
    Form { reader: page.header.reader, violations: page.violations }
}

/// A small button with a form of its own.
fn small(act: &str, id: &str, label: &str, of: &str, icon: &Markup) -> Markup {
    html! {
        button.icon-button type="submit" form="moves" name="do" value={ (act) ":" (id) }
            aria-label={ (label) ": " (of) } title=(label) { (icon) }
    }
}

fn heading(page: &OfficeMenu<'_>, n: usize, category: &Category) -> Markup {
    let words = &page.header.reader.words().office;
    let (id, name) = (category.id.as_str(), category.name.as_str());
    let last = page.menu.categories().len() - 1;
    let at = page.header.at(&format!("/categories/{id}"));
    html! {
        section.panel.office-category aria-labelledby={ "c-" (id) } {
            div.office-category-head {
                h2 id={ "c-" (id) } { (name) }
                @if n > 0 { (small("category-up", id, words.up, name, &icons::up())) }
                @if n < last { (small("category-down", id, words.down, name, &icons::down())) }
                details.office-rename {
                    summary { (words.rename) }
                    form method="post" action=(at) {
                        input type="hidden" name="version" value=(page.version);
                        label.visually-hidden for={ "n-" (id) } { (words.name) }
                        input id={ "n-" (id) } name="name" type="text" value=(name) required
                            autocomplete="off" maxlength="120";
                        button.second type="submit" name="do" value="rename" { (words.rename) }
                        @if category.items.is_empty() {
                            button.quiet type="submit" name="do" value="remove" { (words.remove) }
                        }
                    }
                }
            }
            @if category.items.is_empty() { p.soft { (words.empty_category) } }
            ul.office-dishes {
                @for n in 0..category.items.len() {
                    (row(page, category, n))
                }
            }
            p {
                a.add-dish href={ (page.header.at("/dishes/new")) "?category=" (id) } {
                    (icons::plus()) (words.new_dish_here)
                }
            }
        }
    }
}

fn row(page: &OfficeMenu<'_>, category: &Category, n: usize) -> Markup {
    let words = &page.header.reader.words().office;
    let Some(item) = category.items.get(n) else { return html! {} };
    let (id, name) = (item.id.as_str(), item.name.as_str());
    let field = format!("price.{id}");
    let saved = Money::new(item.price_minor, page.currency).decimal();
    let price = page.typed.get(&item.id).map_or(saved.as_str(), String::as_str);
    let wrong = page.violations.iter().any(|violation| violation.field == field);
    html! {
        li.office-dish.is-hidden[item.hidden] id={ "d-" (id) } {
            span.office-drawing aria-hidden="true" { (picture(item, category.name.as_str())) }
            div.office-dish-name {
                a href={ (page.header.at("/dishes/")) (id) } { (name) }
                p.office-facts {
                    @if item.hidden { span.badge { (words.hidden) } }
                    @match page.left.get(&item.id) {
                        Some(0) => span.badge.bad { (words.sold_out) },
                        Some(left) => span { ((words.left)(*left)) },
                        None => {},
                    }
                    @if !item.option_groups.is_empty() {
                        span.soft { (words.with_options) }
                    }
                }
            }
            div.price-field {
                label.visually-hidden for=(field) { (words.price) ", " (name) }
                span.soft aria-hidden="true" { (page.currency.sign().trim()) }
                input id=(field) name=(field) form="prices" type="text" inputmode="decimal"
                    value=(price) autocomplete="off" required maxlength="12"
                    aria-invalid=[wrong.then_some("true")]
                    aria-describedby=[wrong.then(|| format!("{field}-error"))];
                // Only edited prices are sent, so that concurrent changes are not undone.
                input type="hidden" form="prices" name={ "was." (id) } value=(saved);
                (form(page).errors(words.price, &field))
            }
            div.office-buttons {
                @if item.hidden {
                    (small("show", id, words.show, name, &icons::eye_off()))
                } @else {
                    (small("hide", id, words.hide, name, &icons::eye()))
                }
                @if n > 0 { (small("up", id, words.up, name, &icons::up())) }
                @if n + 1 < category.items.len() { (small("down", id, words.down, name, &icons::down())) }
            }
        }
    }
}
