//! English.

use domain::payment::DeclineReason;

use crate::words::letters::{
    CancelledBy, Kitchen, Letters, OrderMoney, Payment, Ready, Settlement, Slip, Undecided, Undone,
};

pub(super) const LETTERS: Letters = Letters {
    months: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    why_this_mail: |seller| {
        format!("You get this mail because you ordered at {seller}. It was sent automatically.")
    },
    order_number: |id| format!("Order {id}"),
    number: "Order number",
    tax_id: |id| format!("Tax ID {id}"),
    not_fiscal: "Not a fiscal document.",
    collect_at: "Collect at",
    deliver_to: "Deliver to",
    ordered: "Ordered",
    your_order_at: |seller| format!("Your order at {seller}"),
    total: |settlement| match settlement {
        Settlement::Paid => "Total, paid",
        Settlement::Held => "Total, held on your card",
        Settlement::Due => "Total, to pay in cash",
    },
    follow: "Follow your order live",
    slip: Slip {
        note: |note| format!("Note: {note}"),
        delivery: "Delivery",
        tip: "Tip",
        subtotal: "Subtotal",
        including: |tax| format!("Including {tax}"),
    },
    payment: PAYMENT,
    kitchen: KITCHEN,
    undone: UNDONE,
};

const PAYMENT: Payment = Payment {
    confirmed: "Confirmed",
    confirmed_subject: |seller| format!("{seller}: your order is confirmed"),
    settled: |settlement, total| match settlement {
        Settlement::Paid => format!("{total} is paid."),
        Settlement::Held => format!("{total} is held on your card."),
        Settlement::Due => format!("You pay {total} in cash."),
    },
    thanks: |settlement, name| match settlement {
        Settlement::Paid => format!("Thank you, {name}. Your order is paid."),
        Settlement::Held | Settlement::Due => {
            format!("Thank you, {name}. Your order is confirmed.")
        }
    },
    has_it: |seller| format!("{seller} has it."),
    begins_now: "The kitchen begins with it now.",
    when_accepted: "As soon as the kitchen accepts it, the order's page says when it is ready.",
    until_collected: "We write again when you can collect it.",
    until_on_its_way: "We write again when it is on its way.",
    paid: "Paid",
    held: "Held on your card",
    due: "To pay in cash",
    held_until: |seller, total| {
        format!(
            "Your bank holds {total}. The money is taken only when {seller} accepts your order; \
             otherwise the bank releases it, and you pay nothing."
        )
    },
    due_at: |total| format!("Please bring {total} in cash when you collect it."),
    due_to_courier: |total| format!("Please have {total} in cash ready for the courier."),
    reference: "Payment reference",
    receipt: |seller| format!("Receipt of {seller}"),
    paid_subject: |seller| format!("{seller}: your order is paid"),
    accepted: |seller| format!("{seller} has accepted your order, and it is paid."),
    taken: |total| {
        format!("Your bank held {total} until now. The order's page says when it will be ready.")
    },
    paid_cash: |total| format!("You paid {total} in cash."),
    handed_over: |seller| format!("{seller} handed over your order. Enjoy your meal!"),
    total_cash: "Total, paid in cash",
    declined: "Not placed",
    declined_subject: |seller| format!("{seller}: your order was not placed"),
    declined_heading: "Your order was not placed.",
    no_money: "No money was taken.",
    kept: |seller| format!("We kept what you chose at {seller}."),
    why,
    chosen_at: |seller| format!("What you chose at {seller}"),
    not_charged: "Total, not charged",
    checking: Undecided {
        stamp: "Checking the payment",
        subject: |seller| format!("{seller}: we are checking your payment"),
        preheader: "We have your order. You need do nothing, and nothing is charged twice.",
        heading: "We have your order and are still checking your payment.",
        body: [
            "Your bank takes longer to answer than usual. You need do nothing: do not order again, for \
             nothing is lost, and nothing is charged twice.",
            "We write again as soon as we know. If it cannot be paid, no money is taken.",
        ],
        action: "See how it stands",
    },
    authentication: Undecided {
        stamp: "Your confirmation is needed",
        subject: |seller| format!("{seller}: please confirm your payment"),
        preheader: "Your bank asks you to confirm the payment. Until then your order waits.",
        heading: "Your bank asks you to confirm the payment.",
        body: [
            "Open your order and continue to your bank. As soon as the payment is confirmed, the \
             restaurant gets your order.",
            "Nothing is charged yet. Without your confirmation the order ends in a few minutes, and \
             no money is taken.",
        ],
        action: "Confirm the payment",
    },
    not_confirmed: "Total, not confirmed yet",
};

const fn why(reason: DeclineReason) -> (&'static str, &'static str, &'static str) {
    let another_card = "Try again with another card";
    match reason {
        DeclineReason::CardDeclined => (
            "Your bank declined the card.",
            "Try another card, or ask your bank why.",
            another_card,
        ),
        DeclineReason::InsufficientFunds => {
            ("The card does not have enough money on it.", "Try another card.", another_card)
        }
        DeclineReason::AuthenticationRequired => (
            "Your bank wanted you to confirm the payment, and this card offers no way to do so.",
            "Try another card.",
            another_card,
        ),
        DeclineReason::AuthenticationFailed => (
            "Your bank did not confirm the payment.",
            "Try again, or use another card.",
            "Try again",
        ),
        DeclineReason::AuthenticationTimeout => {
            ("The payment was not confirmed with your bank in time.", "Try again.", "Try again")
        }
        DeclineReason::InvalidPaymentMethod => {
            ("The payment method was not accepted.", "Try another card.", another_card)
        }
        DeclineReason::OutOfStock => {
            ("Something you chose had just sold out.", "Choose something else.", "Change the order")
        }
        DeclineReason::PaymentTimeout => {
            ("The payment did not come through in time.", "Try again.", "Try again")
        }
        DeclineReason::Cancelled => {
            ("It was cancelled before it was paid.", "You can order again.", "Order again")
        }
        DeclineReason::NotVerified => (
            "It did not match the restaurant’s menu.",
            "Order from the menu as it is now.",
            "Change the order",
        ),
        DeclineReason::Other => ("The payment did not go through.", "Try again.", "Try again"),
    }
}

