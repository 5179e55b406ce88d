//! English: refunds.

use domain::payment::Refunder;

use crate::words::Refunds;

pub(super) const REFUNDS: Refunds = Refunds {
    link: "Refunds",
    title: |order| format!("Refunds of {order}"),
    to_order: "Back to the order",
    taken: "Paid by the customer",
    refunded: "Refunded",
    on_its_way: "On its way",
    left: "Can be refunded",
    remains: "Remains paid",
    not_taken: "No money was taken for this order yet, so there is nothing to refund.",
    nothing_left: "Nothing is left to refund.",
    dishes: "Dishes",
    dishes_hint: "The customer gets back what these cost, with options and tax.",
    pieces_of: |dish| format!("How many of {dish}"),
    all_refunded: "refunded",
    amount: "Or an amount",
    amount_hint: |left| format!("At most {left}."),
    reason: "Why",
    reason_hint: "The customer reads this in the mail about the refund.",
    by_card: "The money goes back to the card.",
    in_cash: "This order was paid in cash: give the money back yourself. It is booked at once.",
    refund: "Refund",
    asked: "The refund is requested. It appears below in a moment; load the page again to see it.",
    more_than_left: |left| format!("That is more than can be refunded: {left}."),
    pieces_gone: "Some of these dishes are refunded already. Look at the list and choose again.",
    choose: "Choose dishes, or enter an amount.",
    choose_one: "Choose dishes or enter an amount, not both.",
    list: "Refunds so far",
    none: "Nothing was refunded.",
    requested: "Requested",
    failed: "Failed",
    cancelled: "Order cancelled",
    by: |by| match by {
        Refunder::Kitchen | Refunder::Restaurant => "Restaurant",
        Refunder::Customer => "Customer",
        Refunder::Timer => "Time limit",
        Refunder::Gateway => "Made at the payment provider",
    },
    why_failed: |error| format!("The payment provider refused it: {error}"),
    disputed: |sum, reason| format!("The customer disputes {sum} with the bank: {reason}."),
    disputed_more: "Answer it at the payment provider before the deadline there. Nothing happens \
        here by itself, and a refund now may be paid twice.",
    dispute: |reason| match reason {
        "fraudulent" => "says the payment is not theirs",
        "product_not_received" => "says nothing arrived",
        "product_unacceptable" => "says the food was not as promised",
        "duplicate" => "says it was charged twice",
        "credit_not_processed" => "says a refund is missing",
        "unrecognized" => "does not recognise the payment",
        _ => "gives another reason",
    },
};
