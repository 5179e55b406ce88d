//! The figures of a restaurant, or of all, and the orders behind them.

mod dishes;
mod headlines;
mod labels;
mod list;
mod panels;
mod stock;
mod when_sold;

use domain::facts::{
    Scope,
    board::{Board, Range, Window},
};
use jiff::{Timestamp, tz::TimeZone};
use maud::{Markup, html};

pub use list::{OrdersPage, orders_behind};

use super::RestaurantChoice;
use crate::{
    Reader,
    layout::{Area, Staff, document, not_live},
    when,
    words::Figures,
};

/// Figures and charts.
#[derive(Clone, Debug)]
pub struct AnalyticsPage<'a> {
    /// The reader.
    pub reader: Reader,
    /// The restaurants to choose from.
    pub restaurants: &'a [RestaurantChoice],
    /// The selected restaurant; `None` for all.
    pub scope: Scope,
    /// The range of time.
    pub window: &'a Window,
    /// The figures.
    pub board: &'a Board,
    /// Number of records not yet counted; `None` if unknown.
    pub lag_records: Option<u64>,
    /// The current time.
    pub now: Timestamp,
    /// The time zone of displayed times.
    pub zone: TimeZone,
    /// True for the layout of a wall-mounted screen: large, without controls.
    pub is_wall: bool,
    /// The signed-in staff, for the navigation.
    pub staff: Staff,
}

impl AnalyticsPage<'_> {
    fn words(&self) -> &'static Figures {
        &self.reader.words().figures
    }

    /// The index of the range in the words.
    fn range_at(&self) -> usize {
        Range::ALL.iter().position(|range| *range == self.window.range).unwrap_or(0)
    }

    /// The previous value.
    fn compared(&self) -> &'static str {
        self.words().before[self.range_at()]
    }
}

/// The figures at `/analytics`.
pub fn analytics(page: &AnalyticsPage<'_>) -> Markup {
    let shell = &page.reader.words().shell;
    let main = html! {
        (not_live(&page.reader))
        div.board-head {
            h1 { (shell.analytics) }
            (controls(page))
        }
        @let live = format!("/api/analytics/events?restaurant={}", page.scope.name());
        div #figures data-live=(live) {
            (as_of(page))
            (headlines::headlines(page))
            div.charts {
                (when_sold::orders(page))
                (when_sold::revenue(page))
                div.stack { (panels::funnel(page)) (panels::lost(page)) }
                (panels::leads(page))
                (panels::week(page))
                (dishes::dishes(page))
                (when_sold::customers(page))
                (stock::stock(page))
            }
        }
    };
    let class = if page.is_wall { "analytics-page wall" } else { "analytics-page" };
    document(&page.reader, shell.analytics, Area::Staff(page.staff, "/analytics"), class, &main)
}

/// The choice of restaurant and range, and the link to the wall layout.
fn controls(page: &AnalyticsPage<'_>) -> Markup {
    let (words, shell) = (page.words(), &page.reader.words().shell);
    let scope = page.scope.name();
    html! {
        form.picker method="get" action="/analytics" data-submit-on-change {
            label for="restaurant" { (shell.restaurant) }
            select id="restaurant" name="restaurant" {
                option value="" selected[scope.is_empty()] { (words.all_restaurants) }
                @for choice in page.restaurants {
                    option value=(choice.id) selected[choice.id.as_str() == scope] {
                        (choice.name)
                    }
                }
            }
            label for="range" { (words.range) }
            select id="range" name="range" {
                @for (range, name) in Range::ALL.iter().zip(words.ranges) {
                    option value=(range) selected[*range == page.window.range] { (name) }
                }
            }
            @if page.is_wall { input type="hidden" name="show" value="wall"; }
            button.quiet type="submit" { (shell.show) }
        }
        @let (to, name) = if page.is_wall { ("", words.leave_wall) } else { ("wall", words.wall) };
        a.quiet href=(labels::view_href("/analytics", page, to)) { (name) }
    }
}

fn as_of(page: &AnalyticsPage<'_>) -> Markup {
    let words = page.words();
    let at = page.board.latest.map(|at| when::near(&page.reader, at, page.now, &page.zone));
    html! {
        p.as-of role="status" {
            (at.map_or_else(|| words.nothing_counted.to_owned(), |at| (words.counted)(&at)))
            @match page.lag_records {
                Some(0) => { " \u{00b7} " (words.up_to_date) },
                Some(n) => { " \u{00b7} " ((words.behind)(n)) },
                None => "",
            }
            " \u{00b7} \u{25b2}\u{25bc} " (page.compared())
        }
    }
}

/// A chart with its heading.
fn panel(id: &str, title: &str, wide: bool, content: &Markup) -> Markup {
    html! {
        section.panel.{ "panel-" (id) }.wide[wide] aria-labelledby={ "h-" (id) } {
            h2 id={ "h-" (id) } { (title) }
            (content)
        }
    }
}
