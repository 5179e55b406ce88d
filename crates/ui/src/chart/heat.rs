//! A week as a map: a row a day, a cell an hour, darker for more.

use maud::{Markup, html};

/// Number of shades besides that of zero.
const SHADES: i64 = 5;

/// The map; `says` is the text of a cell.
pub(crate) fn heat(
    title: &str,
    days: &[&str; 7],
    week: &[[i64; 24]; 7],
    says: impl Fn(&str, usize, i64) -> String,
) -> Markup {
    let most = week.iter().flatten().copied().max().unwrap_or(0);
    html! {
        div.heat {
            ol.heat-days aria-hidden="true" { @for day in days { li { (day) } } }
            svg viewBox="0 0 240 70" preserveAspectRatio="none" role="img" aria-label=(title) {
                @for (d, (day, hours)) in days.iter().zip(week).enumerate() {
                    @for (h, orders) in hours.iter().enumerate() {
                        rect.{ "heat-" (shade(*orders, most)) } x=(h * 10) y=(d * 10)
                            width="10" height="10" { title { (says(day, h, *orders)) } }
                    }
                }
            }
            ol.heat-hours aria-hidden="true" {
                @for hour in [0, 3, 6, 9, 12, 15, 18, 21] { li { (hour) } }
            }
        }
    }
}

/// From 0 for none to [`SHADES`] for the most.
fn shade(orders: i64, most: i64) -> i64 {
    if orders <= 0 { 0 } else { 1 + (orders * SHADES - 1) / most.max(1) }.min(SHADES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shades_rise_with_orders() {
        let shades: Vec<_> = [0, 1, 20, 21, 80, 81, 100].map(|n| shade(n, 100)).to_vec();
        assert_eq!(shades, [0, 1, 1, 2, 4, 5, 5]);
        assert_eq!((shade(1, 1), shade(0, 0)), (5, 0));
    }
}
