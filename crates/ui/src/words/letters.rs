//! The texts of mails, by topic.

#![expect(missing_docs, reason = "a text is what its field is called; `en` has it in full")]

use domain::{
    kitchen::Requester,
    language::Language,
    order::Order,
    payment::{DeclineReason, PaymentState},
    payment_method::{CapturePoint, MethodKind},
};

use super::words;

/// Who cancelled an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CancelledBy {
    /// The customer.
    Customer,
    /// The restaurant's staff.
    Restaurant,
    /// The timer: the restaurant did not respond in time.
    TimeOut,
    /// The timer: held money could not be captured.
    PaymentFailed,
}

impl CancelledBy {
    /// Who cancelled, by the requester and the reason in the event.
    pub fn new(by: Requester, reason: Option<&str>) -> Self {
        match (by, reason) {
            (Requester::Timer, Some(Requester::PAYMENT_FAILED)) => Self::PaymentFailed,
            (by, _) => by.into(),
        }
    }
}

impl From<Requester> for CancelledBy {
    fn from(by: Requester) -> Self {
        match by {
            Requester::Customer => Self::Customer,
            Requester::Kitchen | Requester::Restaurant => Self::Restaurant,
            Requester::Timer => Self::TimeOut,
        }
    }
}

/// How far an order that stands is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// The money was taken.
    Paid,
    /// The bank holds the money.
    Held,
    /// To be paid in cash at hand-over.
    Due,
}

impl Settlement {
    /// The settlement of an order by the state of its payment; what is expected while that is not
    /// known.
    pub fn new(order: &Order, state: Option<PaymentState>) -> Self {
        match (state, order.payment_method.kind(), order.seller.capture) {
            (Some(state), ..) if state.was_captured() => Self::Paid,
            (Some(PaymentState::Collected), ..) => Self::Paid,
            (Some(PaymentState::Due), ..) | (_, MethodKind::Cash, _) => Self::Due,
            (Some(PaymentState::Authorized), ..) | (_, _, CapturePoint::AtAcceptance) => Self::Held,
            (_, MethodKind::Card, CapturePoint::AtOrder) => Self::Paid,
        }
    }
}

/// The money of a cancelled order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderMoney {
    /// Not charged.
    Nothing,
    /// Held by the bank, and not charged.
    Released,
    /// It would have been paid in cash.
    NothingDue,
    /// Charged; the refund is under way.
    GoesBack,
    /// Charged and refunded.
    WentBack,
    /// Not known: the charge is under way or may still begin, so the mail can promise neither a
    /// refund nor that nothing was charged.
    NotKnown,
}

impl OrderMoney {
    /// The money of a cancelled order, by the state of its payment.
    pub fn new(order: &Order, state: Option<PaymentState>) -> Self {
        let kind = order.payment_method.kind();
        match (Self::from(state), kind, order.seller.capture) {
            (Self::Nothing | Self::NotKnown, MethodKind::Cash, _) => Self::NothingDue,
            (Self::Nothing, MethodKind::Card, CapturePoint::AtAcceptance)
                if state != Some(PaymentState::Declined) =>
            {
                Self::Released
            }
            (money, ..) => money,
        }
    }
}

impl From<Option<PaymentState>> for OrderMoney {
    fn from(state: Option<PaymentState>) -> Self {
        match state {
            Some(
                PaymentState::Captured
                | PaymentState::RefundPending
                | PaymentState::PartlyRefunded
                | PaymentState::Collected,
            ) => Self::GoesBack,
            Some(PaymentState::Refunded) => Self::WentBack,
            Some(
                PaymentState::Declined
                | PaymentState::Void
                | PaymentState::Authorized
                | PaymentState::Due,
            ) => Self::Nothing,
            Some(PaymentState::Pending | PaymentState::ActionRequired | PaymentState::Unknown)
            | None => Self::NotKnown,
        }
    }
}

/// The texts of mails in a language.
pub const fn letters(language: Language) -> &'static Letters {
    &words(language).letters
}

/// A sentence with one parameter, usually the restaurant's name.
pub type With = fn(&str) -> String;
/// A sentence with two parameters.
pub type WithTwo = fn(&str, &str) -> String;

