//! The kitchen's board: slips in three columns, read from two metres.

use domain::{ids::RestaurantId, order::Line, ports::OrderView, status::Status};
use jiff::Timestamp;
use maud::{Markup, html};

use super::{RestaurantChoice, picker};
use crate::{
    Reader, icons,
    layout::{Area, Staff, document, not_live},
    when,
    words::Kitchen,
};

mod accept;
mod age;
mod all_day;
mod handed_over;
mod money;
mod notice;
mod pantry;
mod reject;
mod slip;

pub use notice::{KitchenNotice, board_of};
pub use pantry::Pantry;

/// The kitchen's board.
#[derive(Clone, Debug)]
pub struct KitchenPage<'a> {
    /// The reader.
    pub reader: Reader,
    /// The restaurants to choose from.
    pub restaurants: &'a [RestaurantChoice],
    /// The selected restaurant; `None` for all.
    pub selected: Option<RestaurantId>,
    /// Open orders, oldest first.
    pub open_orders: &'a [OrderView],
    /// Orders handed over recently, latest first.
    pub handed_over: &'a [OrderView],
    /// The dishes of the shown restaurants.
    pub pantries: Vec<Pantry<'a>>,
    /// The current time.
    pub now: Timestamp,
    /// The notice about the last action.
    pub notice: Option<KitchenNotice>,
    /// The signed-in staff, for the navigation.
    pub staff: Staff,
}

impl<'a> KitchenPage<'a> {
    fn words(&self) -> &'static Kitchen {
        &self.reader.words().kitchen
    }

    fn pantry(&self, restaurant: &RestaurantId) -> Option<&Pantry<'a>> {
        self.pantries.iter().find(|pantry| pantry.restaurant.id == *restaurant)
    }

    /// The hidden field that leads back to the same board.
    fn way_back(&self) -> Markup {
        html! {
            @if let Some(restaurant) = &self.selected {
                input type="hidden" name="restaurant" value=(restaurant);
            }
        }
    }
}

/// The board at `/kitchen?restaurant=…`.
pub fn kitchen(page: &KitchenPage<'_>) -> Markup {
    let words = page.words();
    let live = match &page.selected {
        Some(id) => format!("/kitchen/events?restaurant={id}"),
        None => "/kitchen/events".to_owned(),
    };
    let new = page.open_orders.iter().filter(|view| is_new(view)).count();
    let say = (words.new_orders)(i64::try_from(new).unwrap_or(i64::MAX));
    let [new, preparing, ready] = words.columns;
    let main = html! {
        div.band data-offline hidden role="alert" { (icons::warning()) (words.offline) }
        (not_live(&page.reader))
        (head(page))
        div #told data-told { (notice::notice(page)) }
        div #board.board data-live=(live) data-catch-up data-say=(say) {
            (column(page, new, |s| s == Status::Confirmed))
            (column(page, preparing, |s| matches!(s, Status::Accepted | Status::Preparing)))
            (column(page, ready, |s| matches!(s, Status::Ready | Status::OutForDelivery)))
        }
        (all_day::sheet_of_counts(page))
        (pantry::sheet_of_dishes(page))
        (handed_over::sheet_of_past(page))
    };
    let area = Area::Staff(page.staff, "/kitchen");
    document(&page.reader, words.title, area, "kitchen-page", &main)
}

/// The head of the board, with the script's texts and the server's time as data attributes.
fn head(page: &KitchenPage<'_>) -> Markup {
    let words = page.words();
    let selected = page.selected.as_ref();
    let sheets =
        [("all-day", words.all_day), ("pantry", words.dishes.title), ("past", words.handed_over)];
    html! {
        div.board-head data-now=(page.now.as_second()) data-unsent=(words.unsent)
            data-just-now=(page.reader.words().dates.just_now)
            data-late=((words.slip.late)("{}")) data-left=((words.slip.left)("{}")) {
            h1.visually-hidden { (words.title) }
            (picker(&page.reader, "/kitchen", page.restaurants, selected, words.all_restaurants))
            div.board-sheets {
                @for (id, name) in sheets {
                    button.quiet type="button" popovertarget=(id) { (name) }
                }
            }
            button.quiet.bell type="button" data-bell hidden data-ask=(words.sound.ask)
                data-on=(words.sound.on) data-off=(words.sound.off) {
                (icons::bell()) span { (words.sound.ask) }
            }
        }
    }
}

fn column(page: &KitchenPage<'_>, name: &str, holds: fn(Status) -> bool) -> Markup {
    let words = page.words();
    let slips = || page.open_orders.iter().filter(|view| holds(view.standing.status));
    let n = i64::try_from(slips().count()).unwrap_or(i64::MAX);
    html! {
        section.column aria-label=(name) {
            h2 {
                (name)
                span.count aria-hidden="true" { (n) }
                span.visually-hidden { ", " ((words.orders)(n)) }
            }
            @if n == 0 { p.nothing { (words.nothing) } }
            @for view in slips() { (slip::slip(page, view)) }
        }
    }
}

/// A sheet over the board.
fn sheet(page: &KitchenPage<'_>, id: &str, name: &str, content: &Markup) -> Markup {
    html! {
        section.side id=(id) popover="auto" data-swap aria-labelledby={ "h-" (id) } {
            header.side-head {
                h2 id={ "h-" (id) } { (name) }
                button.icon-button type="button" popovertarget=(id) popovertargetaction="hide"
                    aria-label=(page.reader.words().shell.close) { (icons::close()) }
            }
            (content)
        }
    }
}

/// Whether no one has reacted to the order yet; the board rings for it.
fn is_new(view: &OrderView) -> bool {
    let by_itself = view.order.as_ref().is_some_and(|order| order.seller.auto_accept);
    match view.standing.status {
        Status::Confirmed => true,
        Status::Accepted => by_itself,
        _ => false,
    }
}

/// What is called out: the number, or of an order from before there were numbers the end of its id.
fn number(view: &OrderView) -> String {
    let end = || {
        let id = view.order_id.to_string();
        id.chars().skip(id.len().saturating_sub(3)).collect::<String>().to_uppercase()
    };
    view.number().map_or_else(end, |number| number.to_string())
}

/// `2× Margherita`.
fn piece(line: &Line) -> String {
    format!("{}\u{d7} {}", line.quantity, line.name)
}

/// The time of day where the order is cooked.
fn clock(page: &KitchenPage<'_>, view: &OrderView, at: Timestamp) -> String {
    let zone = view.order.as_ref().map(|order| order.seller.time_zone.zone());
    when::near(&page.reader, at, page.now, &zone.unwrap_or(jiff::tz::TimeZone::UTC))
}
