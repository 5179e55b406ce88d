//! (the order book) → order_requests: cancels orders that their restaurant has not answered in
//! time.
//!
//! A timer only requests the cancellation. The request's id and time are derived from the order, so
//! that repeated requests, from any instance, are one. A record before it in the log takes
//! precedence.

use std::time::Duration;

use domain::{
    ids::{OrderId, RequestId},
    kitchen::{Action, Request, Requester},
    ports::{CatchUp, OrderBook, SharedClock, Unavailable},
};
use events::{Publisher, order_requests};
use jiff::Timestamp;
use uuid::Uuid;

/// Default delay after the start before orders time out.
pub const TIMERS_AFTER: Duration = Duration::from_mins(1);
/// Poll interval.
const POLL_INTERVAL: Duration = Duration::from_secs(2);
/// Maximum number of requests per poll.
const MAX_REQUESTS: u32 = 500;
/// Namespace of the version 5 UUIDs of timer requests: a random UUID that must never change.
const TIME_OUTS: Uuid = Uuid::from_u128(0x5f1c_9a0e_7b1d_4d0a_9a55_3c2e_8d70_64b2);

/// Requests the cancellation of unanswered orders.
pub struct Timers<B, C, P> {
    /// The order book, only read.
    pub book: B,
    /// Whether the group `orders` has reached the end that the log had at the start.
    pub log: C,
    /// Publishes requests.
    pub publisher: P,
    /// The clock.
    pub clock: SharedClock,
    /// Delay after the start, so that kitchens can reconnect after an outage.
    pub after: Duration,
}

impl<B: OrderBook, C: CatchUp, P: Publisher> Timers<B, C, P> {
    /// Polls; never returns. Until the book has all records that were in the log at the start, an
    /// order may only seem to be unanswered. Later records are no problem: the answer to an order
    /// then precedes the request in the log.
    pub async fn run(&self) {
        let earliest = tokio::time::Instant::now() + self.after;
        // The first call records where the log ends, so it precedes the delay.
        while !self.log.has_caught_up().await {
            tokio::time::sleep(POLL_INTERVAL).await;
        }
        tokio::time::sleep_until(earliest).await;
        let mut failing = false;
        loop {
            let requested = self.request_due().await;
            if let Err(reason) = &requested
                && !failing
            {
                tracing::warn!(error = %reason, "unanswered orders cannot be timed out yet");
            }
            failing = requested.is_err();
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    /// Requests the cancellation of every order whose deadline has passed.
    async fn request_due(&self) -> Result<(), Unavailable> {
        let unanswered = self.book.unanswered(self.clock.now(), MAX_REQUESTS).await?;
        if unanswered.is_empty() {
            return Ok(());
        }
        let requests = unanswered.into_iter().map(|(order, due)| time_out_request(order, due));
        let events = requests.map(|request| order_requests::encode_request(&request)).collect();
        self.publisher.publish(events).await?;
        Ok(())
    }
}

/// The request to cancel an order whose deadline was `due`.
pub fn time_out_request(order_id: OrderId, due: Timestamp) -> Request {
    Request {
        id: RequestId(Uuid::new_v5(&TIME_OUTS, order_id.0.as_bytes())),
        order_id,
        action: Action::Cancel,
        by: Requester::Timer,
        at: due,
        ready_in_min: None,
        reason: None,
    }
}
