//! The figures of a restaurant, or of all.

use domain::{facts::Summary, ids::RestaurantId, money::Money, status::Status, text::ZoneName};
use jiff::Timestamp;
use maud::{Markup, html};

use super::{RestaurantChoice, picker};
use crate::{
    Reader, chart,
    layout::{Place, Staff, document},
    when,
};

/// Figures and charts.
#[derive(Clone, Debug)]
pub struct AnalyticsPage<'a> {
    /// Who reads it.
    pub reader: Reader,
    /// The restaurants to choose from.
    pub restaurants: &'a [RestaurantChoice],
    /// The one that is shown; `None` for all.
    pub selected: Option<RestaurantId>,
    /// The figures.
    pub summary: &'a Summary,
    /// Records that were written and not yet counted; `None` if that is not known.
    pub lag_records: Option<u64>,
    /// Now.
    pub now: Timestamp,
    /// The zone in which hours are told.
    pub time_zone: ZoneName,
    /// For the navigation.
    pub staff: Staff,
}

/// The figures at `/analytics`.
pub fn analytics(page: &AnalyticsPage<'_>) -> Markup {
    let live = match &page.selected {
        Some(id) => format!("/api/analytics/events?restaurant={id}"),
        None => "/api/analytics/events".to_owned(),
    };
    let main = html! {
        div.board-head {
            h1 { "Analytics" }
            (picker(&page.reader, "/analytics", page.restaurants, page.selected.as_ref(), "All restaurants"))
        }
        div #figures data-live=(live) {
            (as_of(page))
            (headlines(page.summary))
            div.charts {
                section.panel aria-labelledby="by-hour" {
                    h2 #by-hour { "Confirmed orders by hour" }
                    (chart::hours(&page.summary.hours, page.now, &page.time_zone.zone()))
                }
                section.panel aria-labelledby="top-dishes" {
                    h2 #top-dishes { "Most sold dishes" }
                    (chart::bars(&top(page.summary)))
                }
            }
        }
    };
    document(
        &page.reader,
        "Analytics",
        Place::Staff(page.staff, "/analytics"),
        "analytics-page",
        &main,
    )
}

fn top(summary: &Summary) -> Vec<(&str, i64)> {
    summary.top_items.iter().map(|(_, item)| (item.name.as_str(), item.quantity)).collect()
}

fn as_of(page: &AnalyticsPage<'_>) -> Markup {
    let zone = page.time_zone.zone();
    html! {
        p.as-of role="status" {
            @match page.summary.event_time {
                Some(at) => {
                    "Counted up to "
                    time datetime=(at) { (when::near(&page.reader, at, page.now, &zone)) }
                },
                None => "Nothing counted yet",
            }
            @match page.lag_records {
                Some(0) => " \u{00b7} up to date",
                Some(n) => { " \u{00b7} " (when::count(n, "record", "records")) " still to count" },
                None => "",
            }
        }
    }
}

fn headlines(summary: &Summary) -> Markup {
    let orders = |status| summary.orders.get(&status).copied().unwrap_or(0).to_string();
    let money = |amounts: &std::collections::BTreeMap<_, i64>| {
        let texts =
            amounts.iter().map(|(currency, minor)| Money::new(*minor, *currency).to_string());
        texts.collect::<Vec<_>>()
    };
    let returning = format!("{} returning", summary.returning);
    html! {
        dl.figures {
            (figure("Revenue", &money(&summary.revenue_minor), Some("confirmed orders, with tips")))
            (figure("Confirmed", &[orders(Status::Confirmed)], None))
            (figure("Placed", &[orders(Status::Placed)], None))
            (figure("Declined", &[orders(Status::Declined)], None))
            (figure("Completed", &[orders(Status::Completed)], None))
            (figure("Cancelled", &[orders(Status::Cancelled)], None))
            (figure("Average order", &money(&summary.average_minor()), None))
            (figure("Dishes sold", &[summary.items_sold.to_string()], None))
            (figure("Customers", &[summary.customers.to_string()], Some(&returning)))
        }
    }
}

fn figure(name: &str, values: &[String], more: Option<&str>) -> Markup {
    html! {
        div.figure {
            dt { (name) }
            @if values.is_empty() { dd { "\u{2013}" } }
            @for value in values { dd { (value) } }
            @if let Some(more) = more { dd.soft { (more) } }
        }
    }
}
