//! Horizontal bars, each with its name and value.

use maud::{Markup, html};

use super::share;

/// One bar.
pub(crate) struct Bar {
    pub(crate) name: String,
    pub(crate) value: i64,
    /// The value as text.
    pub(crate) text: String,
    /// The previous value, drawn as a mark on the same scale.
    pub(crate) before: Option<i64>,
    /// The change as text.
    pub(crate) change: Option<String>,
    /// Link to the orders that it counts.
    pub(crate) href: Option<String>,
}

/// Bars on one scale.
pub(crate) fn bars(bars: &[Bar]) -> Markup {
    let values = bars.iter().flat_map(|bar| [Some(bar.value), bar.before]);
    let most = values.flatten().max().unwrap_or(0);
    html! {
        ol.bars {
            @for bar in bars {
                li {
                    span.bar-name {
                        @match &bar.href {
                            Some(href) => a href=(href) { (bar.name) },
                            None => (bar.name),
                        }
                    }
                    svg.bar viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" {
                        rect width=(share(bar.value, most)) height="10" {}
                        @if let Some(before) = bar.before.filter(|before| *before > 0) {
                            @let x = share(before, most);
                            line.before x1=(x) x2=(x) y1="0" y2="10" {}
                        }
                    }
                    span.bar-value {
                        (bar.text)
                        @if let Some(change) = &bar.change { span.change { (change) } }
                    }
                }
            }
        }
    }
}
