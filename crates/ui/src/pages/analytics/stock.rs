//! Panels about stock: levels, forecasts, restocks, and orders lost while sold out.

use domain::facts::{ChartId, Supply, stock::Forecast};
use maud::{Markup, html};

use super::{AnalyticsPage, labels, panel};
use crate::{
    chart::{Rows, rows},
    when,
    words::Notation,
};

/// Rows that are always shown: the most urgent ones.
const SHOWN: usize = 8;

pub(super) fn stock(page: &AnalyticsPage<'_>) -> Markup {
    let (words, lang) = (page.words(), page.reader.lang);
    let mut all: Vec<_> = page.board.supplies.iter().collect();
    all.sort_by_key(|supply| urgency(supply));
    let row = |supply: &&Supply| {
        let cells = vec![
            name(supply),
            lang.number(supply.on_hand.into()),
            lang.number(supply.sold_3h),
            runs_out(page, supply),
        ];
        (None, cells)
    };
    let table = rows(&Rows {
        id: "stock",
        title: words.stock,
        open: words.rows,
        columns: vec![words.dish, words.on_hand, words.sold_3h, words.runs_out],
        cells: all.iter().map(row).collect(),
        files: labels::files(page, ChartId::Stock),
    });
    let content = html! {
        @if all.is_empty() { p.nothing { (words.stock_none) } } @else {
            ul.supplies {
                @for supply in all.iter().take(SHOWN) {
                    li.low[supply.is_low()] {
                        span.stock-name {
                            (name(supply))
                            @if supply.is_low() { " " b.chip { (words.low) } }
                        }
                        b.stock-left { (lang.number(supply.on_hand.into())) }
                        span.soft { (runs_out(page, supply)) }
                    }
                }
            }
            (table)
        }
        (ran_out(page))
        (restocks(page))
    };
    panel("stock", words.stock, false, &content)
}

/// Sort key: the dish that runs out first has the smallest.
fn urgency(supply: &Supply) -> i64 {
    match supply.forecast() {
        Forecast::Gone => -1,
        Forecast::Minutes(minutes) => minutes,
        Forecast::Days(days) => days.saturating_mul(24 * 60),
        Forecast::Unknown => i64::MAX,
    }
}

fn name(supply: &Supply) -> String {
    let name = supply.name.as_ref().map(ToString::to_string);
    name.unwrap_or_else(|| supply.dish.item_id.as_str().replace('-', " "))
}

fn runs_out(page: &AnalyticsPage<'_>, supply: &Supply) -> String {
    let words = page.words();
    match supply.forecast() {
        Forecast::Gone => words.gone.to_owned(),
        Forecast::Minutes(minutes) => (words.about)(&when::age(&page.reader, minutes.max(1))),
        Forecast::Days(days) => {
            (words.about)(&when::age(&page.reader, days.max(1).saturating_mul(24 * 60)))
        }
        Forecast::Unknown => words.not_selling.to_owned(),
    }
}

fn ran_out(page: &AnalyticsPage<'_>) -> Markup {
    let words = page.words();
    html! {
        @if !page.board.ran_out.is_empty() {
            h3 { (words.ran_out) }
            ul.moves {
                @for dish in &page.board.ran_out {
                    li { span { (dish.name) } b { (page.reader.lang.number(dish.quantity)) } }
                }
            }
        }
    }
}

fn restocks(page: &AnalyticsPage<'_>) -> Markup {
    let words = page.words();
    html! {
        @if !page.board.restocks.is_empty() {
            h3 { (words.restocks) }
            ul.moves {
                @for restock in page.board.restocks.iter().take(SHOWN) {
                    @let change = &restock.change;
                    li {
                        span {
                            (restock.dish.item_id.as_str().replace('-', " "))
                            small.soft {
                                " " (when::near(&page.reader, restock.at, page.now, &page.zone))
                                @if let Some(reason) = &restock.reason { ", " (reason) }
                            }
                        }
                        b { ((words.restock)(change.name(), change.amount().unwrap_or(0))) }
                    }
                }
            }
        }
    }
}
