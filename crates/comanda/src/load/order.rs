//! One order of the load: placed at its time, then watched by event stream or polled later.

use std::{mem, sync::Arc, time::Duration};

use parking_lot::{Mutex, MutexGuard};

use bytes::Bytes;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};
use uuid::Uuid;

use super::{
    args::LoadArgs,
    client::{PlacedOrder, Storefronts},
    shop::OrderRequest,
    tally::{Beginning, Tally},
    watch,
};
use crate::fault::Fault;

/// State shared by all orders of a load.
pub(super) struct Load {
    shop: Storefronts,
    pub(super) beginning: Beginning,
    /// Share of orders that are watched by event stream.
    pub(super) follow: f64,
    wait: Duration,
    in_flight: Arc<Semaphore>,
    tally: Mutex<Tally>,
    unwatched: Mutex<Vec<AcceptedOrder>>,
}

/// An order whose outcome is not known yet.
#[derive(Debug)]
pub(super) struct AcceptedOrder {
    placed: PlacedOrder,
    start: Duration,
    has_declined_card: bool,
}

impl Load {
    pub(super) fn new(
        shop: Storefronts,
        args: &LoadArgs,
        beginning: Beginning,
    ) -> Result<Self, Fault> {
        let span = args.warm_up..args.warm_up + args.duration;
        Ok(Self {
            shop,
            beginning,
            follow: args.follow,
            wait: args.wait,
            in_flight: Arc::new(Semaphore::new(args.max_in_flight as usize)),
            tally: Mutex::new(Tally::new(beginning, span)?),
            unwatched: Mutex::default(),
        })
    }

    /// The counts so far.
    pub(super) fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock()
    }

    /// Takes the orders that were not watched, the latest first.
    pub(super) fn take_unwatched(&self) -> Vec<AcceptedOrder> {
        let mut orders = self.unwatched.lock();
        let mut orders = mem::take(&mut *orders);
        orders.reverse();
        orders
    }

    /// A permit to be in flight; waits while too many orders are.
    pub(super) async fn acquire_permit(&self) -> Option<OwnedSemaphorePermit> {
        if let Ok(permit) = self.in_flight.clone().try_acquire_owned() {
            return Some(permit);
        }
        self.tally().held_back += 1;
        self.in_flight.clone().acquire_owned().await.ok()
    }

    /// Places an order with the intended start `start`, and watches its outcome if `is_watched` is
    /// set.
    pub(super) async fn run_order(&self, start: Duration, request: OrderRequest, is_watched: bool) {
        let until = Instant::now() + self.wait;
        // A key that begins with the time, like those of our pages.
        let (key, mut retries) = (Uuid::now_v7().to_string(), 0);
        self.tally().record_sent(start, self.beginning.elapsed());
        let placed =
            self.shop.place_order(&key, Bytes::from(request.body), until, &mut retries).await;
        let at = self.beginning.elapsed();
        let placed = {
            let mut tally = self.tally();
            tally.retries += retries;
            match placed {
                Ok(placed) => {
                    tally.record_accepted(start, at);
                    placed
                }
                Err(failure) => return tally.record_failure(&failure),
            }
        };
        let accepted =
            AcceptedOrder { placed, start, has_declined_card: request.has_declined_card };
        if is_watched {
            self.watch_outcome(accepted, until).await;
        } else {
            let mut unwatched = self.unwatched.lock();
            unwatched.push(accepted);
        }
    }

    async fn watch_outcome(&self, accepted: AcceptedOrder, until: Instant) {
        let mut retries = 0;
        let ended = watch::watch_outcome(&self.shop, &accepted.placed, until, &mut retries).await;
        let received = Some(self.beginning.elapsed());
        self.tally().retries += retries;
        self.record_end(&accepted, ended, received);
    }

    /// Polls the outcome of an order that was not watched.
    pub(super) async fn poll_outcome(&self, accepted: AcceptedOrder) {
        let ended =
            watch::poll_outcome(&self.shop, &accepted.placed, Instant::now() + self.wait).await;
        self.record_end(&accepted, ended, None);
    }

    fn record_end(
        &self,
        accepted: &AcceptedOrder,
        ended: Result<watch::Step, super::client::Failure>,
        received: Option<Duration>,
    ) {
        let mut tally = self.tally();
        match ended {
            Ok(step) => {
                tally.record_outcome(accepted.start, step, received, accepted.has_declined_card);
            }
            Err(mut failure) => {
                tally.lost += 1;
                failure.example = format!("{}: {}", accepted.placed.order_id, failure.example);
                tally.record_failure(&failure);
            }
        }
    }
}
