//! One order's way: placed at its time, then listened to, or asked for later.

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
    client::{Placed, Storefronts},
    shop::Wish,
    tally::{Beginning, Tally},
    watch,
};
use crate::fault::Fault;

/// What all orders of a load share.
pub(super) struct Load {
    shop: Storefronts,
    pub(super) beginning: Beginning,
    /// The share of orders that are listened to.
    pub(super) follow: f64,
    wait: Duration,
    under_way: Arc<Semaphore>,
    tally: Mutex<Tally>,
    unwatched: Mutex<Vec<Accepted>>,
}

/// An order whose outcome is not known yet.
#[derive(Debug)]
pub(super) struct Accepted {
    placed: Placed,
    start: Duration,
    declines: bool,
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
            under_way: Arc::new(Semaphore::new(args.max_in_flight as usize)),
            tally: Mutex::new(Tally::new(beginning, span)?),
            unwatched: Mutex::default(),
        })
    }

    /// What was counted so far.
    pub(super) fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock()
    }

    /// Orders that nobody listened to, the latest first.
    pub(super) fn unwatched(&self) -> Vec<Accepted> {
        let mut orders = self.unwatched.lock();
        let mut orders = mem::take(&mut *orders);
        orders.reverse();
        orders
    }

    /// The right to be under way; waits while too many are.
    pub(super) async fn permit(&self) -> Option<OwnedSemaphorePermit> {
        if let Ok(permit) = self.under_way.clone().try_acquire_owned() {
            return Some(permit);
        }
        self.tally().held_back += 1;
        self.under_way.clone().acquire_owned().await.ok()
    }

    /// Places an order, meant to start at `start`, and learns its outcome if it `listens`.
    pub(super) async fn order(&self, start: Duration, wish: Wish, listens: bool) {
        let until = Instant::now() + self.wait;
        // A key that begins with time, as those of our own pages do.
        let (key, mut retries) = (Uuid::now_v7().to_string(), 0);
        self.tally().sent(start, self.beginning.elapsed());
        let placed = self.shop.place(&key, Bytes::from(wish.body), until, &mut retries).await;
        let at = self.beginning.elapsed();
        let placed = {
            let mut tally = self.tally();
            tally.retries += retries;
            match placed {
                Ok(placed) => {
                    tally.accepted(start, at);
                    placed
                }
                Err(failure) => return tally.failed(&failure),
            }
        };
        let accepted = Accepted { placed, start, declines: wish.declines };
        if listens {
            self.listen(accepted, until).await;
        } else {
            let mut unwatched = self.unwatched.lock();
            unwatched.push(accepted);
        }
    }

    async fn listen(&self, accepted: Accepted, until: Instant) {
        let mut retries = 0;
        let ended = watch::listen(&self.shop, &accepted.placed, until, &mut retries).await;
        let heard = Some(self.beginning.elapsed());
        self.tally().retries += retries;
        self.end(&accepted, ended, heard);
    }

    /// Asks for the outcome of an order that nobody listened to.
    pub(super) async fn ask(&self, accepted: Accepted) {
        let ended = watch::ask(&self.shop, &accepted.placed, Instant::now() + self.wait).await;
        self.end(&accepted, ended, None);
    }

    fn end(
        &self,
        accepted: &Accepted,
        ended: Result<watch::Step, super::client::Failure>,
        heard: Option<Duration>,
    ) {
        let mut tally = self.tally();
        match ended {
            Ok(step) => tally.ended(accepted.start, step, heard, accepted.declines),
            Err(mut failure) => {
                tally.lost += 1;
                failure.example = format!("{}: {}", accepted.placed.order_id, failure.example);
                tally.failed(&failure);
            }
        }
    }
}
