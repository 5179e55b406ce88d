//! Whether an order is one of ours: sealed by a storefront, or priced as the menu says.
//!
//! Every writer of `order_details` can write any order. What a storefront has sealed it has
//! priced. Everything else is priced again by the menu that it names, which is the one of now or was
//! replaced a moment ago.

use std::{sync::Arc, time::Duration};

use domain::{
    cart::{NotVerified, check_alone, verify},
    order::Order,
    ports::Unavailable,
};
use events::{Record, order_details::SEAL_HEADER};
use jiff::Timestamp;
use tokio::{sync::watch, time::Instant};

use crate::catalog::{Catalog, Offer};
use web::secret::Secret;

/// How long an order waits until the topic `menu` was read here once.
const READ_WITHIN: Duration = Duration::from_secs(10);
/// How long it waits for a menu that was published a moment before it.
const MENU_WITHIN: Duration = Duration::from_secs(5);
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Tells orders of ours from others.
pub struct Seals {
    /// What storefronts seal with.
    pub secret: Secret,
    /// The topic `menu`.
    pub menus: Arc<Catalog>,
    /// True once all of it was read that was there at the start.
    pub menus_read: watch::Receiver<bool>,
}

impl Seals {
    /// Why an order must not be charged, if it must not.
    pub(super) async fn look(
        &self,
        record: &Record,
        order: &Order,
        now: Timestamp,
    ) -> Result<Result<(), NotVerified>, Unavailable> {
        match check_alone(order, now) {
            // No gateway charges nothing, sealed or not.
            Err(NotVerified::Nothing) => return Ok(Err(NotVerified::Nothing)),
            _ if self.is_ours(record) => return Ok(Ok(())),
            Err(reason) => return Ok(Err(reason)),
            Ok(()) => {}
        }
        let mut read = self.menus_read.clone();
        match tokio::time::timeout(READ_WITHIN, read.wait_for(|read| *read)).await {
            Ok(Ok(_)) => {}
            _ => return Err(Unavailable::new("kafka", "the topic menu is still being read")),
        }
        Ok(match self.offer(order).await {
            Some(offer) => agrees(order, &offer),
            None => Err(NotVerified::Menu(order.menu_version)),
        })
    }

    fn is_ours(&self, record: &Record) -> bool {
        let sealed = record.header(SEAL_HEADER).zip(record.payload.as_ref());
        sealed.is_some_and(|(seal, value)| self.secret.has_sealed(&record.key, value, seal))
    }

    /// The menu that the order names. One that is newer than what is known here may be on its way.
    async fn offer(&self, order: &Order) -> Option<Offer> {
        let (id, version) = (&order.seller.id, order.menu_version);
        let gone = || {
            let known = self.menus.shop(id).and_then(|shop| shop.menu);
            known.is_some_and(|known| known.version >= version)
        };
        let deadline = Instant::now() + MENU_WITHIN;
        loop {
            let gone = gone();
            match self.menus.offer(id, version) {
                Some(offer) => return Some(offer),
                None if gone || Instant::now() >= deadline => return None,
                None => tokio::time::sleep(LOOK_EVERY).await,
            }
        }
    }
}

/// The terms may have changed between the order and now: one of them must have been those of it.
fn agrees(order: &Order, offer: &Offer) -> Result<(), NotVerified> {
    let mut ended = Err(NotVerified::Menu(order.menu_version));
    for terms in offer.terms.iter().rev() {
        ended = verify(order, terms, &offer.menu.menu);
        if ended.is_ok() {
            break;
        }
    }
    ended
}
