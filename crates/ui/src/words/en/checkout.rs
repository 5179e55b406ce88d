//! English: the checkout.

use crate::words::{CashWords, Checkout};

pub(super) const CHECKOUT: Checkout = Checkout {
    title: "Checkout",
    back_to: |who| format!("Back to {who}"),
    nothing: "There is nothing to pay for yet.",
    see_menu: "See the menu",
    attention: |n| {
        let things = if n == 1 { "1 thing needs".to_owned() } else { format!("{n} things need") };
        format!("{things} your attention before we can take the order. Nothing was charged.")
    },
    cart_changed: "Your cart has changed since. Check it, and pay again.",
    total_changed: |shown, now| {
        format!(
            "A price has changed since you opened this page: your order was {shown} and is {now} \
             now. Nothing was charged. Check it, and press pay if you agree."
        )
    },
    unreachable: "We could not reach the kitchen just now. Press pay again: you are never charged \
        twice.",
    how: "How would you like it?",
    delivery: "Delivery",
    pickup: "Pickup",
    free: "Free",
    address: "Address",
    address_hint: "Street, number, floor, town",
    you: "You",
    name: "Name",
    email: "E-mail",
    email_hint: "The receipt goes there. No account is needed.",
    phone: "Phone",
    phone_hint: "Only if the courier cannot find you.",
    tip: "Tip for the team",
    no_tip: "No tip",
    payment: "Payment",
    test_cards: [
        ("Visa", "Test card: the payment succeeds"),
        ("Declined card", "Test card: the bank says no"),
        ("Empty card", "Test card: insufficient funds"),
    ],
    card_hint: "Your card goes straight to our payment provider. We never see its number.",
    test_hint: "Test mode, no money moves. 4242\u{a0}4242\u{a0}4242\u{a0}4242 pays, \
        4000\u{a0}0000\u{a0}0000\u{a0}9995 is declined; with any date to come and any code.",
    needs_script: "Paying by card needs JavaScript, since your card goes straight to the payment \
        provider. Turn it on for this page, and reload it.",
    card_lost: "The fields for your card could not be loaded. Check your connection and anything \
        that blocks content, and reload the page.",
    card_missing: "Check your card: its number, date and code.",
    no_cards: "We cannot take cards at the moment, so this order cannot be placed. Please try \
        again later.",
    declined: "The payment did not go through. Nothing was charged, and your order is still here.",
    held: |who| {
        format!("Your bank holds the amount now. It is taken only when {who} accepts your order.")
    },
    pay: |sum| format!("Pay {sum}"),
    paying: "Paying…",
    once: "You pay once, even if you press twice.",
    cash: CashWords {
        card: "Card",
        card_now: "Online, now",
        cash: "Cash",
        when: |delivery| if delivery { "At your door" } else { "When you collect" },
        up_to: |when, limit| format!("{when}, up to {limit}"),
        over: |limit, total| format!("Up to {limit}; this order is {total}"),
        due_at: |who, sum| format!("You pay {sum} in cash at {who}, when you collect your order."),
        due_to_courier: |sum| format!("You pay {sum} in cash to the courier, at your door."),
        order: |sum| format!("Order for {sum} in cash"),
        ordering: "Ordering…",
        once: "You order once, even if you press twice.",
        no_cards: "We cannot take cards at the moment.",
    },
};