const KITCHEN: Kitchen = Kitchen {
    ready: "Ready",
    collect: Ready {
        subject: |seller| format!("{seller}: your order is ready to collect"),
        preheader: |seller, clock| format!("Ready since {clock} at {seller}."),
        heading: "Your order is ready to collect.",
        body: |seller, clock| format!("{seller} has had it packed for you since {clock}."),
    },
    take_it: |settlement, total| match settlement {
        Settlement::Paid => (
            "It is paid: just come and take it.".to_owned(),
            "It is paid: say your name, and take it.".to_owned(),
        ),
        Settlement::Held => {
            ("Just come and take it.".to_owned(), "Say your name, and take it.".to_owned())
        }
        Settlement::Due => (
            format!("Bring {total} in cash."),
            format!("Say your name, pay {total} in cash, and take it."),
        ),
    },
    packed: Ready {
        subject: |seller| format!("{seller}: your order is ready"),
        preheader: |_, clock| format!("Ready since {clock}. We write again when it is on its way."),
        heading: "Your order is packed and waits for the courier.",
        body: |seller, clock| {
            format!("{seller} finished it at {clock}. We write again when it is on its way.")
        },
    },
    in_the_name_of: "In the name of",
    ready_since: "Ready since",
    see: "See your order",
    on_its_way: "On its way",
    on_its_way_subject: |seller| format!("{seller}: your order is on its way"),
    on_its_way_heading: "Your order is on its way.",
    left: |seller, clock| format!("It left {seller} at {clock}."),
    may_call: |phone| format!("Please stay near the door; the courier may call {phone}."),
    cannot_call: "Please stay near the door, for the courier has no number to call.",
    on_its_way_since: "On its way since",
};

const UNDONE: Undone = Undone {
    cancelled: "Cancelled",
    cancelled_subject: |seller| format!("{seller}: your order was cancelled"),
    heading: |by, seller| match by {
        CancelledBy::Customer => "You cancelled your order.".to_owned(),
        CancelledBy::Restaurant => format!("{seller} had to cancel your order."),
        CancelledBy::TimeOut => {
            format!("{seller} did not answer in time, so we cancelled your order.")
        }
        CancelledBy::PaymentFailed => {
            format!("Your payment could not be completed, so your order at {seller} was cancelled.")
        }
    },
    by: |by| match by {
        CancelledBy::Customer => "Cancelled by you",
        CancelledBy::Restaurant => "Cancelled by the restaurant",
        CancelledBy::TimeOut => "Cancelled because nobody answered",
        CancelledBy::PaymentFailed => "Cancelled because the payment failed",
    },
    purse,
    ordered_at: |seller| format!("What you ordered at {seller}"),
    again: "Order again",
    refunded: "Refunded",
    refunded_subject: |seller, amount| format!("{seller}: {amount} is refunded"),
    refunded_preheader: |amount| format!("{amount} goes back to the card you paid with."),
    refunded_heading: |amount| format!("We sent {amount} back to you."),
    all_of_it: |seller| format!("That is all you paid to {seller} for this order."),
    part_of_it: |seller, total| {
        format!("That is a part of the {total} you paid to {seller} for this order.")
    },
    banks: "It goes to the card you paid with. Banks take up to ten working days to show it; should \
        yours take longer, tell them the refund reference.",
    sent: "Sent",
    reference: "Refund reference",
    as_paid: "Total, as it was paid",
    see: "See the order",
};

fn purse(total: &str, paid: OrderMoney) -> (String, &'static str, &'static str) {
    match paid {
        OrderMoney::Nothing => {
            ("No money was taken.".to_owned(), "You need do nothing.", "Total, not charged")
        }
        OrderMoney::Released => (
            "No money was taken.".to_owned(),
            "Your bank may show the amount as reserved for a few days. You need do nothing.",
            "Total, not charged",
        ),
        OrderMoney::NothingDue => {
            ("You have nothing to pay.".to_owned(), "Nothing else is needed.", "Total, not due")
        }
        OrderMoney::GoesBack => (
            format!("{total} is on its way back to you."),
            "It goes to the card you paid with; you need do nothing. We write again when it has \
             been sent.",
            "Total, being refunded",
        ),
        OrderMoney::WentBack => (
            format!("{total} went back to you."),
            "It went to the card you paid with, and banks take up to ten working days to show it. \
             You need do nothing.",
            "Total, refunded",
        ),
        OrderMoney::NotKnown => (
            format!("We are finding out whether your bank paid the {total}."),
            "If it did, all of it goes back to your card, and we write again when it has been sent. \
             If it did not, it will not be charged. You need do nothing.",
            "Total, not kept",
        ),
    }
}
