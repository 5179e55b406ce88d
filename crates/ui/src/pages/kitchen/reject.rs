//! The folded form that rejects an order, with common reasons.

use domain::{
    kitchen::{Action, Requester},
    order::{Fulfilment, Order},
    ports::OrderView,
};
use maud::{Markup, html};

use super::{KitchenPage, slip::unsent};

/// Maximum length of a reason, in characters.
const MAX_WORDS: &str = "500";

pub(super) fn form(page: &KitchenPage<'_>, view: &OrderView, order: &Order) -> Markup {
    let words = &page.words().reject;
    let current = view.standing.status;
    let allowed = Action::Reject.target_for(Requester::Kitchen, current, &order.fulfilment);
    let brought = matches!(order.fulfilment, Fulfilment::Delivery { .. });
    let reasons = words.reasons.into_iter().chain(brought.then_some(words.too_far));
    let id = order.id;
    html! {
        @if allowed.is_some() {
            details.reject id={ "r-" (id) } {
                summary {
                    span.when-closed { (words.open) }
                    span.when-open { (words.keep) }
                }
                form method="post" data-enhance data-once
                    action={ "/kitchen/orders/" (id) "/reject" } {
                    (page.way_back())
                    fieldset {
                        legend { (words.why) }
                        @for (n, reason) in reasons.enumerate() {
                            label.tile {
                                input type="radio" name="reason" value=(reason)
                                    id={ "r-" (id) "-" (n) };
                                (reason)
                            }
                        }
                    }
                    div.field {
                        label for={ "w-" (id) } { (words.own_words) }
                        input type="text" id={ "w-" (id) } name="words" maxlength=(MAX_WORDS)
                            autocomplete="off";
                    }
                    button.danger.wide type="submit" { (words.reject) }
                    (unsent(page))
                }
            }
        }
    }
}
