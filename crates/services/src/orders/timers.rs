//! (the order book) → order_requests: orders that their restaurant leaves unanswered.
//!
//! A timer only asks. Its request has an id and a time that follow from the order, so any number of
//! instances may ask any number of times: it is one request, and what stands before it in the log
//! was there first.

use std::time::Duration;

use domain::{
    ids::{OrderId, RequestId},
    kitchen::{Action, Request, Requester},
    ports::{CatchUp, OrderBook, Unavailable},
};
use events::{Publisher, order_requests};
use jiff::Timestamp;
use uuid::Uuid;

use domain::ports::SharedClock;

/// How long after the start nobody is timed out, unless told otherwise.
pub const TIMERS_AFTER: Duration = Duration::from_mins(1);
/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Most requests of one look; the rest is asked for at the next ones.
const AT_A_TIME: u32 = 500;
/// The namespace of these requests (a random UUID, fixed for ever).
const TIME_OUTS: Uuid = Uuid::from_u128(0x5f1c_9a0e_7b1d_4d0a_9a55_3c2e_8d70_64b2);

/// Looks for orders that nobody answers, and asks to cancel them.
pub struct Timers<B, C, P> {
    /// The order book, only read.
    pub book: B,
    /// Whether the group that keeps the book has come to where the log ended at the start.
    pub log: C,
    /// Where requests go.
    pub publisher: P,
    /// The time.
    pub clock: SharedClock,
    /// How long after the start nothing is asked. Kitchens that were cut off come back first.
    pub after: Duration,
}

impl<B: OrderBook, C: CatchUp, P: Publisher> Timers<B, C, P> {
    /// Looks without end. Until the book holds what was in the log at the start, an order may only
    /// seem to be unanswered. What comes later makes no difference: of an order that was answered
    /// meanwhile, the answer stands before the request in the log.
    pub async fn run(&self) {
        let may_ask = tokio::time::Instant::now() + self.after;
        // The first look takes note of where the log ends, so it comes before the wait.
        while !self.log.has_caught_up().await {
            tokio::time::sleep(LOOK_EVERY).await;
        }
        tokio::time::sleep_until(may_ask).await;
        let mut failing = false;
        loop {
            let looked = self.look().await;
            if let Err(reason) = &looked
                && !failing
            {
                tracing::warn!(error = %reason, "orders that nobody answers have to wait");
            }
            failing = looked.is_err();
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Asks once for every order whose time is over.
    async fn look(&self) -> Result<(), Unavailable> {
        let unanswered = self.book.unanswered(self.clock.now(), AT_A_TIME).await?;
        if unanswered.is_empty() {
            return Ok(());
        }
        let asked = unanswered.into_iter().map(|(order, over)| time_out(order, over));
        let asked = asked.map(|request| order_requests::requested(&request)).collect();
        self.publisher.publish(asked).await?;
        Ok(())
    }
}

/// The request to cancel an order whose time was over at `over`.
pub fn time_out(order_id: OrderId, over: Timestamp) -> Request {
    Request {
        id: RequestId(Uuid::new_v5(&TIME_OUTS, order_id.0.as_bytes())),
        order_id,
        action: Action::Cancel,
        by: Requester::Timer,
        at: over,
        ready_in_min: None,
        reason: None,
    }
}
