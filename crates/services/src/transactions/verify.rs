//! Verifies that an order is sealed by a storefront or priced by the menu.
//!
//! Every client with write access to `order_details` can write any order. A sealed order was priced
//! by a storefront. Any other is priced again by the menu version that it names, which must be the
//! current one or a recently replaced one.

use std::{sync::Arc, time::Duration};

use domain::{
    cart::{NotVerified, verify_basics, verify_order},
    order::Order,
    ports::Unavailable,
};
use events::{Record, order_details::SEAL_HEADER};
use jiff::Timestamp;
use tokio::{sync::watch, time::Instant};

use crate::catalog::{Catalog, Offer};
use web::secret::Secret;

/// Timeout for the first read of the topic `menu`.
const READ_TIMEOUT: Duration = Duration::from_secs(10);
/// Timeout for a menu that was published just before the order.
const MENU_TIMEOUT: Duration = Duration::from_secs(5);
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// Verifies orders before they are charged.
pub struct OrderVerifier {
    /// The secret of the storefronts' seals.
    pub secret: Secret,
    /// The topic `menu`.
    pub menus: Arc<Catalog>,
    /// True once the topic is read up to the end it had at the start.
    pub menus_read: watch::Receiver<bool>,
}

impl OrderVerifier {
    /// Verifies an order; the inner error says why it must not be charged.
    pub(super) async fn verify(
        &self,
        record: &Record,
        order: &Order,
        now: Timestamp,
    ) -> Result<Result<(), NotVerified>, Unavailable> {
        match verify_basics(order, now) {
            // No gateway charges an amount of 0, sealed or not.
            Err(NotVerified::Nothing) => return Ok(Err(NotVerified::Nothing)),
            _ if self.is_sealed(record) => return Ok(Ok(())),
            Err(reason) => return Ok(Err(reason)),
            Ok(()) => {}
        }
        let mut read = self.menus_read.clone();
        match tokio::time::timeout(READ_TIMEOUT, read.wait_for(|read| *read)).await {
            Ok(Ok(_)) => {}
            _ => return Err(Unavailable::new("kafka", "the topic menu is still being read")),
        }
        Ok(match self.wait_for_offer(order).await {
            Some(offer) => verify_against(order, &offer),
            None => Err(NotVerified::Menu(order.menu_version)),
        })
    }

    fn is_sealed(&self, record: &Record) -> bool {
        let sealed = record.header(SEAL_HEADER).zip(record.payload.as_ref());
        sealed.is_some_and(|(seal, value)| self.secret.has_sealed(&record.key, value, seal))
    }

    /// The menu version that the order names. Waits for one that is newer than the known ones.
    async fn wait_for_offer(&self, order: &Order) -> Option<Offer> {
        let (id, version) = (&order.seller.id, order.menu_version);
        let is_gone = || {
            let known = self.menus.shop(id).and_then(|shop| shop.menu);
            known.is_some_and(|known| known.version >= version)
        };
        let deadline = Instant::now() + MENU_TIMEOUT;
        loop {
            let is_gone = is_gone();
            match self.menus.offer(id, version) {
                Some(offer) => return Some(offer),
                None if is_gone || Instant::now() >= deadline => return None,
                None => tokio::time::sleep(POLL_INTERVAL).await,
            }
        }
    }
}

/// Verifies the order against each version of the terms: they may have changed since it was placed.
fn verify_against(order: &Order, offer: &Offer) -> Result<(), NotVerified> {
    let mut result = Err(NotVerified::Menu(order.menu_version));
    for terms in offer.terms.iter().rev() {
        result = verify_order(order, terms, &offer.menu.menu);
        if result.is_ok() {
            break;
        }
    }
    result
}
