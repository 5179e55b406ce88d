//! `/backoffice/orders`: finding an order.

use domain::{money::Money, ports::OrderView, staff::Role, status::Status};
use jiff::{Timestamp, tz::TimeZone};
use maud::{Markup, html};

use super::office_page;
use crate::{Reader, Staff, pages::RestaurantChoice, when};

/// The search, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrdersQuery {
    /// A number, an e-mail address or a name.
    pub text: String,
    /// The restaurant's id.
    pub restaurant: String,
    /// The status's name.
    pub status: String,
    /// A date.
    pub day: String,
}

/// Orders that were found.
#[derive(Clone, Debug)]
pub struct OrderSearchPage<'a> {
    /// The reader.
    pub reader: &'a Reader,
    /// The signed-in staff, for the navigation.
    pub staff: Staff,
    /// The search.
    pub query: &'a OrdersQuery,
    /// True if the date cannot be read.
    pub has_wrong_day: bool,
    /// Restaurants to choose from.
    pub restaurants: &'a [RestaurantChoice],
    /// Newest first.
    pub found: &'a [OrderView],
    /// The address of older ones, if there are some.
    pub older: Option<String>,
    /// The zone of times, where no order says its own.
    pub zone: TimeZone,
    /// The current time.
    pub now: Timestamp,
}

/// The search for orders.
pub fn find_orders(page: &OrderSearchPage<'_>) -> Markup {
    let words = &page.reader.words().office;
    let content = html! {
        form.panel.order-search method="get" action="/backoffice/orders" role="search" {
            div.field.search-text {
                label for="q" { (words.search_label) }
                input id="q" name="q" type="search" value=(page.query.text) maxlength="254"
                    autocomplete="off" aria-describedby="q-hint";
                p.hint #q-hint { (words.search_hint) }
            }
            div.field {
                label for="restaurant" { (page.reader.words().shell.restaurant) }
                select id="restaurant" name="restaurant" {
                    @if page.staff.role == Role::Operator { option value="" { (words.all_restaurants) } }
                    @for choice in page.restaurants {
                        option value=(choice.id) selected[choice.id.as_str() == page.query.restaurant] {
                            (choice.name)
                        }
                    }
                }
            }
            div.field {
                label for="status" { (words.status_label) }
                select id="status" name="status" {
                    option value="" { (words.any_status) }
                    @for status in Status::ALL {
                        option value=(status.name()) selected[status.name() == page.query.status] {
                            ((words.status)(*status))
                        }
                    }
                }
            }
            div.field {
                label for="day" { (words.day) }
                input id="day" name="day" type="date" value=(page.query.day)
                    aria-invalid=[page.has_wrong_day.then_some("true")];
                @if page.has_wrong_day { p.error { (words.wrong_day) } }
            }
            button.primary type="submit" { (words.search) }
        }
        @if page.found.is_empty() { div.empty { p.big { (words.none_found) } p { (words.none_found_advice) } } }
        @else {
            ul.panel.found { @for view in page.found { li { (row(page, view)) } } }
        }
        @if let Some(older) = &page.older { p { a.second href=(older) { (words.older) } } }
    };
    office_page(page.reader, page.staff, "/backoffice/orders", words.find_orders, None, &content)
}

fn row(page: &OrderSearchPage<'_>, view: &OrderView) -> Markup {
    let words = &page.reader.words().office;
    let Some(order) = &view.order else { return html! {} };
    let zone = order.seller.time_zone.zone();
    let lines: Vec<_> =
        order.lines.iter().map(|l| format!("{} × {}", l.quantity, l.name)).collect();
    let status = view.standing.status;
    let kind = match status {
        Status::Declined | Status::Cancelled => "bad",
        Status::Completed => "good",
        _ => "warn",
    };
    html! {
        a.found-order href={ "/orders/" (view.order_id) } {
            span.found-who {
                strong {
                    @if let Some(number) = view.number() {
                        ((page.reader.words().order.number)(&number.to_string())) " · "
                    }
                    (order.customer.name)
                }
                span.soft { (order.customer.email) }
            }
            span.found-what {
                span { (lines.join(", ")) }
                span.soft { (order.seller.name) }
            }
            span.found-when {
                time datetime=(order.placed_at) {
                    (when::near(page.reader, order.placed_at, page.now, &zone))
                }
                span { (page.reader.money(Money::new(order.totals.total_minor, order.currency))) }
            }
            span class={ "badge " (kind) } { ((words.status)(status)) }
        }
    }
}
