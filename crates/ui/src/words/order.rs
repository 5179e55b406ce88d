//! The live page of an order.

use domain::{payment::DeclineReason, status::Status};

/// The progress of an order, for its customer.
pub(crate) struct Story {
    pub(crate) the_restaurant: &'static str,
    pub(crate) placed: &'static str,
    pub(crate) placed_more: &'static str,
    /// An order that is paid in cash.
    pub(crate) placed_cash: &'static str,
    pub(crate) authenticate: &'static str,
    /// Until when.
    pub(crate) authenticate_more: fn(&str) -> String,
    pub(crate) to_bank: &'static str,
    pub(crate) bank_opens: &'static str,
    pub(crate) bank_needs_script: &'static str,
    pub(crate) bank_failed: &'static str,
    pub(crate) back_to_order: &'static str,
    pub(crate) confirmed: fn(&str) -> String,
    pub(crate) confirmed_more: &'static str,
    /// While the bank holds money: of the sum.
    pub(crate) held: fn(&str) -> String,
    /// The restaurant, and when it will be ready.
    pub(crate) accepted: fn(&str, Option<&str>) -> String,
    /// The restaurant, and when it will be ready.
    pub(crate) preparing: fn(&str, Option<&str>) -> String,
    pub(crate) packed: &'static str,
    pub(crate) ready: fn(&str) -> String,
    pub(crate) on_its_way: &'static str,
    pub(crate) enjoy: &'static str,
    pub(crate) delivered: fn(&str) -> String,
    pub(crate) collected: fn(&str) -> String,
    /// What happened, and what to do.
    pub(crate) declined: fn(Option<DeclineReason>) -> (&'static str, &'static str),
    /// With the advice.
    pub(crate) no_money: fn(&str) -> String,
    pub(crate) by_you: &'static str,
    pub(crate) by_timer: fn(&str) -> String,
    pub(crate) by_restaurant: fn(&str) -> String,
    pub(crate) by_payment: &'static str,
    pub(crate) refunded: fn(&str) -> String,
    pub(crate) refunded_cash: fn(&str) -> String,
    pub(crate) refunding: fn(&str) -> String,
    pub(crate) none_taken: &'static str,
    /// Money that the bank held: of the sum.
    pub(crate) released: fn(&str) -> String,
    pub(crate) nothing_due: &'static str,
    pub(crate) not_charged: &'static str,
    pub(crate) try_again: &'static str,
    pub(crate) change: &'static str,
    pub(crate) again: &'static str,
}

/// The parts of the page below the story.
pub(crate) struct Order {
    pub(crate) offline: &'static str,
    pub(crate) steps: &'static str,
    pub(crate) done: &'static str,
    /// A status on the way; true for delivery.
    pub(crate) step: fn(Status, bool) -> &'static str,
    pub(crate) about: fn(&str) -> String,
    pub(crate) pickup: &'static str,
    pub(crate) delivery_to: fn(&str) -> String,
    pub(crate) for_whom: fn(&str) -> String,
    pub(crate) ordered_at: fn(&str) -> String,
    pub(crate) paid: &'static str,
    pub(crate) paid_cash: &'static str,
    /// Of the sum that the bank holds.
    pub(crate) held: fn(&str) -> String,
    /// Of the sum that is due in cash.
    pub(crate) due: fn(&str) -> String,
    pub(crate) released: &'static str,
    pub(crate) given_back: &'static str,
    pub(crate) given_back_cash: &'static str,
    /// With the order's number, or its id.
    pub(crate) number: fn(&str) -> String,
    /// Of the seller.
    pub(crate) tax_id: fn(&str) -> String,
    pub(crate) not_fiscal: &'static str,
    pub(crate) print: &'static str,
    pub(crate) again: &'static str,
    pub(crate) cancel: &'static str,
    pub(crate) keep: &'static str,
    pub(crate) cancel_all: &'static str,
    pub(crate) back_to_card: fn(&str) -> String,
    /// Of the sum that the bank holds.
    pub(crate) lifts_hold: fn(&str) -> String,
    pub(crate) yes_cancel: &'static str,
    pub(crate) asked: &'static str,
    pub(crate) too_late: fn(&str) -> String,
}

/// How an order travelled through the log.
pub(crate) struct Travel {
    pub(crate) title: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) at: &'static str,
    pub(crate) step: &'static str,
    pub(crate) topic: &'static str,
    pub(crate) partition: &'static str,
    pub(crate) offset: &'static str,
    pub(crate) took: &'static str,
    /// Milliseconds.
    pub(crate) ms: fn(i64) -> String,
    /// Whole seconds.
    pub(crate) seconds: fn(i64) -> String,
}
