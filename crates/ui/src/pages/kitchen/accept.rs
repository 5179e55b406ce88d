//! The form that accepts an order, with the minutes until it is ready.

use domain::order::Order;
use maud::{Markup, html};

use super::KitchenPage;
use crate::icons;

/// Maximum promised time, in minutes; the service refuses more.
const LONGEST_MIN: u32 = 600;
/// Offered differences to a restaurant's usual time, in minutes.
const AROUND_MIN: [i32; 4] = [-10, 0, 10, 20];
/// Shortest offered time, in minutes.
const SHORTEST_MIN: u32 = 5;
/// Default of an unknown restaurant, in minutes.
const USUAL_MIN: u32 = 20;

/// The usual time, and others around it: 15, 25, 35 and 45 for 25.
fn presets(usual: u32) -> Vec<u32> {
    let around = AROUND_MIN.iter().filter_map(|more| usual.checked_add_signed(*more));
    let mut presets: Vec<_> = around.map(|min| min.clamp(SHORTEST_MIN, LONGEST_MIN)).collect();
    presets.dedup();
    presets
}

/// A field for the minutes; the buttons around it are for those with a script.
pub(super) fn minutes(page: &KitchenPage<'_>, order: &Order) -> Markup {
    let words = &page.words().slip;
    let pantry = page.pantry(&order.seller.id);
    let usual = pantry.map_or(USUAL_MIN, |pantry| pantry.restaurant.preparation_min);
    let id = format!("m-{}", order.id);
    html! {
        div.minutes {
            label for=(id) { (words.ready_in) }
            div.minutes-field {
                button.step.scripted-only type="button" data-step="-1" aria-label=(words.sooner) {
                    (icons::minus())
                }
                input id=(id) type="number" name="minutes" value=(usual) min="1" max=(LONGEST_MIN)
                    inputmode="numeric" required;
                span.unit { (words.minutes) }
                button.step.scripted-only type="button" data-step="1" aria-label=(words.later) {
                    (icons::plus())
                }
            }
            div.presets.scripted-only {
                @for preset in presets(usual) {
                    button.preset type="button" data-preset=(preset) {
                        (preset) span.visually-hidden { " " (words.minutes) }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_lie_around_the_usual_time() {
        assert_eq!(presets(25), [15, 25, 35, 45]);
        assert_eq!(presets(15), [5, 15, 25, 35]);
        assert_eq!(presets(8), [8, 18, 28]);
        assert_eq!(presets(0), [5, 10, 20]);
        assert_eq!(presets(u32::MAX), [600]);
    }
}
