//! Whether an order was placed before, and by which request.
//!
//! What was written lately is remembered ([`super::Recent`]). What may have been written before is
//! looked up in the order book, but only once the book is known to have all that the memory does
//! not: a row that is missing is then an order that never was.

use std::time::Duration;

use ::events::Publisher;
use domain::{
    ids::OrderId,
    money::Money,
    ports::{OrderBook, PlacedBy},
};

use super::{
    Storefront,
    body::Wish,
    place::{Placed, same_request},
};
use web::Problem;

/// How long the order book may take.
const LOOKED_UP_WITHIN: Duration = Duration::from_secs(5);

impl<B: OrderBook, P: Publisher> Storefront<B, P> {
    /// The order in the book, if it was placed by the same request. Where that cannot be seen, it is not
    /// known whether the order was accepted.
    pub(super) async fn placed_before(
        &self,
        order_id: OrderId,
        wish: &Wish,
    ) -> Result<Option<Placed>, Problem> {
        let look = async {
            self.recent.rest_is_booked().await;
            self.book.placed_by(order_id).await
        };
        match tokio::time::timeout(LOOKED_UP_WITHIN, look).await {
            Ok(Ok(Some(known))) => same_wish(order_id, &known, wish).map(Some),
            Ok(Ok(None)) => Ok(None),
            Ok(Err(unavailable)) => {
                tracing::warn!(order.id = %order_id, error = %unavailable, "a key cannot be looked up");
                Err(Problem::not_known(order_id))
            }
            Err(_) => {
                tracing::warn!(order.id = %order_id, "looking a key up takes too long");
                Err(Problem::not_known(order_id))
            }
        }
    }
}

fn same_wish(order_id: OrderId, known: &PlacedBy, wish: &Wish) -> Result<Placed, Problem> {
    let is_same = match (&known.digest, &known.order) {
        (Some(digest), _) => *digest == wish.digest,
        // From before digests were kept.
        (None, Some(order)) => wish.is_of(order),
        (None, None) => false,
    };
    // What it costs is known a moment later.
    let total = |total: Option<Money>| total.ok_or_else(|| Problem::not_known(order_id));
    match is_same {
        true => Ok(Placed { order_id, total: total(known.total)? }),
        false => same_request(order_id, None),
    }
}
