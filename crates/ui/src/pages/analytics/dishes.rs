//! Dishes: what sells most, what rises and what falls.

use domain::facts::{ChartId, board::Mover};
use maud::{Markup, html};

use super::{AnalyticsPage, labels, panel};
use crate::{
    chart::{Bar, Rows, bars, rows},
    words::Notation,
};

/// Dishes in each list.
const MOST: usize = 8;
const MOVING: usize = 4;

pub(super) fn dishes(page: &AnalyticsPage<'_>) -> Markup {
    let (words, lang) = (page.words(), page.reader.lang);
    let all = page.board.movers();
    let bar = |mover: &Mover| Bar {
        name: mover.name.to_string(),
        value: mover.now,
        text: lang.number(mover.now),
        before: Some(mover.before),
        change: labels::change(mover.now, mover.before),
        href: None,
    };
    let most: Vec<_> = all.iter().filter(|mover| mover.now > 0).take(MOST).map(bar).collect();
    let mut moving: Vec<_> = all.iter().collect();
    moving.sort_by_key(|mover| mover.before - mover.now);
    let rising = moving.iter().filter(|mover| mover.now > mover.before).take(MOVING);
    let falling = moving.iter().rev().filter(|mover| mover.now < mover.before).take(MOVING);
    let row = |mover: &Mover| {
        let cells = vec![mover.name.to_string(), lang.number(mover.now), lang.number(mover.before)];
        (None, cells)
    };
    let table = rows(&Rows {
        id: "dishes",
        title: words.dishes,
        open: words.rows,
        columns: vec![words.dish, words.sold, words.sold_before],
        cells: all.iter().map(row).collect(),
        files: labels::files(page, ChartId::Dishes),
    });
    let content = html! {
        @if all.is_empty() { p.nothing { (words.nothing) } } @else {
            (bars(&most))
            p.chart-note { "| " (page.compared()) }
            div.moving {
                (side(words.rising, &rising.copied().collect::<Vec<_>>(), page))
                (side(words.falling, &falling.copied().collect::<Vec<_>>(), page))
            }
            (table)
        }
    };
    panel("dishes", words.dishes, false, &content)
}

fn side(title: &str, movers: &[&Mover], page: &AnalyticsPage<'_>) -> Markup {
    let number = |n| page.reader.lang.number(n);
    html! {
        @if !movers.is_empty() {
            div {
                h3 { (title) }
                ul {
                    @for mover in movers {
                        li {
                            span { (mover.name) }
                            b { (number(mover.before)) " \u{2192} " (number(mover.now)) }
                        }
                    }
                }
            }
        }
    }
}
