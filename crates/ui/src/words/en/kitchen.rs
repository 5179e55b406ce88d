//! English: the kitchen's board.

use domain::{kitchen::Action, status::Status};

use crate::words::kitchen::{DishWords, Kitchen, KitchenNotices, RejectWords, SlipWords, Sound};

pub(super) const KITCHEN: Kitchen = Kitchen {
    title: "Kitchen",
    all_restaurants: "All restaurants",
    columns: ["New", "Preparing", "Ready"],
    orders: |n| if n == 1 { "1 order".to_owned() } else { format!("{n} orders") },
    new_orders: |n| if n == 1 { "1 new order".to_owned() } else { format!("{n} new orders") },
    nothing: "Nothing here",
    offline: "No connection. Nothing can be saved until it is back; the board then catches up.",
    unsent: "Not saved. Press again.",
    sound: Sound { ask: "Turn sound on", on: "Sound is on", off: "Sound is off" },
    notice: KitchenNotices {
        no_reason: "Say why you reject the order: the customer reads it.",
        waiting: "It is written down and being decided. The board changes by itself.",
        faster: |status| format!("Somebody was faster: this order is {} already.", stands(status)),
        sold_out: |dish| format!("{dish} is sold out. Nobody can order it now."),
        sold_again: |dish| format!("{dish} can be ordered again."),
        undo: "Undo",
    },
    slip: SlipWords {
        fresh: "New. Touch to stop the bell.",
        pickup: "Pickup",
        contains: "Contains",
        on_its_way: "The order is still on its way here.",
        late: |span| format!("{span} late"),
        left: |span| format!("{span} left"),
        ready_in: "Ready in",
        minutes: "min",
        sooner: "5 minutes less",
        later: "5 minutes more",
        action,
        cash: |sum| format!("Cash {sum} at hand-over"),
        complete_cash: |sum| format!("Handed over, cash {sum} received"),
        collected: |sum| format!("Paid in cash, {sum}"),
        payment_failed: "The payment failed. Do not cook it: the order is being cancelled.",
    },
    reject: RejectWords {
        open: "Reject",
        keep: "Keep the order",
        why: "Why? The customer reads it, and pays nothing.",
        reasons: [
            "We have run out of a dish",
            "We are too busy right now",
            "We are about to close",
        ],
        too_far: "We cannot deliver to this address",
        own_words: "Or in your own words",
        reject: "Reject the order",
    },
    dishes: DishWords {
        title: "Dishes",
        hint: "What is sold out cannot be ordered, until it is sold again.",
        none: "There is no menu yet.",
        sold_out: "Sold out",
        sell_out: |dish| format!("{dish} is sold out"),
        mark: "Sold out",
        sell_again: "Sell again",
        left: |n| format!("{n} left"),
    },
    all_day: "All day",
    all_day_hint: "What is still to be made, over all slips.",
    handed_over: "Handed over",
    none_handed_over: "Nothing in the last 24 hours.",
};

fn action(action: Action) -> &'static str {
    match action {
        Action::Accept => "Accept",
        Action::Start => "Start cooking",
        Action::Ready => "Ready",
        Action::Dispatch => "Courier has it",
        Action::Complete => "Handed over",
        Action::Reject => "Reject",
        Action::Cancel => "Cancel",
    }
}

fn stands(status: Status) -> &'static str {
    match status {
        Status::Placed => "placed",
        Status::Confirmed => "confirmed",
        Status::Accepted => "accepted",
        Status::Preparing => "being prepared",
        Status::Ready => "ready",
        Status::OutForDelivery => "on its way",
        Status::Completed => "handed over",
        Status::Declined => "declined",
        Status::Cancelled => "cancelled",
    }
}
