//! The texts of refunds: the page where staff make them, and what the customer's page says.

use domain::payment::Refunder;

/// Refunds of an order.
pub(crate) struct Refunds {
    /// The link to the page, on the page of the order.
    pub(crate) link: &'static str,
    /// The title, with what the order is called.
    pub(crate) title: fn(&str) -> String,
    pub(crate) to_order: &'static str,
    /// The sums: what was taken, what went back, what is about to, and what can be refunded.
    pub(crate) taken: &'static str,
    pub(crate) refunded: &'static str,
    pub(crate) on_its_way: &'static str,
    pub(crate) left: &'static str,
    /// What the customer has paid after refunds.
    pub(crate) remains: &'static str,
    pub(crate) not_taken: &'static str,
    pub(crate) nothing_left: &'static str,
    pub(crate) dishes: &'static str,
    pub(crate) dishes_hint: &'static str,
    /// The label of the number of pieces, with the dish.
    pub(crate) pieces_of: fn(&str) -> String,
    /// All pieces are refunded.
    pub(crate) all_refunded: &'static str,
    pub(crate) amount: &'static str,
    /// With what can be refunded.
    pub(crate) amount_hint: fn(&str) -> String,
    pub(crate) reason: &'static str,
    pub(crate) reason_hint: &'static str,
    pub(crate) by_card: &'static str,
    pub(crate) in_cash: &'static str,
    pub(crate) refund: &'static str,
    pub(crate) asked: &'static str,
    /// With what can be refunded.
    pub(crate) more_than_left: fn(&str) -> String,
    pub(crate) pieces_gone: &'static str,
    pub(crate) choose: &'static str,
    pub(crate) choose_one: &'static str,
    pub(crate) list: &'static str,
    pub(crate) none: &'static str,
    pub(crate) requested: &'static str,
    pub(crate) failed: &'static str,
    pub(crate) cancelled: &'static str,
    pub(crate) by: fn(Refunder) -> &'static str,
    /// With what the gateway says.
    pub(crate) why_failed: fn(&str) -> String,
    /// The sum, and what the customer says.
    pub(crate) disputed: fn(&str, &str) -> String,
    pub(crate) disputed_more: &'static str,
    /// What a customer says, by the gateway's word.
    pub(crate) dispute: fn(&str) -> &'static str,
}
