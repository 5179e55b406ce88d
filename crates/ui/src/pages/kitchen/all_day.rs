//! The number of each dish still to be made, over all slips.

use std::collections::BTreeMap;

use domain::{order::Line, status::Status};
use maud::{Markup, html};

use super::{KitchenPage, sheet};

/// Dishes with their options, most first, then by name.
fn to_make(page: &KitchenPage<'_>) -> Vec<(String, u32)> {
    let open = page.open_orders.iter().filter(|view| view.standing.status < Status::Ready);
    let lines = open.filter_map(|view| view.order.as_ref()).flat_map(|order| &order.lines);
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for line in lines {
        let count = counts.entry(called(line)).or_default();
        *count = count.saturating_add(line.quantity);
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}

/// `Margherita + Extra cheese`: dishes with different options are counted separately.
fn called(line: &Line) -> String {
    let options = line.options.iter().map(|option| option.name.as_str());
    std::iter::once(line.name.as_str()).chain(options).collect::<Vec<_>>().join(" + ")
}

pub(super) fn sheet_of_counts(page: &KitchenPage<'_>) -> Markup {
    let words = page.words();
    let counts = to_make(page);
    let content = html! {
        p.soft { (words.all_day_hint) }
        @if counts.is_empty() { p.nothing { (words.nothing) } }
        ul.counts {
            @for (name, count) in counts {
                li { span.qty { (count) } strong { (name) } }
            }
        }
    };
    sheet(page, "all-day", words.all_day, &content)
}
