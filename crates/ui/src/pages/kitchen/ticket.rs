//! One slip on the board.

use domain::{
    kitchen::Action,
    menu::Menu,
    order::{Fulfilment, Line, Order},
    status::Status,
};
use maud::{Markup, html};

use super::{KitchenPage, Ticket};
use crate::{icons, when};

pub(super) fn ticket(page: &KitchenPage<'_>, ticket: &Ticket<'_>) -> Markup {
    let view = ticket.view;
    let fresh = view.standing.status == Status::Confirmed;
    let age = view.history.first().map_or(0, |(_, at)| when::minutes(*at, page.now));
    html! {
        article.slip.ticket id={ "t-" (view.order_id) } data-ticket[fresh] {
            header.ticket-head {
                h3 { (number(ticket)) }
                @if let Some(order) = &view.order { p.who { (order.customer.name) } }
                p.age { (when::age(age)) }
            }
            @if let Some(order) = &view.order {
                (how(order))
                ul.cook-lines { @for line in &order.lines { (cook_line(line, ticket.menu)) } }
                (action(page, ticket, order))
            } @else {
                p.soft { "The order is still on its way here." }
            }
        }
    }
}

/// Three characters to call out: short enough to shout, rarely the same twice in a day.
fn number(ticket: &Ticket<'_>) -> String {
    let id = ticket.view.order_id.to_string();
    id.chars().skip(id.len().saturating_sub(3)).collect::<String>().to_uppercase()
}

fn how(order: &Order) -> Markup {
    html! {
        p.how {
            @match &order.fulfilment {
                Fulfilment::Pickup => { (icons::bag()) "Pickup" },
                Fulfilment::Delivery { address } => { (icons::courier()) (address) },
            }
        }
    }
}

fn cook_line(line: &Line, menu: Option<&Menu>) -> Markup {
    let item = menu.and_then(|menu| menu.item(&line.item_id));
    html! {
        li {
            span.qty { (line.quantity) }
            div {
                strong { (line.name) }
                @for option in &line.options { p.option { "+ " (option.name) } }
                @if let Some(note) = &line.note { p.cook-note { (icons::note()) (note) } }
                @if let Some(item) = item.filter(|item| !item.allergens.is_empty()) {
                    p.cook-allergens {
                        @for (n, allergen) in item.allergens.iter().enumerate() {
                            @if n > 0 { ", " }
                            (allergen)
                        }
                    }
                }
            }
        }
    }
}

fn action(page: &KitchenPage<'_>, ticket: &Ticket<'_>, order: &Order) -> Markup {
    let next = Action::next(ticket.view.standing.status, &order.fulfilment);
    html! {
        @if let Some(action) = next {
            form.do method="post" data-enhance
                action={ "/kitchen/orders/" (order.id) "/" (action) } {
                @if let Some(id) = &page.selected {
                    input type="hidden" name="restaurant" value=(id);
                }
                @if action == Action::Accept { (minutes(order)) }
                button.primary.wide type="submit" { (label(action)) }
            }
        }
    }
}

fn minutes(order: &Order) -> Markup {
    html! {
        fieldset.minutes {
            legend { "Ready in" }
            @for m in [15, 20, 30, 45] {
                label.tile {
                    input type="radio" name="minutes" value=(m) checked[m == 20]
                        id={ "m-" (order.id) "-" (m) };
                    (m)
                }
            }
            span { "min" }
        }
    }
}

fn label(action: Action) -> &'static str {
    match action {
        Action::Accept => "Accept",
        Action::Start => "Start cooking",
        Action::Ready => "Ready",
        Action::Dispatch => "Courier has it",
        Action::Complete => "Handed over",
    }
}
