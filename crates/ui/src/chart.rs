//! Charts: bars that start at zero, labelled directly. Text is HTML, so that it stays readable on
//! a phone; only the bars themselves are SVG and stretch.

use jiff::{Timestamp, tz::TimeZone};
use maud::{Markup, html};

/// Hours shown, the current one included.
const HOURS: i64 = 24;

/// `value` as thousandths of `most`.
fn share(value: i64, most: i64) -> i64 {
    value.max(0).saturating_mul(1000) / most.max(1)
}

/// Horizontal bars, each with its name and value.
pub(crate) fn bars(values: &[(&str, i64)]) -> Markup {
    let most = values.iter().map(|(_, value)| *value).max().unwrap_or(0);
    html! {
        @if values.is_empty() { p.nothing { "Nothing sold yet." } } @else {
            ol.bars {
                @for (name, value) in values {
                    li {
                        span.bar-name { (name) }
                        svg.bar viewBox="0 0 1000 10" preserveAspectRatio="none"
                            aria-hidden="true" {
                            rect width=(share(*value, most)) height="10" {}
                        }
                        span.bar-value { (value) }
                    }
                }
            }
        }
    }
}

/// Upright bars for the last 24 hours. An hour without orders is a gap, the hour that is not over
/// is marked.
pub(crate) fn hours(hours: &[(i64, i64, i64)], now: Timestamp, zone: &TimeZone) -> Markup {
    let current = now.as_second().div_euclid(3600) * 3600;
    let first = current - (HOURS - 1) * 3600;
    let shown = || hours.iter().filter(|(hour, ..)| (first..=current).contains(hour));
    let most = shown().map(|(_, orders, _)| *orders).max().unwrap_or(0);
    html! {
        @if most == 0 { p.nothing { "No confirmed order in the last 24 hours." } } @else {
            ol.hours {
                @for n in 0..HOURS {
                    @let hour = first + n * 3600;
                    @let orders = shown().find(|(at, ..)| *at == hour).map_or(0, |(_, n, _)| *n);
                    li.now[hour == current].most[orders == most] {
                        (column(hour, orders, most, zone))
                    }
                }
            }
            p.chart-note { span.swatch {} "The last hour is not over yet." }
        }
    }
}

fn column(hour: i64, orders: i64, most: i64, zone: &TimeZone) -> Markup {
    let height = share(orders, most);
    let start = Timestamp::from_second(hour).unwrap_or(Timestamp::UNIX_EPOCH);
    let name = start.to_zoned(zone.clone()).strftime("%H").to_string();
    html! {
        div.hour-bar {
            @if orders > 0 {
                span.hour-value { (orders) span.visually-hidden { " orders" } }
                svg.bar width="100%" height={ (height / 10) "." (height % 10) "%" }
                    aria-hidden="true" { rect width="100%" height="100%" {} }
            }
        }
        span.hour-name { (name) span.visually-hidden { ":00" } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn no_value_is_said_in_words() {
        assert!(bars(&[]).into_string().contains("Nothing sold yet"));
        let old = [(0, 7, 100)];
        let chart = hours(&old, at(100 * 3600), &TimeZone::UTC).into_string();
        assert!(chart.contains("No confirmed order") && !chart.contains("<svg"));
    }

    #[test]
    fn one_value_fills_and_zero_does_not_divide() {
        assert!(bars(&[("Soup", 3)]).into_string().contains("width=\"1000\""));
        assert!(bars(&[("Soup", 0)]).into_string().contains("width=\"0\""));
    }

    #[test]
    fn hours_stand_to_scale_with_gaps_and_an_unfinished_end() {
        let now = at(50 * 3600 + 1200);
        let chart = hours(&[(48 * 3600, 10, 0), (50 * 3600, 5, 0)], now, &TimeZone::UTC);
        let chart = chart.into_string();
        assert_eq!(chart.matches("class=\"hour-name\"").count(), 24);
        assert_eq!(chart.matches("<svg").count(), 2);
        assert!(chart.contains("height=\"100.0%\"") && chart.contains("height=\"50.0%\""));
        assert_eq!(chart.matches("class=\"now\"").count(), 1);
    }
}
