//! `/backoffice/r/{restaurant}/stock`: stock levels and their history.

use domain::{
    ids::ItemId,
    ports::StockNote,
    stock::{Availability, Change},
    violation::Violation,
};
use jiff::{Timestamp, tz::TimeZone};
use maud::{Markup, html};

use super::{
    OfficeNotice, RestaurantHeader,
    form::{Form, Line},
    restaurant_page,
};
use crate::when;

/// A dish with its level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockDish {
    /// Its id.
    pub id: ItemId,
    /// Its name.
    pub name: String,
    /// Its category.
    pub category: String,
    /// Pieces; `None` if it is not counted.
    pub left: Option<u32>,
    /// The level in words.
    pub supply: Availability,
    /// True if it is hidden.
    pub hidden: bool,
}

/// The stock of a restaurant.
#[derive(Clone, Debug)]
pub struct StockPage<'a> {
    /// The header of the restaurant's pages.
    pub header: RestaurantHeader<'a>,
    /// In the order of the menu.
    pub dishes: &'a [StockDish],
    /// The last changes, with the names of their dishes.
    pub notes: &'a [(String, StockNote)],
    /// The zone of times.
    pub zone: TimeZone,
    /// The current time.
    pub now: Timestamp,
    /// The notice about the last request.
    pub notice: Option<OfficeNotice>,
}

/// The stock of one dish.
#[derive(Clone, Debug)]
pub struct StockHistory<'a> {
    /// The header of the restaurant's pages.
    pub header: RestaurantHeader<'a>,
    /// The dish.
    pub dish: &'a StockDish,
    /// From where on it is low, as typed.
    pub low: String,
    /// Whether the reader may change the low-stock level.
    pub may_set_low: bool,
    /// The version of the menu with the low-stock level.
    pub version: i64,
    /// Its changes, newest first.
    pub notes: &'a [StockNote],
    /// The zone of times.
    pub zone: TimeZone,
    /// The current time.
    pub now: Timestamp,
    /// The violations by field.
    pub violations: &'a [Violation],
    /// The notice about the last request.
    pub notice: Option<OfficeNotice>,
}

/// The stock of a restaurant.
pub fn stock(page: &StockPage<'_>) -> Markup {
    let words = &page.header.reader.words().office;
    let content = html! {
        p.lead { (words.stock_lead) }
        @if page.dishes.is_empty() { div.empty { p.big { (words.empty_menu) } } }
        ul.panel.stock-list {
            @for (n, dish) in page.dishes.iter().enumerate() {
                @if n == 0 || page.dishes[n - 1].category != dish.category {
                    li.stock-heading { h2 { (dish.category) } }
                }
                li.stock-row { (row(page.header, dish)) }
            }
        }
        @if !page.notes.is_empty() {
            section aria-labelledby="stock-changes" {
                h2 #stock-changes { (words.last_changes) }
                ol.panel.log {
                    @for (name, note) in page.notes {
                        li { strong { (name) } (line(page.header, note, page.now, &page.zone)) }
                    }
                }
            }
        }
    };
    restaurant_page(page.header, "/stock", words.stock, page.notice.as_ref(), &content)
}

/// The stock of one dish, with who changed it, when and why.
pub fn stock_history(page: &StockHistory<'_>) -> Markup {
    let words = &page.header.reader.words().office;
    let f = Form { reader: page.header.reader, violations: page.violations };
    let at = page.header.at(&format!("/stock/{}", page.dish.id));
    let content = html! {
        p.back { a href=(page.header.at("/stock")) { (words.stock) } }
        div.panel.stock-one {
            (row(page.header, page.dish))
            form.office-form method="post" action=(at) {
                div.field-row {
                    (f.select("what", words.change, &[
                        ("add", words.add_pieces), ("take", words.take_pieces),
                        ("set", words.set_pieces), ("unlimited", words.do_not_count),
                    ], "add"))
                    (f.line(Line::new("pieces", words.pieces, "").kind("numeric").optional().plain()))
                }
                (f.line(Line::new("reason", words.why, "").hint(words.why_hint).optional()))
                button.primary type="submit" { (words.save) }
            }
        }
        @if page.may_set_low {
            form.panel.office-form method="post" action={ (at) "/low" } {
                input type="hidden" name="version" value=(page.version);
                (f.line(Line::new("low_stock", words.low_stock, &page.low)
                    .hint(words.low_stock_hint).kind("numeric").optional()))
                button.second type="submit" { (words.save) }
            }
        }
        h2 { (words.history) }
        @if page.notes.is_empty() { p.soft { (words.no_stock_changes) } }
        @else {
            ol.panel.log {
                @for note in page.notes { li { (line(page.header, note, page.now, &page.zone)) } }
            }
        }
    };
    restaurant_page(page.header, "/stock", &page.dish.name, page.notice.as_ref(), &content)
}

fn row(header: RestaurantHeader<'_>, dish: &StockDish) -> Markup {
    let words = &header.reader.words().office;
    let at = header.at(&format!("/stock/{}", dish.id));
    html! {
        div.stock-name {
            a href=(at) { (dish.name) }
            @if dish.hidden { " " span.badge { (words.hidden) } }
        }
        div.stock-level { (level(header, dish)) }
        form.stock-buttons method="post" action=(at) {
            input type="hidden" name="return" value="list";
            @if dish.left.is_some_and(|left| left > 0) {
                button.second type="submit" name="what" value="one-less"
                    aria-label={ (words.one_less) ": " (dish.name) } { "−1" }
            }
            @if dish.left.is_some() {
                button.second type="submit" name="what" value="one-more"
                    aria-label={ (words.one_more) ": " (dish.name) } { "+1" }
            }
            @if dish.left == Some(0) {
                button.second type="submit" name="what" value="unlimited" { (words.there_again) }
            } @else {
                button.second type="submit" name="what" value="sold-out" { (words.mark_sold_out) }
            }
        }
    }
}

fn level(header: RestaurantHeader<'_>, dish: &StockDish) -> Markup {
    let words = &header.reader.words().office;
    html! {
        @match (dish.supply, dish.left) {
            (Availability::SoldOut, _) => span.badge.bad { (words.sold_out) },
            (Availability::Low, Some(left)) => span.badge.warn { ((words.left)(left)) },
            (_, Some(left)) => span.badge.good { ((words.left)(left)) },
            (_, None) => span.soft { (words.not_counted) },
        }
    }
}

/// `12 → 9 · Carla, 12:41 · burnt`.
fn line(header: RestaurantHeader<'_>, note: &StockNote, now: Timestamp, zone: &TimeZone) -> Markup {
    let words = &header.reader.words().office;
    let pieces = |pieces: Option<i64>| match pieces {
        Some(pieces) => pieces.to_string(),
        None => words.not_counted.to_owned(),
    };
    let step = match note.change {
        Change::Delta(by) if by > 0 => format!(" (+{by})"),
        Change::Delta(by) => format!(" (−{})", by.unsigned_abs()),
        _ => String::new(),
    };
    html! {
        span.log-change {
            span.old { (pieces(note.before)) } " → " span.new { (pieces(note.after)) } (step)
        }
        span.soft { (note.by) }
        time.soft datetime=(note.at) { (when::near(header.reader, note.at, now, zone)) }
        @if let Some(reason) = &note.reason { span.log-why { (reason) } }
    }
}
