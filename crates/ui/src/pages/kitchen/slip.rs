//! One slip on the board.

use domain::{
    kitchen::Action,
    order::{Fulfilment, Line, Order},
    ports::OrderView,
};
use maud::{Markup, html};

use super::{KitchenPage, Pantry, accept, age::Age, is_new, money, number, pantry, reject};
use crate::icons;

pub(super) fn slip(page: &KitchenPage<'_>, view: &OrderView) -> Markup {
    let words = &page.words().slip;
    let fresh = is_new(view);
    let age = Age::of(page, view);
    html! {
        article.slip.ticket.(age.class()) id={ "t-" (view.order_id) } data-ticket[fresh]
            data-since=(age.since.as_second()) data-whole=(age.whole_min)
            data-promised[age.is_promised] {
            @if fresh { p.fresh.scripted-only { (icons::bell()) (words.fresh) } }
            header.ticket-head {
                h3 aria-label=((page.reader.words().order.number)(&number(view))) { (number(view)) }
                @if let Some(order) = &view.order {
                    p.who {
                        (order.customer.name)
                        // On the board of all, two restaurants may have an order of one number.
                        @if page.selected.is_none() { " · " (order.seller.name) }
                    }
                }
                p.age { (icons::warning()) (icons::clock()) span data-age { (age.text) } }
                svg.age-bar viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" {
                    rect width=(age.share.clamp(2, 100)) height="10" {}
                }
            }
            @if let Some(order) = &view.order {
                (how(page, order))
                (money::on_slip(page, view))
                @let pantry = page.pantry(&order.seller.id);
                ul.cook-lines { @for line in &order.lines { (cook_line(page, pantry, line)) } }
                (action(page, view, order))
                (reject::form(page, view, order))
            } @else {
                p.soft { (words.on_its_way) }
            }
        }
    }
}

/// Pickup or delivery.
pub(super) fn how(page: &KitchenPage<'_>, order: &Order) -> Markup {
    html! {
        p.how {
            @match &order.fulfilment {
                Fulfilment::Pickup => { (icons::bag()) (page.words().slip.pickup) },
                Fulfilment::Delivery { address } => { (icons::courier()) (address) },
            }
        }
    }
}

/// The mark of a form whose request is not known to be saved.
pub(super) fn unsent(page: &KitchenPage<'_>) -> Markup {
    html! { p.unsent-note { (icons::warning()) (page.words().unsent) } }
}

/// A note that speaks of an allergy is a warning.
fn cook_note(note: &str) -> Markup {
    let alarm = note.to_lowercase().contains("allerg");
    html! {
        p.cook-note.alarm[alarm] {
            @if alarm { (icons::warning()) } @else { (icons::note()) }
            (note)
        }
    }
}

fn cook_line(page: &KitchenPage<'_>, pantry: Option<&Pantry<'_>>, line: &Line) -> Markup {
    let item = pantry.and_then(|pantry| pantry.menu.item(&line.item_id));
    // The allergens of the dish and of the chosen options.
    let options = line.options.iter().map(|option| &option.id);
    let allergens = item.map(|item| item.allergens_with(options)).unwrap_or_default();
    html! {
        li {
            span.qty { (line.quantity) }
            div {
                strong { (line.name) }
                @for option in &line.options { p.option { "+ " (option.name) } }
                @if let Some(note) = &line.note { (cook_note(note.as_str())) }
                @if !allergens.is_empty() {
                    p.cook-allergens {
                        (page.words().slip.contains) " "
                        @for (n, allergen) in allergens.iter().enumerate() {
                            @if n > 0 { ", " }
                            (page.reader.allergen(allergen.as_str()))
                        }
                    }
                }
            }
            (pantry::on_slip(page, pantry, &line.item_id))
        }
    }
}

fn action(page: &KitchenPage<'_>, view: &OrderView, order: &Order) -> Markup {
    let next = Action::next(view.standing.status, &order.fulfilment);
    html! {
        @if let Some(action) = next {
            form.do.gentle[action == Action::Start] method="post" data-enhance data-once
                action={ "/kitchen/orders/" (order.id) "/" (action) } {
                (page.way_back())
                @if action == Action::Accept { (accept::minutes(page, order)) }
                button.primary.wide type="submit" { (money::label(page, view, action)) }
                (unsent(page))
            }
        }
    }
}
