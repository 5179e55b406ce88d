//! English: the shop.

use crate::words::{Home, OpeningWords};

pub(super) const HOME: Home = Home {
    title: "Order food",
    headline: "Good food, on its way.",
    lead: "Pick a restaurant. You see every step of your order until it is at the door.",
    none: "No restaurant is here yet.",
    none_hint: "As soon as one publishes its menu, it appears here.",
    minutes: |from, to| format!("{from}\u{2013}{to} min"),
    pickup_only: "Pickup only",
    free_delivery: "Free delivery",
    delivery: |fee| format!("{fee} delivery"),
    minimum: |sum| format!("Minimum {sum}"),
};

pub(super) const OPENING: OpeningWords = OpeningWords {
    open: "Open",
    open_until: |time| format!("Open until {time}"),
    closed: "Closed",
    opens: |when| format!("Closed, opens {when}"),
    paused: "Taking a short break",
    back: |when| format!("Short break, back {when}"),
    hours: "Opening hours",
    today: "today",
};
