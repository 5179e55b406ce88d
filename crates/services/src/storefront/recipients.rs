//! Rate limit of orders for one email address: each order sends mails to it.

use domain::text::Email;
use jiff::{SignedDuration, Timestamp};

use web::{Problem, budget::Budget};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// Rate limit for each email address.
#[derive(Debug)]
pub struct RecipientLimit(Option<Budget<String>>);

impl RecipientLimit {
    /// Allows a number of orders per hour and address, also in a burst; 0 for no limit.
    pub fn per_hour(orders: u32) -> Self {
        let budget = |orders| Budget::new(orders, HOUR / orders);
        let orders = i32::try_from(orders).unwrap_or(i32::MAX);
        Self((orders > 0).then(|| budget(orders)))
    }

    /// Counts an order for an address, or refuses it with the time to wait.
    pub(super) fn check(&self, email: &Email, now: Timestamp) -> Result<(), Problem> {
        let Some(budget) = &self.0 else { return Ok(()) };
        let spent =
            |spent: web::budget::Spent| Problem::too_many_for_recipient(spent.again_after_s);
        budget.take(&email.canonical(), now).map_err(spent)
    }
}
