//! English: the checkout.

use crate::words::Checkout;

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
    token: "Payment method token",
    token_hint: "As your wallet gives it (pm_…). Never type a card number here.",
    pay: |sum| format!("Pay {sum}"),
    once: "You pay once, even if you press twice.",
};
