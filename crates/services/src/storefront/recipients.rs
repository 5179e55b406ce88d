//! How many orders may be placed for one e-mail address: each sends mails there, whoever places it.

use domain::text::Email;
use jiff::{SignedDuration, Timestamp};

use web::{Problem, budget::Budget};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// What is left to each address.
#[derive(Debug)]
pub struct Recipients(Option<Budget<String>>);

impl Recipients {
    /// So many an hour for each address, all at once if they like; 0 for any number.
    pub fn per_hour(orders: u32) -> Self {
        let budget = |orders| Budget::new(orders, HOUR / orders);
        let orders = i32::try_from(orders).unwrap_or(i32::MAX);
        Self((orders > 0).then(|| budget(orders)))
    }

    /// Counts an order for an address, or says when to come again.
    pub(super) fn check(&self, email: &Email, now: Timestamp) -> Result<(), Problem> {
        let Some(budget) = &self.0 else { return Ok(()) };
        let spent =
            |spent: web::budget::Spent| Problem::too_many_for_recipient(spent.again_after_s);
        budget.take(&email.canonical(), now).map_err(spent)
    }
}
