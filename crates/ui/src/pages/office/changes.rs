//! The change log of one restaurant, or of all.

use domain::{
    changes::{ChangeEntry, ChangeKind, Difference, Field},
    ports::StockNote,
};
use jiff::{Timestamp, tz::TimeZone};
use maud::{Markup, html};

use super::{RestaurantHeader, office_page, restaurant_page};
use crate::{Reader, Staff, when};

/// A page of the change log.
#[derive(Clone, Debug)]
pub struct ChangesPage<'a> {
    /// The reader.
    pub reader: &'a Reader,
    /// The signed-in staff, for the navigation.
    pub staff: Staff,
    /// The header of the restaurant's pages; `None` for all restaurants.
    pub header: Option<RestaurantHeader<'a>>,
    /// Newest first, with the names of what they are about.
    pub entries: &'a [(String, ChangeEntry)],
    /// The address of older ones, if there are some.
    pub older: Option<String>,
    /// The zone of times.
    pub zone: TimeZone,
    /// The current time.
    pub now: Timestamp,
}

/// The change log.
pub fn changes(page: &ChangesPage<'_>) -> Markup {
    let words = &page.reader.words().office;
    let content = html! {
        p.lead { (words.changes_lead) }
        @if page.entries.is_empty() { div.empty { p.big { (words.no_changes) } } }
        @else {
            ol.panel.log.changes {
                @for (name, entry) in page.entries { (one(page, name, entry)) }
            }
        }
        @if let Some(older) = &page.older { p { a.second href=(older) { (words.older) } } }
    };
    match page.header {
        Some(header) => restaurant_page(header, "/changes", words.changes, None, &content),
        None => office_page(
            page.reader,
            page.staff,
            "/backoffice/changes",
            words.changes,
            None,
            &content,
        ),
    }
}

fn one(page: &ChangesPage<'_>, name: &str, entry: &ChangeEntry) -> Markup {
    let words = &page.reader.words().office;
    let many = entry.differences.len() > 6;
    html! {
        li {
            p.log-head {
                strong { (entry.by) }
                span { ((words.did)(entry.kind)) " " (name) }
                time.soft datetime=(entry.at) {
                    (when::near(page.reader, entry.at, page.now, &page.zone))
                }
            }
            @if many {
                details {
                    summary { ((words.differences)(entry.differences.len())) }
                    (differences(page.reader, &entry.differences))
                }
            } @else if let Some(dishes) = first_menu(entry) {
                p.soft { ((words.dishes)(dishes)) }
            } @else if entry.kind != ChangeKind::Password {
                (differences(page.reader, &entry.differences))
            }
        }
    }
}

/// The number of dishes of a first menu, in place of an entry per dish.
fn first_menu(entry: &ChangeEntry) -> Option<usize> {
    let [Difference { of, field: Field::Itself, old: None, new: Some(dishes) }] =
        entry.differences.as_slice()
    else {
        return None;
    };
    (entry.kind == ChangeKind::Menu && of.is_empty()).then(|| dishes.parse().ok()).flatten()
}

/// Each difference: the old and the new value.
pub(super) fn differences(reader: &Reader, all: &[Difference]) -> Markup {
    let words = &reader.words().office;
    html! {
        ul.differences {
            @for difference in all {
                li {
                    @if !difference.of.is_empty() { span.of { (difference.of) } " " }
                    span.soft { ((words.field)(difference.field)) }
                    " "
                    @match (&difference.old, &difference.new) {
                        (Some(old), Some(new)) => { del { (old) } " → " ins { (new) } }
                        (None, Some(new)) => { ins { (new) } }
                        (Some(old), None) => { del { (old) } }
                        (None, None) => {}
                    }
                }
            }
        }
    }
}

/// A change of a stock level as an entry of the log.
pub fn stock_entry(reader: &Reader, note: &StockNote) -> ChangeEntry {
    let words = &reader.words().office;
    let pieces = |pieces: Option<i64>| match pieces {
        Some(pieces) => pieces.to_string(),
        None => words.not_counted.to_owned(),
    };
    let reason = note.reason.as_ref().map(|reason| format!(" · {reason}")).unwrap_or_default();
    ChangeEntry {
        id: note.id,
        at: note.at,
        by: note.by.clone(),
        by_id: None,
        restaurant: Some(note.dish.restaurant_id.clone()),
        kind: ChangeKind::Stock,
        subject: note.dish.item_id.to_string(),
        differences: vec![Difference {
            of: String::new(),
            field: Field::Stock,
            old: Some(pieces(note.before)),
            new: Some(pieces(note.after) + &reason),
        }],
    }
}
