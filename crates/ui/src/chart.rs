//! Charts drawn as SVG.

use jiff::{Timestamp, tz::TimeZone};
use maud::{Markup, html};

/// Horizontal bars.
pub(crate) fn bars(values: &[(&str, i64)]) -> Markup {
    html! { ul { @for (name, value) in values { li { (name) " " (value) } } } }
}

/// Bars by hour.
pub(crate) fn hours(hours: &[(i64, i64, i64)], _now: Timestamp, _zone: &TimeZone) -> Markup {
    html! { ul { @for (hour, orders, _) in hours { li { (hour) " " (orders) } } } }
}
