//! Reading the ledger.

use std::future::Future;

use jiff::Timestamp;

use super::Unavailable;
use crate::{books::BookedSum, ids::RestaurantId};

/// The ledger, for those who only read it.
pub trait LedgerReader: Clone + Send + Sync + 'static {
    /// The sums of a restaurant's postings that were booked from `from` (inclusive) to `to`
    /// (exclusive).
    fn booked(
        &self,
        restaurant: &RestaurantId,
        from: Timestamp,
        to: Timestamp,
    ) -> impl Future<Output = Result<Vec<BookedSum>, Unavailable>> + Send;
}
