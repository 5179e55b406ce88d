//! The kitchen's board: slips in three columns, read from two metres.

use domain::{ids::RestaurantId, menu::Menu, ports::OrderView, status::Status};
use jiff::Timestamp;
use maud::{Markup, html};

use super::{RestaurantChoice, picker};
use crate::{
    Reader, icons,
    layout::{Place, Staff, document},
    when,
};

mod reject;
mod ticket;

/// An order on the board.
#[derive(Clone, Copy, Debug)]
pub struct Ticket<'a> {
    /// The order and where it stands.
    pub view: &'a OrderView,
    /// The menu it was ordered from, if it is at hand: allergens are taken from it.
    pub menu: Option<&'a Menu>,
}

/// The kitchen's board.
#[derive(Clone, Debug)]
pub struct KitchenPage<'a> {
    /// Who reads it.
    pub reader: Reader,
    /// The restaurants to choose from.
    pub restaurants: &'a [RestaurantChoice],
    /// The one that is shown; `None` for all.
    pub selected: Option<RestaurantId>,
    /// What is to be done, oldest first.
    pub tickets: Vec<Ticket<'a>>,
    /// Now.
    pub now: Timestamp,
    /// What the last action came to, if it was not what was asked for, as a sentence.
    pub notice: Option<String>,
    /// For the navigation.
    pub staff: Staff,
}

/// The board at `/kitchen?restaurant=…`.
pub fn kitchen(page: &KitchenPage<'_>) -> Markup {
    let selected = page.selected.as_ref();
    let live = match selected {
        Some(id) => format!("/kitchen/events?restaurant={id}"),
        None => "/kitchen/events".to_owned(),
    };
    let new = page.tickets.iter().filter(|t| t.view.standing.status == Status::Confirmed).count();
    let new = i64::try_from(new).unwrap_or(i64::MAX);
    let say = when::count(new, "new order", "new orders");
    let main = html! {
        div.band data-offline hidden role="alert" {
            (icons::warning()) "No connection. Nothing is saved until it is back."
        }
        div.board-head {
            h1.visually-hidden { "Kitchen" }
            (picker(&page.reader, "/kitchen", page.restaurants, selected, "All restaurants"))
            button.quiet.mute type="button" data-mute aria-pressed="false" hidden {
                (icons::bell()) span { "Bell" }
            }
        }
        div #board.board data-live=(live) data-say=(say) {
            @if let Some(notice) = &page.notice {
                div.notice.bad role="alert" { (icons::warning()) p { (notice) } }
            }
            (column(page, "New", |s| s == Status::Confirmed))
            (column(page, "Preparing", |s| matches!(s, Status::Accepted | Status::Preparing)))
            (column(page, "Ready", |s| matches!(s, Status::Ready | Status::OutForDelivery)))
        }
    };
    document(&page.reader, "Kitchen", Place::Staff(page.staff, "/kitchen"), "kitchen-page", &main)
}

fn column(page: &KitchenPage<'_>, name: &str, holds: fn(Status) -> bool) -> Markup {
    let tickets = || page.tickets.iter().filter(|t| holds(t.view.standing.status));
    let n = i64::try_from(tickets().count()).unwrap_or(i64::MAX);
    html! {
        section.column aria-label=(name) {
            h2 {
                (name)
                span.count aria-hidden="true" { (n) }
                span.visually-hidden { ", " (when::count(n, "order", "orders")) }
            }
            @if n == 0 { p.nothing { "Nothing here" } }
            @for t in tickets() { (ticket::ticket(page, t)) }
        }
    }
}
