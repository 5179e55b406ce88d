//! The handler of the group `orders`: joins events into the order book and decides requests.

use std::time::Duration;

use domain::{
    ids::RequestId,
    kitchen::{Action, Decision, Request, Requester},
    order::Order,
    ports::{BookEntry, Hop, OrderBook, SharedClock, Unavailable},
    status::Status,
};
use events::{
    Delay, Handler, OrderEvent, Outcome, OutgoingRecord, Pace, Record, Topic, order_details,
    order_progress, order_requests,
};
use jiff::Timestamp;
use uuid::Uuid;

/// Maintains the order book and decides requests.
pub struct OrdersHandler<B> {
    /// The order book.
    pub book: B,
    /// The clock, for the time an event was read.
    pub clock: SharedClock,
}

/// Namespace of the version 5 UUIDs of automatic acceptance: a random UUID that must never change.
const AUTO_ACCEPT_REQUESTS: Uuid = Uuid::from_u128(0x0c26_5b67_5a5e_4c9b_9d8c_6a0f_94bb_1e57);

/// The work for one record.
enum Work {
    Nothing,
    Decide(Request),
}

impl<B: OrderBook> Handler for OrdersHandler<B> {
    const GROUP: &'static str = "orders";
    const TOPICS: &'static [Topic] = &[
        Topic::OrderDetails,
        Topic::OrderConfirmed,
        Topic::OrderDeclined,
        Topic::OrderProgress,
        Topic::OrderRequests,
    ];
    const PRODUCES: &'static [Topic] = &[Topic::OrderProgress];
    // A request may be read before its order: three short retries, then ten minutes.
    const RETRY: &'static [Delay] = &{
        let mut plan = [Delay::Minute1; 13];
        (plan[0], plan[1], plan[2]) = (Delay::Seconds5, Delay::Seconds5, Delay::Seconds5);
        plan
    };
    // A cook waits for the response to a tap.
    const PACE: Pace = Pace::batches(Duration::from_millis(20));

    async fn handle(&self, records: &[Record]) -> Result<Vec<Outcome>, Unavailable> {
        let (mut read, now) = (BookEntries::default(), self.clock.now());
        let works: Vec<_> =
            records.iter().map(|record| decode_work(record, now, &mut read)).collect();
        if !read.entries.is_empty() {
            self.book.record_with_hops(read.entries, read.hops).await?;
        }
        let requests: Vec<_> = works.iter().flatten().filter_map(Work::request).cloned().collect();
        let mut decided = match requests.is_empty() {
            true => Vec::new(),
            false => self.book.decide(requests).await?,
        }
        .into_iter();
        let outcome = |(work, record): (Result<Work, String>, &Record)| match work {
            Err(reason) => Outcome::Dead(reason),
            Ok(Work::Nothing) => Outcome::Done(Vec::new()),
            Ok(Work::Decide(request)) => match decided.next() {
                Some((decision, order)) if decision.is_made() => {
                    Outcome::Done(progress_event(&request, &decision, order).into_iter().collect())
                }
                _ => unknown_order_outcome(record, Self::RETRY),
            },
        };
        Ok(works.into_iter().zip(records).map(outcome).collect())
    }
}

impl Work {
    fn request(&self) -> Option<&Request> {
        match self {
            Self::Nothing => None,
            Self::Decide(request) => Some(request),
        }
    }
}

/// Entries for the order book, and the hops by which they arrived.
#[derive(Default)]
struct BookEntries {
    entries: Vec<BookEntry>,
    hops: Vec<Hop>,
}

fn decode_work(record: &Record, now: Timestamp, read: &mut BookEntries) -> Result<Work, String> {
    if record.topic == Topic::OrderRequests {
        return match order_requests::decode_request(record) {
            Ok(request) => Ok(request.map_or(Work::Nothing, Work::Decide)),
            Err(error) => Err(error.to_string()),
        };
    }
    let event = OrderEvent::decode(record).map_err(|error| error.to_string())?;
    let work = match auto_accept_request(&event) {
        Some(request) => Work::Decide(request),
        None => Work::Nothing,
    };
    read.hops.extend(hop_from_record(record, &event, now));
    // Only the record of the placed order names the request that placed it.
    let placed = event.change.status == Status::Placed;
    let request = order_details::request_digest(record).filter(|_| placed).map(str::to_owned);
    read.entries.push(BookEntry { request, ..event.into() });
    Ok(work)
}

/// The hop of one event; `None` for a record without a time.
fn hop_from_record(record: &Record, event: &OrderEvent, seen_at: Timestamp) -> Option<Hop> {
    Some(Hop {
        order_id: event.order.id,
        status: event.change.status,
        topic: record.topic.name().to_owned(),
        partition: record.partition,
        offset: record.offset,
        produced_at: record.header("ce_time")?.parse().ok()?,
        seen_at,
    })
}

/// The request by which a restaurant accepts orders automatically. Its id is derived from the
/// order, so a redelivered event makes the same request.
fn auto_accept_request(event: &OrderEvent) -> Option<Request> {
    let is_accepted = event.change.status == Status::Confirmed && event.order.seller.auto_accept;
    is_accepted.then(|| Request {
        id: RequestId(Uuid::new_v5(&AUTO_ACCEPT_REQUESTS, event.order.id.0.as_bytes())),
        order_id: event.order.id,
        action: Action::Accept,
        by: Requester::Restaurant,
        at: event.change.at,
        ready_in_min: None,
        reason: None,
    })
}

/// The event of a step that was made in this attempt or an earlier one.
fn progress_event(
    request: &Request,
    decision: &Decision,
    order: Option<Order>,
) -> Option<OutgoingRecord> {
    Some(order_progress::encode_progress(&order?, decision.change.as_ref()?, request.by))
}

/// The outcome of a request whose order is not in the book. The holder of an order's token may send
/// a request before the order is read, so it is retried, but not for ever.
fn unknown_order_outcome(record: &Record, plan: &[Delay]) -> Outcome {
    let attempts = usize::try_from(record.attempts()).unwrap_or(usize::MAX);
    match attempts < plan.len() {
        true => Outcome::Retry("the order is not in the book yet".to_owned()),
        false => Outcome::Dead("asks to move an order that does not exist".to_owned()),
    }
}
