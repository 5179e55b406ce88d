//! One slip on the board.

use domain::{
    kitchen::Action,
    menu::Menu,
    order::{Fulfilment, Line, Order},
    status::Status,
};
use maud::{Markup, html};

use super::{KitchenPage, Ticket, reject};
use crate::{icons, when};

pub(super) fn ticket(page: &KitchenPage<'_>, ticket: &Ticket<'_>) -> Markup {
    let view = ticket.view;
    let fresh = view.standing.status == Status::Confirmed;
    let age = age(page, ticket);
    html! {
        article.slip.ticket.(age.class()) id={ "t-" (view.order_id) } data-ticket[fresh] {
            header.ticket-head {
                h3 { (number(ticket)) }
                @if let Some(order) = &view.order { p.who { (order.customer.name) } }
                p.age {
                    @if age.share >= LATE { (icons::warning()) }
                    (age.text)
                }
                svg.age-bar viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" {
                    rect width=(age.share.clamp(2, 100)) height="10" {}
                }
            }
            @if let Some(order) = &view.order {
                (how(order))
                ul.cook-lines { @for line in &order.lines { (cook_line(line, ticket.menu)) } }
                (action(page, ticket, order))
                (reject::form(page, ticket, order))
            } @else {
                p.soft { "The order is still on its way here." }
            }
        }
    }
}

/// From here on a ticket is late.
const LATE: i64 = 100;
/// From here on it soon will be.
const SOON: i64 = 70;
/// Minutes after which food that waits is called late.
const WAITING_MIN: i64 = 15;

/// How long something has taken, and which share of its time that is, in percent.
struct Age {
    text: String,
    share: i64,
}

impl Age {
    fn class(&self) -> &'static str {
        match self.share {
            LATE.. => "late",
            SOON..LATE => "soon",
            _ => "fine",
        }
    }
}

/// New tickets run against the time to accept, cooking ones against what was promised, and ready
/// ones against getting cold.
fn age(page: &KitchenPage<'_>, ticket: &Ticket<'_>) -> Age {
    let (view, now) = (ticket.view, page.now);
    let reached = |status| view.history.iter().find(|(s, _)| *s == status).map(|(_, at)| *at);
    let standing = &view.standing;
    let since = match standing.status {
        Status::Preparing => reached(Status::Accepted),
        status => reached(status),
    };
    let since = since.unwrap_or(standing.at);
    let minutes = when::minutes(since, now);
    let whole = match (standing.status, standing.ready_by, &view.order) {
        (Status::Accepted | Status::Preparing, Some(by), _) => when::minutes(since, by),
        (Status::Confirmed, _, Some(order)) => i64::from(order.seller.accept_within_s) / 60,
        _ => WAITING_MIN,
    };
    let late = minutes - whole;
    let text = match standing.status {
        Status::Accepted | Status::Preparing if standing.ready_by.is_some() && late > 0 => {
            format!("{} late", when::age(&page.reader, late))
        }
        Status::Accepted | Status::Preparing if standing.ready_by.is_some() => {
            format!("{} left", when::age(&page.reader, -late))
        }
        _ => when::age(&page.reader, minutes),
    };
    Age { text, share: minutes * 100 / whole.max(1) }
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

fn cook_line(line: &Line, menu: Option<&Menu>) -> Markup {
    let item = menu.and_then(|menu| menu.item(&line.item_id));
    html! {
        li {
            span.qty { (line.quantity) }
            div {
                strong { (line.name) }
                @for option in &line.options { p.option { "+ " (option.name) } }
                @if let Some(note) = &line.note { (cook_note(note.as_str())) }
                @if let Some(item) = item.filter(|item| !item.allergens.is_empty()) {
                    p.cook-allergens {
                        "Contains "
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
            form.do.gentle[action == Action::Start] method="post" data-enhance
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
        Action::Reject => "Reject",
        Action::Cancel => "Cancel",
    }
}
