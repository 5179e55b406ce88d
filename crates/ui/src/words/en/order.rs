//! English: the live page of an order.

use domain::{payment::DeclineReason, status::Status};

use crate::words::{Order, Story, Travel};

fn by(ready: Option<&str>) -> String {
    ready.map(|at| format!(", ready about {at}")).unwrap_or_default()
}

pub(super) const STORY: Story = Story {
    the_restaurant: "the restaurant",
    placed: "We have your order and are checking the payment.",
    placed_more: "This takes a few seconds. You can close this page; we also write to you.",
    placed_cash: "We have your order.",
    authenticate: "Your bank asks you to confirm this payment.",
    authenticate_more: |until| {
        format!("Nothing is charged yet. We keep your dishes for you until {until}.")
    },
    to_bank: "Continue to your bank",
    bank_opens: "Your bank’s question opens here. Nothing is charged before you answer it.",
    bank_needs_script: "Your bank’s question needs JavaScript. Turn it on and open this page again.",
    bank_failed: "Your bank’s question could not be opened. Check your connection and try again.",
    back_to_order: "Back to your order",
    confirmed: |who| format!("Confirmed. {who} is looking at your order."),
    confirmed_more: "As soon as the kitchen accepts, you see here when it will be ready.",
    held: |sum| {
        format!("Your bank holds {sum}. It is taken only when the restaurant accepts your order.")
    },
    accepted: |who, ready| format!("{who} has accepted your order{}.", by(ready)),
    preparing: |who, ready| format!("{who} is preparing your order{}.", by(ready)),
    packed: "Your order is packed and waits for the courier.",
    ready: |who| format!("Your order is ready to collect at {who}."),
    on_its_way: "Your order is on its way to you.",
    enjoy: "Enjoy your meal!",
    delivered: |who| format!("{who} delivered your order."),
    collected: |who| format!("{who} handed over your order."),
    declined,
    no_money: |advice| format!("No money was taken. We kept your dishes. {advice}"),
    by_you: "You cancelled this order.",
    by_timer: |who| format!("{who} did not answer in time, so we cancelled your order."),
    by_restaurant: |who| format!("{who} had to cancel your order."),
    by_payment: "Your payment could not be completed, so your order was cancelled.",
    refunded: |sum| format!("{sum} was given back to your card."),
    refunded_cash: |sum| format!("{sum} was given back to you in cash."),
    refunding: |sum| format!("{sum} is on its way back to your card. You need do nothing."),
    none_taken: "No money was taken.",
    released: |sum| {
        format!("No money was taken. Your bank may show the {sum} as reserved for a few days.")
    },
    nothing_due: "You have nothing to pay.",
    not_charged: "Nothing is charged. Should your bank be faster, the money goes straight back.",
    try_again: "Try again",
    change: "Change the order",
    again: "Order again",
};

fn declined(reason: Option<DeclineReason>) -> (&'static str, &'static str) {
    match reason {
        Some(DeclineReason::CardDeclined) => ("Your bank declined the card.", "Try another card."),
        Some(DeclineReason::InsufficientFunds) => {
            ("The card does not have enough money on it.", "Try another card.")
        }
        Some(DeclineReason::AuthenticationRequired) => {
            ("Your bank wants to confirm this payment with you.", "Try another card.")
        }
        Some(DeclineReason::AuthenticationFailed) => {
            ("Your bank did not confirm the payment.", "Try again, or use another card.")
        }
        Some(DeclineReason::AuthenticationTimeout) => {
            ("The payment was not confirmed in time.", "Try again.")
        }
        Some(DeclineReason::InvalidPaymentMethod) => {
            ("The payment method was not accepted.", "Try another card.")
        }
        Some(DeclineReason::OutOfStock) => {
            ("A dish ran out just before your order came in.", "Choose something else.")
        }
        Some(DeclineReason::PaymentTimeout) => {
            ("The bank did not answer in time, so we called it off.", "Try again.")
        }
        Some(DeclineReason::Cancelled) => {
            ("The order was cancelled before payment.", "Order again.")
        }
        Some(DeclineReason::NotVerified) => {
            ("The order did not match the menu.", "Order from the menu as it is now.")
        }
        Some(DeclineReason::Other) | None => {
            ("The payment did not go through.", "Try another card.")
        }
    }
}

pub(super) const ORDER: Order = Order {
    offline: "No connection. This page shows the last known state.",
    steps: "Steps of the order",
    done: ", done",
    step: |status, delivery| match status {
        Status::Placed => "Ordered",
        Status::Confirmed => "Confirmed",
        Status::Accepted => "Accepted",
        Status::Preparing => "Cooking",
        Status::Ready => "Ready",
        Status::OutForDelivery => "On its way",
        Status::Completed if delivery => "Delivered",
        Status::Completed => "Collected",
        Status::Declined => "Declined",
        Status::Cancelled => "Cancelled",
    },
    about: |time| format!("about {time}"),
    pickup: "Pickup",
    delivery_to: |address| format!("Delivery to {address}"),
    for_whom: |name| format!("for {name}"),
    ordered_at: |when| format!("Ordered {when}"),
    paid: "Paid by card",
    paid_cash: "Paid in cash",
    held: |sum| format!("{sum} held on your card"),
    due: |sum| format!("To pay in cash: {sum}"),
    released: "No money was taken",
    given_back: "Given back to the card",
    given_back_cash: "Given back in cash",
    number: |id| format!("Order {id}"),
    tax_id: |id| format!("Tax ID {id}"),
    not_fiscal: "Not a fiscal document",
    print: "Print the receipt",
    again: "Order this again",
    cancel: "Cancel order",
    keep: "Keep the order",
    cancel_all: "Cancel the whole order?",
    back_to_card: |sum| format!("{sum} goes back to your card."),
    lifts_hold: |sum| format!("No money is taken: your bank releases the {sum}."),
    yes_cancel: "Yes, cancel it",
    asked: "You asked to cancel. It is being decided; this page tells you at once.",
    too_late: |who| format!("It was too late to cancel: {who} had already accepted your order."),
};

pub(super) const TRAVEL: Travel = Travel {
    title: "How your order travelled",
    lead: "Every step is an event in Kafka. This is where each of yours stands, and how long it \
        took from there into our order book.",
    at: "Time",
    step: "Step",
    topic: "Topic",
    partition: "Partition",
    offset: "Offset",
    took: "Took",
    ms: |ms| format!("{ms} ms"),
    seconds: |s| format!("{s} s"),
};