/// The texts of all mails, in one language.
pub struct Letters {
    /// January first.
    pub months: [&'static str; 12],
    /// Of the restaurant.
    pub why_this_mail: With,
    /// Of the number, or the id.
    pub order_number: With,
    pub number: &'static str,
    /// Of the seller.
    pub tax_id: With,
    pub not_fiscal: &'static str,
    pub collect_at: &'static str,
    pub deliver_to: &'static str,
    pub ordered: &'static str,
    /// Of the restaurant.
    pub your_order_at: With,
    pub total: fn(Settlement) -> &'static str,
    pub follow: &'static str,
    pub slip: Slip,
    pub payment: Payment,
    pub kitchen: Kitchen,
    pub undone: Undone,
}

/// The list of dishes.
pub struct Slip {
    /// Of the note.
    pub note: With,
    pub delivery: &'static str,
    pub tip: &'static str,
    pub subtotal: &'static str,
    /// Of a tax that the total contains.
    pub including: With,
}

/// The texts of mails about payments.
pub struct Payment {
    pub confirmed: &'static str,
    /// Of the restaurant.
    pub confirmed_subject: With,
    /// Of the total.
    pub settled: fn(Settlement, &str) -> String,
    /// Of the customer.
    pub thanks: fn(Settlement, &str) -> String,
    /// Of the restaurant.
    pub has_it: With,
    pub begins_now: &'static str,
    pub when_accepted: &'static str,
    pub until_collected: &'static str,
    pub until_on_its_way: &'static str,
    pub paid: &'static str,
    pub held: &'static str,
    pub due: &'static str,
    /// Of the restaurant, and the total.
    pub held_until: WithTwo,
    /// Of the total that is due at a pickup.
    pub due_at: With,
    /// Of the total that is due at a delivery.
    pub due_to_courier: With,
    pub reference: &'static str,
    /// Of the restaurant.
    pub receipt: With,
    /// Of the restaurant.
    pub paid_subject: With,
    /// Of the restaurant: held money was taken.
    pub accepted: With,
    /// Of the total.
    pub taken: With,
    /// Of the total.
    pub paid_cash: With,
    /// Of the restaurant.
    pub handed_over: With,
    pub total_cash: &'static str,
    pub declined: &'static str,
    /// Of the restaurant.
    pub declined_subject: With,
    pub declined_heading: &'static str,
    pub no_money: &'static str,
    /// Of the restaurant.
    pub kept: With,
    /// Why, what to do, and what the link does.
    pub why: fn(DeclineReason) -> (&'static str, &'static str, &'static str),
    /// Of the restaurant.
    pub chosen_at: With,
    pub not_charged: &'static str,
    /// While the payment is being checked.
    pub checking: Undecided,
    /// While the bank waits for the customer.
    pub authentication: Undecided,
    pub not_confirmed: &'static str,
}

/// The texts of a mail about an order without an outcome.
pub struct Undecided {
    pub stamp: &'static str,
    /// Of the restaurant.
    pub subject: With,
    pub preheader: &'static str,
    pub heading: &'static str,
    pub body: [&'static str; 2],
    /// What the link does.
    pub action: &'static str,
}

/// The texts of mails about the kitchen's steps.
pub struct Kitchen {
    pub ready: &'static str,
    /// To be collected.
    pub collect: Ready,
    /// What follows it in the preheader, and in the mail: of the total.
    pub take_it: fn(Settlement, &str) -> (String, String),
    /// Waiting for a courier.
    pub packed: Ready,
    pub in_the_name_of: &'static str,
    pub ready_since: &'static str,
    pub see: &'static str,
    pub on_its_way: &'static str,
    /// Of the restaurant.
    pub on_its_way_subject: With,
    pub on_its_way_heading: &'static str,
    /// Of the restaurant, and when.
    pub left: WithTwo,
    /// Of the customer's number.
    pub may_call: With,
    pub cannot_call: &'static str,
    pub on_its_way_since: &'static str,
}

/// The texts of mails about ready food.
pub struct Ready {
    /// Of the restaurant.
    pub subject: With,
    /// Of the restaurant, and when.
    pub preheader: WithTwo,
    pub heading: &'static str,
    /// Of the restaurant, and when.
    pub body: WithTwo,
}

/// The texts of mails about cancellations and refunds.
pub struct Undone {
    pub cancelled: &'static str,
    /// Of the restaurant.
    pub cancelled_subject: With,
    /// By whom, of the restaurant.
    pub heading: fn(CancelledBy, &str) -> String,
    pub by: fn(CancelledBy) -> &'static str,
    /// What happens to the money, what the customer has to do, and the label of the sum. While it
    /// is unknown whether money was taken, the text is true in both cases.
    pub purse: fn(&str, OrderMoney) -> (String, &'static str, &'static str),
    /// Of the restaurant.
    pub ordered_at: With,
    pub again: &'static str,
    pub refunded: &'static str,
    /// Of the restaurant, and the amount.
    pub refunded_subject: WithTwo,
    /// Of the amount.
    pub refunded_preheader: With,
    /// Of the amount.
    pub refunded_heading: With,
    /// Of the restaurant.
    pub all_of_it: With,
    /// Of the restaurant, and the total.
    pub part_of_it: WithTwo,
    pub banks: &'static str,
    pub sent: &'static str,
    pub reference: &'static str,
    pub as_paid: &'static str,
    pub see: &'static str,
}
