//! Placing an order: price it, write it to `order_details`, and only then say yes.

use std::time::Duration;

use ::events::{
    Outgoing, Place, PublishError, Publisher,
    order_details::{self, SEAL_HEADER},
};
use domain::{
    cart::{CartError, price},
    ids::OrderId,
    money::Money,
    order::{Order, OrderParts, Seller},
    ports::OrderBook,
    stock::refuse_short,
    violation::Refused,
};
use telemetry::Scope;
use uuid::Uuid;

use super::{Storefront, body::Wish, key::Key, recent::First};
use crate::catalog::VersionedMenu;
use web::Problem;

/// How long the log may take before we answer that the end is not known.
const ACKNOWLEDGED_WITHIN: Duration = Duration::from_secs(5);

/// An order that is in the log.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placed {
    pub(super) order_id: OrderId,
    pub(super) total: Money,
}

impl<B: OrderBook, P: Publisher> Storefront<B, P> {
    /// Places the order that is wished for. With a key, the same wish is the same order.
    pub(super) async fn place(&self, wish: Wish, key: Option<Key<'_>>) -> Result<Placed, Problem> {
        let Some(key) = key else { return self.write(OrderId(Uuid::now_v7()), wish, false).await };
        let made_at = key.made_at(self.clock.now())?;
        let (restaurant, email) = (&wish.restaurant_id, &wish.customer.email);
        let order_id = self.access.secret().order_id(restaurant, email, &key.text);
        if let Some(first) = self.recent.first(order_id) {
            return same_request(order_id, Some(first).filter(|first| first.digest == wish.digest));
        }
        // A key that is young enough was never used, or its order were remembered.
        let is_covered = made_at.is_some_and(|at| self.recent.covers(at));
        if !is_covered && let Some(placed) = self.placed_before(order_id, &wish).await? {
            return Ok(placed);
        }
        self.write(order_id, wish, true).await
    }

    /// Prices the order and writes it to the log.
    async fn write(&self, order_id: OrderId, wish: Wish, has_key: bool) -> Result<Placed, Problem> {
        let (digest, by_staff) = (wish.digest.clone(), wish.by_staff);
        let given = Scope::current().filter(|scope| scope.is_given);
        let order = self.price(order_id, wish)?.with_trace(given.map(|scope| scope.trace));
        if !by_staff {
            self.recipients.check(&order.customer.email, self.clock.now())?;
        }
        let event = self.sealed(order_details::placed(&order, &digest));
        if event.payload.as_ref().is_some_and(|payload| payload.len() > order_details::MAX_BYTES) {
            return Err(Refused::one("lines", CartError::TooLong).into());
        }
        let published = tokio::time::timeout(ACKNOWLEDGED_WITHIN, async {
            let places = self.publisher.publish(vec![event]).await?;
            if let Some(place) = places.first().filter(|_| has_key) {
                self.recent.passes(place.partition, place.offset).await;
            }
            Ok::<Vec<Place>, PublishError>(places)
        });
        match published.await {
            Ok(Ok(_)) => {}
            Ok(Err(PublishError::Unavailable(unavailable))) => {
                tracing::warn!(order.id = %order_id, trace_id = %order.trace_id(), error = %unavailable, "an order could not be written");
                return Err(Problem::not_known(order_id));
            }
            Ok(Err(too_large)) => return Err(too_large.into()),
            Err(_) => return Err(Problem::not_known(order_id)),
        }
        // Two instances may have written the same id at once; the first record is the order.
        match self.recent.first(order_id).filter(|_| has_key) {
            Some(first) => {
                same_request(order_id, Some(first).filter(|first| first.digest == digest))
            }
            None => Ok(Placed { order_id, total: order.total() }),
        }
    }

    /// Proves to transactions that the order was priced here.
    fn sealed(&self, event: Outgoing) -> Outgoing {
        let value = event.payload.as_deref().unwrap_or_default();
        let seal = self.access.secret().seal(&event.key, value);
        event.with_header(SEAL_HEADER, seal)
    }

    fn price(&self, id: OrderId, wish: Wish) -> Result<Order, Problem> {
        let shop = self.catalog.shop(&wish.restaurant_id);
        let shop = shop.ok_or_else(|| Problem::not_found("restaurant"))?;
        let restaurant = &shop.restaurant;
        restaurant.refuse_closed(self.clock.now()).map_err(Problem::closed)?;
        let no_menu = || Refused::one("restaurant_id", CartError::NoMenu(restaurant.name.clone()));
        let VersionedMenu { version, menu, .. } = &**shop.menu.as_ref().ok_or_else(no_menu)?;
        let priced = price(restaurant, menu, &wish.lines, &wish.fulfilment, wish.tip_minor)?;
        let supplies = self.catalog.supplies(&restaurant.id, menu);
        refuse_short(&priced.lines, |item| supplies.left(item))?;
        if priced.totals.total_minor == 0 {
            return Err(Refused::one("lines", CartError::Nothing).into());
        }
        let parts = OrderParts {
            id,
            seller: Seller {
                id: restaurant.id.clone(),
                name: restaurant.name.clone(),
                time_zone: restaurant.time_zone.clone(),
                auto_accept: restaurant.auto_accept,
                accept_within_s: restaurant.accept_within_s,
            },
            placed_at: self.clock.now(),
            customer: wish.customer,
            fulfilment: wish.fulfilment,
            lines: priced.lines,
            totals: priced.totals,
            currency: restaurant.currency,
            payment_method: wish.payment_method,
            menu_version: *version,
            replaces: wish.replaces,
        };
        Order::try_from(parts).map_err(|mismatch| Problem::unavailable(mismatch.to_string()))
    }
}

/// The answer to a request under a key that was used before: `first` is its order, if the same
/// request has placed it.
pub(super) fn same_request(order_id: OrderId, first: Option<First>) -> Result<Placed, Problem> {
    match first {
        Some(first) => Ok(Placed { order_id, total: first.total }),
        None => Err(Problem { order_id: Some(order_id), ..Problem::key_reused("order") }),
    }
}
