//! Looks up whether an order was placed before, and by which request.
//!
//! Recent orders are in memory ([`super::RecentOrders`]). Older ones are looked up in the order
//! book, but only once the book is known to have all orders that the memory lacks: only then does a
//! missing row mean that the order was never placed.

use std::time::Duration;

use ::events::Publisher;
use domain::{
    ids::OrderId,
    money::Money,
    ports::{OrderBook, PlacedBy},
};

use super::{
    Storefront,
    body::NewOrder,
    place::{Placed, key_reused},
};
use web::Problem;

/// Timeout for the order book.
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(5);

impl<B: OrderBook, P: Publisher> Storefront<B, P> {
    /// The order in the book if the same request placed it; `None` if there is no such order. An
    /// error if the book cannot be read, since it is then not known whether the order was accepted.
    pub(super) async fn find_placed(
        &self,
        order_id: OrderId,
        request: &NewOrder,
    ) -> Result<Option<Placed>, Problem> {
        let lookup = async {
            self.recent.wait_until_booked().await;
            self.book.placed_by(order_id).await
        };
        match tokio::time::timeout(LOOKUP_TIMEOUT, lookup).await {
            Ok(Ok(Some(known))) => match_request(order_id, &known, request).map(Some),
            Ok(Ok(None)) => Ok(None),
            Ok(Err(unavailable)) => {
                tracing::warn!(order.id = %order_id, error = %unavailable, "a key cannot be looked up");
                Err(Problem::not_known(order_id))
            }
            Err(_) => {
                tracing::warn!(order.id = %order_id, "the lookup of a key timed out");
                Err(Problem::not_known(order_id))
            }
        }
    }
}

fn match_request(
    order_id: OrderId,
    known: &PlacedBy,
    request: &NewOrder,
) -> Result<Placed, Problem> {
    let is_same = match (&known.digest, &known.order) {
        (Some(stored), Some(order)) => request.digest.is_of(stored, &order.payment_method),
        (Some(stored), None) => stored == request.digest.as_str(),
        // An order from before digests were stored.
        (None, Some(order)) => request.matches(order),
        (None, None) => false,
    };
    // The total is stored a moment after the row.
    let total = |total: Option<Money>| total.ok_or_else(|| Problem::not_known(order_id));
    match is_same {
        true => Ok(Placed { order_id, total: total(known.total)? }),
        false => Err(key_reused(order_id)),
    }
}
