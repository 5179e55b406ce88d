//! Calling an order off from the board: folded, with a few reasons at hand.

use domain::{
    kitchen::{Action, Requester},
    order::{Fulfilment, Order},
};
use maud::{Markup, html};

use super::{KitchenPage, Ticket};

/// As much as a reason may have, in characters.
const MAX_WORDS: &str = "500";

/// What restaurants mostly say, as the customer reads it.
const REASONS: [&str; 3] =
    ["We have run out of a dish", "We are too busy right now", "We are about to close"];
/// The same, where the food is brought.
const TOO_FAR: &str = "We cannot deliver to this address";

pub(super) fn form(page: &KitchenPage<'_>, ticket: &Ticket<'_>, order: &Order) -> Markup {
    let current = ticket.view.standing.status;
    let allowed = Action::Reject.target_for(Requester::Kitchen, current, &order.fulfilment);
    let brought = matches!(order.fulfilment, Fulfilment::Delivery { .. });
    let reasons = REASONS.into_iter().chain(brought.then_some(TOO_FAR));
    let id = order.id;
    html! {
        @if allowed.is_some() {
            details.reject id={ "r-" (id) } {
                summary {
                    span.when-closed { "Reject" }
                    span.when-open { "Keep the order" }
                }
                form method="post" data-enhance action={ "/kitchen/orders/" (id) "/reject" } {
                    @if let Some(restaurant) = &page.selected {
                        input type="hidden" name="restaurant" value=(restaurant);
                    }
                    fieldset {
                        legend { "Why? The customer reads it, and is paid back." }
                        @for (n, reason) in reasons.enumerate() {
                            label.tile {
                                input type="radio" name="reason" value=(reason)
                                    id={ "r-" (id) "-" (n) };
                                (reason)
                            }
                        }
                    }
                    div.field {
                        label for={ "w-" (id) } { "Or in your own words" }
                        input type="text" id={ "w-" (id) } name="words" maxlength=(MAX_WORDS)
                            autocomplete="off";
                    }
                    button.danger.wide type="submit" { "Reject the order" }
                }
            }
        }
    }
}
