//! Places an order: prices it, and confirms it once it is written to `order_details`.

use std::time::Duration;

use ::events::{
    OutgoingRecord, PublishError, Publisher, RecordPosition,
    order_details::{self, SEAL_HEADER},
};
use domain::{
    cart::{CartError, check_charge, check_price, price_cart},
    ids::OrderId,
    money::Money,
    order::{Order, OrderParts},
    payment_method::MethodKind,
    ports::OrderBook,
    stock::refuse_short,
    violation::Violations,
};
use telemetry::Scope;
use uuid::Uuid;

use super::{
    Storefront, body::NewOrder, key::Key, recent::FirstRecord, request_digest::RequestDigest,
};
use crate::catalog::VersionedMenu;
use web::Problem;

/// Timeout for the log; beyond it, the response says that the outcome is not known.
const ACKNOWLEDGE_TIMEOUT: Duration = Duration::from_secs(5);

/// An order in the log.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placed {
    pub(super) order_id: OrderId,
    pub(super) total: Money,
}

impl<B: OrderBook, P: Publisher> Storefront<B, P> {
    /// Places an order. With a key, a repeated request is the same order.
    pub(super) async fn place_order(
        &self,
        request: NewOrder,
        key: Option<Key<'_>>,
    ) -> Result<Placed, Problem> {
        let Some(key) = key else {
            return self.publish_order(OrderId(Uuid::now_v7()), request, false).await;
        };
        let made_at = key.made_at(self.clock.now())?;
        let (restaurant, email) = (&request.restaurant_id, &request.customer.email);
        let order_id = self.access.secret().order_id(restaurant, email, &key.text);
        if let Some(first) = self.recent.first(order_id) {
            return repeated_order(order_id, &request.digest, &first);
        }
        // A recent key without a recent order was never used.
        let is_covered = made_at.is_some_and(|at| self.recent.covers(at));
        if !is_covered && let Some(placed) = self.find_placed(order_id, &request).await? {
            return Ok(placed);
        }
        self.publish_order(order_id, request, true).await
    }

    /// Prices the order and publishes it.
    async fn publish_order(
        &self,
        order_id: OrderId,
        request: NewOrder,
        has_key: bool,
    ) -> Result<Placed, Problem> {
        let (digest, by_staff) = (request.digest.clone(), request.by_staff);
        let given = Scope::current().filter(|scope| scope.is_given);
        let order = self.price_order(order_id, request)?;
        let order = order.with_trace(given.map(|scope| scope.trace));
        if !by_staff {
            self.recipients.check(&order.customer.email, self.clock.now())?;
        }
        let event = self.seal_event(order_details::encode_placed(&order, digest.as_str()));
        if event.payload.as_ref().is_some_and(|payload| payload.len() > order_details::MAX_BYTES) {
            return Err(Violations::one("lines", CartError::TooLong).into());
        }
        let published = tokio::time::timeout(ACKNOWLEDGE_TIMEOUT, async {
            let positions = self.publisher.publish(vec![event]).await?;
            if let Some(position) = positions.first().filter(|_| has_key) {
                self.recent.wait_past(position.partition, position.offset).await;
            }
            Ok::<Vec<RecordPosition>, PublishError>(positions)
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
        // Two instances may have written the same id concurrently; the first record is the order.
        match self.recent.first(order_id).filter(|_| has_key) {
            Some(first) => repeated_order(order_id, &digest, &first),
            None => Ok(Placed { order_id, total: order.total() }),
        }
    }

    /// Adds the seal that proves to transactions that a storefront priced the order.
    fn seal_event(&self, event: OutgoingRecord) -> OutgoingRecord {
        let value = event.payload.as_deref().unwrap_or_default();
        let seal = self.access.secret().seal(&event.key, value);
        event.with_header(SEAL_HEADER, seal)
    }

    fn price_order(&self, id: OrderId, request: NewOrder) -> Result<Order, Problem> {
        let shop = self.catalog.shop(&request.restaurant_id);
        let shop = shop.ok_or_else(|| Problem::not_found("restaurant"))?;
        let restaurant = &shop.restaurant;
        restaurant.refuse_closed(self.clock.now()).map_err(Problem::closed)?;
        let no_menu =
            || Violations::one("restaurant_id", CartError::NoMenu(restaurant.name.clone()));
        let VersionedMenu { version, menu, .. } = &**shop.menu.as_ref().ok_or_else(no_menu)?;
        let priced =
            price_cart(restaurant, menu, &request.lines, &request.fulfilment, request.tip_minor)?;
        let supplies = self.catalog.supplies(&restaurant.id, menu);
        refuse_short(&priced.lines, |item| supplies.left(item))?;
        let total = Money::new(priced.totals.total_minor, restaurant.currency);
        restaurant.refuse_cash(request.payment_method.kind(), total)?;
        let chargeable = match request.payment_method.kind() {
            MethodKind::Card => check_charge(total),
            MethodKind::Cash => check_price(total),
        };
        chargeable.map_err(|wrong| Violations::one("lines", wrong))?;
        if request.expected_total_minor.is_some_and(|expected| expected != total.minor) {
            return Err(Problem::total_changed(total));
        }
        let parts = OrderParts {
            id,
            seller: restaurant.seller(),
            placed_at: self.clock.now(),
            customer: request.customer,
            fulfilment: request.fulfilment,
            lines: priced.lines,
            totals: priced.totals,
            tax: priced.tax,
            currency: restaurant.currency,
            payment_method: request.payment_method,
            menu_version: *version,
            replaces: request.replaces,
        };
        Order::try_from(parts).map_err(|mismatch| Problem::unavailable(mismatch.to_string()))
    }
}

/// The result of a request under a key that was used before, for the order `first`.
fn repeated_order(
    order_id: OrderId,
    digest: &RequestDigest,
    first: &FirstRecord,
) -> Result<Placed, Problem> {
    match digest.is_of(&first.digest, &first.method) {
        true => Ok(Placed { order_id, total: first.total }),
        false => Err(key_reused(order_id)),
    }
}

/// The key belongs to an order that another request has placed.
pub(super) fn key_reused(order_id: OrderId) -> Problem {
    Problem { order_id: Some(order_id), ..Problem::key_reused("order") }
}
