//! The texts of letters, by what they tell.

use domain::payment::DeclineReason;

use crate::email::letters::{CancelledBy, OrderMoney};

/// A sentence with one text in it: usually the restaurant's name.
pub(super) type With = fn(&str) -> String;
/// A sentence with two.
pub(super) type WithTwo = fn(&str, &str) -> String;

/// Everything that letters say, in one language.
pub(in super::super) struct Words {
    /// January first.
    pub(super) months: [&'static str; 12],
    /// Of the restaurant.
    pub(super) why_this_mail: With,
    /// Of the id.
    pub(super) order_number: With,
    pub(super) collect_at: &'static str,
    pub(super) deliver_to: &'static str,
    pub(super) ordered: &'static str,
    /// Of the restaurant.
    pub(super) your_order_at: With,
    pub(super) total_paid: &'static str,
    pub(super) follow: &'static str,
    pub(in super::super) slip: Slip,
    pub(super) payment: Payment,
    pub(super) kitchen: Kitchen,
    pub(super) undone: Undone,
}

/// The list of dishes.
pub(in super::super) struct Slip {
    /// Of the note.
    pub(in super::super) note: With,
    pub(in super::super) delivery: &'static str,
    pub(in super::super) tip: &'static str,
    pub(in super::super) subtotal: &'static str,
}

/// Whether it is paid.
pub(super) struct Payment {
    pub(super) confirmed: &'static str,
    /// Of the restaurant.
    pub(super) confirmed_subject: With,
    /// Of the total.
    pub(super) is_paid: With,
    /// Of the customer.
    pub(super) thanks: With,
    /// Of the restaurant.
    pub(super) has_it: With,
    pub(super) begins_now: &'static str,
    pub(super) when_accepted: &'static str,
    pub(super) until_collected: &'static str,
    pub(super) until_on_its_way: &'static str,
    pub(super) paid: &'static str,
    pub(super) reference: &'static str,
    /// Of the restaurant.
    pub(super) receipt: With,
    pub(super) declined: &'static str,
    /// Of the restaurant.
    pub(super) declined_subject: With,
    pub(super) declined_heading: &'static str,
    pub(super) no_money: &'static str,
    /// Of the restaurant.
    pub(super) kept: With,
    /// Why, what to do, and what the link does.
    pub(super) why: fn(DeclineReason) -> (&'static str, &'static str, &'static str),
    /// Of the restaurant.
    pub(super) chosen_at: With,
    pub(super) not_charged: &'static str,
    pub(super) checking: &'static str,
    /// Of the restaurant.
    pub(super) checking_subject: With,
    pub(super) checking_preheader: &'static str,
    pub(super) checking_heading: &'static str,
    pub(super) checking_body: [&'static str; 2],
    pub(super) not_confirmed: &'static str,
    pub(super) how_it_stands: &'static str,
}

/// Where the food is.
pub(super) struct Kitchen {
    pub(super) ready: &'static str,
    /// To be collected.
    pub(super) collect: Ready,
    /// Waiting for a courier.
    pub(super) packed: Ready,
    pub(super) in_the_name_of: &'static str,
    pub(super) ready_since: &'static str,
    pub(super) see: &'static str,
    pub(super) on_its_way: &'static str,
    /// Of the restaurant.
    pub(super) on_its_way_subject: With,
    pub(super) on_its_way_heading: &'static str,
    /// Of the restaurant, and when.
    pub(super) left: WithTwo,
    /// Of the customer's number.
    pub(super) may_call: With,
    pub(super) cannot_call: &'static str,
    pub(super) on_its_way_since: &'static str,
}

/// That food is ready.
pub(super) struct Ready {
    /// Of the restaurant.
    pub(super) subject: With,
    /// Of the restaurant, and when.
    pub(super) preheader: WithTwo,
    pub(super) heading: &'static str,
    /// Of the restaurant, and when.
    pub(super) body: WithTwo,
}

/// What is called off, and the money that goes back.
pub(super) struct Undone {
    pub(super) cancelled: &'static str,
    /// Of the restaurant.
    pub(super) cancelled_subject: With,
    /// By whom, of the restaurant.
    pub(super) heading: fn(CancelledBy, &str) -> String,
    pub(super) by: fn(CancelledBy) -> &'static str,
    /// What becomes of the money, what its owner has to do, and what the sum is called. While
    /// nobody knows whether it was taken, the words are true either way.
    pub(super) purse: fn(&str, OrderMoney) -> (String, &'static str, &'static str),
    /// Of the restaurant.
    pub(super) ordered_at: With,
    pub(super) again: &'static str,
    pub(super) refunded: &'static str,
    /// Of the restaurant, and the amount.
    pub(super) refunded_subject: WithTwo,
    /// Of the amount.
    pub(super) refunded_preheader: With,
    /// Of the amount.
    pub(super) refunded_heading: With,
    /// Of the restaurant.
    pub(super) all_of_it: With,
    /// Of the restaurant, and the total.
    pub(super) part_of_it: WithTwo,
    pub(super) banks: &'static str,
    pub(super) sent: &'static str,
    pub(super) reference: &'static str,
    pub(super) as_paid: &'static str,
    pub(super) see: &'static str,
}
