//! The sheet of one dish: a popover that opens without JavaScript.

use domain::{
    menu::{Choice, Item, OptionGroup},
    money::Money,
};
use maud::{Markup, html};

use super::{
    MenuPage,
    card::{chips, is_sold_out, supply},
};
use crate::{dish, fields, icons};

pub(super) fn sheet(page: &MenuPage<'_>, item: &Item) -> Markup {
    let (currency, words) = (page.restaurant.currency, &page.reader.words().sheet);
    let refused = page.refused.as_ref().filter(|refused| refused.item_id == item.id);
    let (id, title) = (format!("i-{}", item.id), format!("t-{}", item.id));
    html! {
        dialog.sheet id=(id) popover="auto" open[refused.is_some()] aria-labelledby=(title) {
            form method="post" action={ "/r/" (page.restaurant.id) "/cart" } data-enhance
                data-unit=(item.price_minor) {
                div.sheet-picture { (dish::again(&item.id)) }
                @if refused.is_some() {
                    a.close.icon-button href={ "/r/" (page.restaurant.id) } aria-label=(page.reader.words().shell.close) {
                        (icons::close())
                    }
                } @else {
                    button.close.icon-button type="button" popovertarget=(id)
                        popovertargetaction="hide" aria-label=(page.reader.words().shell.close) { (icons::close()) }
                }
                div.sheet-body {
                    h2 id=(title) { (item.name) }
                    p.price {
                        (page.reader.money(Money::new(item.price_minor, currency)))
                        (supply(page, item))
                    }
                    @if let Some(text) = &item.description { p { (text) } }
                    (chips(&page.reader, item))
                    @if let Some(refused) = refused {
                        div.notice.bad role="alert" {
                            @for violation in &refused.violations {
                                p { (fields::line_message(&page.reader, violation)) "." }
                            }
                        }
                    }
                    (groups(page, item))
                    div.field {
                        label for={ "n-" (item.id) } {
                            (words.note) " " span.soft { (page.reader.words().shell.optional) }
                        }
                        input id={ "n-" (item.id) } name="note" maxlength="500" autocomplete="off";
                    }
                }
                (add_row(page, item))
            }
        }
    }
}

fn add_row(page: &MenuPage<'_>, item: &Item) -> Markup {
    let words = &page.reader.words().sheet;
    html! {
        div.sheet-foot id={ "f-" (item.id) } data-swap {
            @if is_sold_out(page, item) {
                p.shut-note { (page.reader.words().menu.sold_out) }
            } @else {
                input type="hidden" name="item_id" value=(item.id);
                div.stepper-field data-stepper data-less=(words.one_less) data-more=(words.one_more) {
                    label.visually-hidden for={ "q-" (item.id) } { (words.quantity) }
                    input id={ "q-" (item.id) } name="quantity" type="number" value="1" min="1"
                        max="99" inputmode="numeric" required;
                }
                button.primary type="submit" {
                    span { (words.add) span.visually-hidden { " " (words.to_order) } }
                    output data-total {
                        (page.reader.money(Money::new(item.price_minor, page.restaurant.currency)))
                    }
                }
            }
        }
    }
}

/// The allergens that a choice brings.
fn adds(page: &MenuPage<'_>, choice: &Choice) -> Markup {
    html! {
        @if !choice.allergens.is_empty() {
            small {
                (page.reader.words().menu.contains) " "
                @for (n, name) in choice.allergens.iter().enumerate() {
                    @if n > 0 { ", " }
                    (page.reader.allergen(name.as_str()))
                }
            }
        }
    }
}

/// Radio buttons of one form and name are one question, and every choice is sent as `option`. So
/// the first question with a single answer is asked with radio buttons, any other with a list.
fn groups(page: &MenuPage<'_>, item: &Item) -> Markup {
    let single = |group: &OptionGroup| (group.min, group.max) == (1, 1);
    let radio = item.option_groups.iter().position(single);
    html! {
        @for (n, group) in item.option_groups.iter().enumerate() {
            @if !single(group) {
                (choices(page, item, group, "checkbox"))
            } @else if radio == Some(n) {
                (choices(page, item, group, "radio"))
            } @else {
                (list(page, item, group))
            }
        }
    }
}

fn choices(page: &MenuPage<'_>, item: &Item, group: &OptionGroup, kind: &str) -> Markup {
    html! {
        fieldset.group data-min=(group.min) data-max=(group.max) {
            legend {
                span { (group.name) }
                span.rule.must[group.min > 0] { ((page.reader.words().sheet.rule)(group.min, group.max)) }
            }
            @for (n, choice) in group.options.iter().enumerate() {
                @let id = format!("o-{}.{}", item.id, choice.id);
                label.choice for=(id) {
                    input id=(id) type=(kind) name="option" value=(choice.id)
                        checked[kind == "radio" && n == 0] data-price=(choice.price_minor);
                    span { (choice.name) (adds(page, choice)) }
                    @if choice.price_minor > 0 {
                        span.amount { "+" (extra(page, choice)) }
                    }
                }
            }
        }
    }
}

fn list(page: &MenuPage<'_>, item: &Item, group: &OptionGroup) -> Markup {
    let id = format!("g-{}.{}", item.id, group.id);
    html! {
        div.group {
            label.legend for=(id) {
                span { (group.name) }
                span.rule.must { ((page.reader.words().sheet.rule)(group.min, group.max)) }
            }
            select id=(id) name="option" {
                @for choice in &group.options {
                    option value=(choice.id) data-price=(choice.price_minor) {
                        (choice.name)
                        @if choice.price_minor > 0 { " (+" (extra(page, choice)) ")" }
                    }
                }
            }
        }
    }
}

fn extra(page: &MenuPage<'_>, choice: &Choice) -> String {
    page.reader.money(Money::new(choice.price_minor, page.restaurant.currency))
}
