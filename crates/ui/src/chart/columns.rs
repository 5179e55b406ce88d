//! A column chart over time. Empty buckets are gaps, the unfinished last one is dashed, and the
//! previous values are marks.

use maud::{Markup, html};

use super::share;

/// A bucket of time.
pub(crate) struct Column {
    pub(crate) value: i64,
    /// The lower part of it, drawn apart.
    pub(crate) part: i64,
    /// The previous value.
    pub(crate) before: Option<i64>,
    /// The tooltip.
    pub(crate) says: String,
    /// Link to the orders that it counts.
    pub(crate) href: Option<String>,
}

/// Columns on one scale.
pub(crate) struct Columns<'a> {
    pub(crate) title: &'a str,
    pub(crate) bars: Vec<Column>,
    /// The greatest value as it is written, and where it is; beside it, what marks are.
    pub(crate) notes: Vec<String>,
    /// Names of stretches below, evenly apart.
    pub(crate) ticks: Vec<String>,
    /// The text of an empty chart.
    pub(crate) nothing: &'a str,
}

/// The width of the drawing.
const WIDTH: i64 = 12_000;

/// The chart.
pub(crate) fn columns(chart: &Columns<'_>) -> Markup {
    let values = chart.bars.iter().flat_map(|column| [Some(column.value), column.before]);
    let most = values.flatten().max().unwrap_or(0);
    let count = i64::try_from(chart.bars.len()).unwrap_or(1).max(1);
    html! {
        @if most == 0 { p.nothing { (chart.nothing) } } @else {
            p.chart-notes { @for note in &chart.notes { span { (note) } } }
            svg.columns viewBox={ "0 0 " (WIDTH) " 1000" } preserveAspectRatio="none" role="group"
                aria-label=(chart.title) {
                desc { (chart.notes.join(". ")) }
                line.grid x1="0" x2=(WIDTH) y1="0" y2="0" {}
                @for (n, column) in (0..).zip(&chart.bars) {
                    (one(column, n * WIDTH / count, WIDTH / count, most, n + 1 == count))
                }
                line.base x1="0" x2=(WIDTH) y1="1000" y2="1000" {}
            }
            ol.ticks.{ "ticks-" (chart.ticks.len()) } aria-hidden="true" {
                @for tick in &chart.ticks { li { (tick) } }
            }
        }
    }
}

fn one(column: &Column, x: i64, width: i64, most: i64, is_last: bool) -> Markup {
    let gap = width / 10;
    let bar = |from: i64, to: i64, class: &str| {
        let (top, bottom) = (1000 - share(to, most), 1000 - share(from, most));
        html! {
            rect class=(class) x=(x + gap) width=(width - 2 * gap) y=(top) height=(bottom - top) {}
        }
    };
    let shape = html! {
        g.column.now[is_last] {
            title { (column.says) }
            rect.hit x=(x) width=(width) y="0" height="1000" {}
            @if column.part > 0 { (bar(0, column.part, "bar part")) }
            @if column.value > column.part { (bar(column.part, column.value, "bar")) }
            @if let Some(before) = column.before.filter(|before| *before > 0) {
                @let y = 1000 - share(before, most);
                line.before x1=(x + gap / 2) x2=(x + width - gap / 2) y1=(y) y2=(y) {}
            }
        }
    };
    match &column.href {
        // The table below has the same links for the keyboard.
        Some(href) if column.value > 0 => html! { a href=(href) tabindex="-1" { (shape) } },
        _ => shape,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(value: i64, before: i64) -> Column {
        let says = format!("{value} orders");
        Column { value, part: 0, before: Some(before), says, href: None }
    }

    fn chart(values: &[(i64, i64)]) -> String {
        columns(&Columns {
            title: "Orders",
            bars: values.iter().map(|(value, before)| column(*value, *before)).collect(),
            notes: vec!["Most: 10".into()],
            ticks: vec!["12:00".into()],
            nothing: "Nothing in this time.",
        })
        .into_string()
    }

    #[test]
    fn nothing_is_said_in_words() {
        let chart = chart(&[(0, 0), (0, 0)]);
        assert!(chart.contains("Nothing in this time") && !chart.contains("<svg"));
    }

    #[test]
    fn columns_stand_to_scale_with_gaps_and_an_unfinished_end() {
        let chart = chart(&[(10, 5), (0, 0), (5, 0)]);
        assert_eq!(chart.matches("class=\"bar\"").count(), 2, "{chart}");
        assert!(chart.contains("height=\"1000\"></rect>") && chart.contains("y=\"500\""));
        assert_eq!(chart.matches("column now").count(), 1);
        assert_eq!(chart.matches("class=\"before\"").count(), 1);
        assert!(chart.contains("<title>0 orders</title>"), "a gap says so");
    }
}
