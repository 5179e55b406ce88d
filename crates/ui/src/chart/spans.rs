//! Durations of stages: median, 90th and 99th percentile, on one scale that begins at zero.

use maud::{Markup, html};

use super::share;

/// The durations of one stage.
pub(crate) struct SpanRow {
    pub(crate) name: String,
    /// Half, nine in ten, 99 in 100.
    pub(crate) ms: [i64; 3],
    /// The same as text.
    pub(crate) texts: [String; 3],
}

/// The chart; `names` are those of the three.
pub(crate) fn spans(rows: &[SpanRow], names: [&str; 3]) -> Markup {
    let most = rows.iter().map(|row| row.ms[2]).max().unwrap_or(0);
    html! {
        ol.spans {
            @for row in rows {
                @let [half, nine, almost] = row.ms.map(|ms| share(ms, most));
                li {
                    span.bar-name { (row.name) }
                    svg.span viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" {
                        rect.span-3 width=(almost) y="3" height="4" {}
                        rect.span-2 width=(nine) y="1" height="8" {}
                        rect.span-1 width=(half) height="10" {}
                    }
                    dl.span-values {
                        @for (name, text) in names.iter().zip(&row.texts) {
                            div { dt { (name) } dd { (text) } }
                        }
                    }
                }
            }
        }
    }
}
