//! The handler of the group `orders`: joins every event into the book, decides requests.

use std::time::Duration;

use domain::{
    ids::RequestId,
    kitchen::{Action, Decision, Request, Requester},
    order::Order,
    ports::{BookEntry, Hop, OrderBook, Unavailable},
    status::Status,
};
use events::{
    Delay, Handler, OrderEvent, Outcome, Outgoing, Pace, Record, Topic, order_details,
    order_progress, order_requests,
};
use jiff::Timestamp;
use uuid::Uuid;

use domain::ports::SharedClock;

/// Keeps the order book.
pub struct Book<B> {
    /// Where it is kept.
    pub book: B,
    /// Tells when an event was read.
    pub clock: SharedClock,
}

/// The namespace of requests that the restaurant makes by itself (a random UUID, fixed for ever).
const OWN_REQUESTS: Uuid = Uuid::from_u128(0x0c26_5b67_5a5e_4c9b_9d8c_6a0f_94bb_1e57);

/// What one record asks for.
enum Work {
    Nothing,
    Decide(Request),
}

impl<B: OrderBook> Handler for Book<B> {
    const GROUP: &'static str = "orders";
    const TOPICS: &'static [Topic] = &[
        Topic::OrderDetails,
        Topic::OrderConfirmed,
        Topic::OrderDeclined,
        Topic::OrderProgress,
        Topic::OrderRequests,
    ];
    const PRODUCES: &'static [Topic] = &[Topic::OrderProgress];
    // The order that a request is about may be read after it: first a little, then ten minutes.
    const RETRY: &'static [Delay] = &{
        let mut plan = [Delay::Minute1; 13];
        (plan[0], plan[1], plan[2]) = (Delay::Seconds5, Delay::Seconds5, Delay::Seconds5);
        plan
    };
    // A cook waits for the answer to a tap.
    const PACE: Pace = Pace::batches(Duration::from_millis(20));

    async fn handle(&self, records: &[Record]) -> Result<Vec<Outcome>, Unavailable> {
        let (mut news, now) = (News::default(), self.clock.now());
        let works: Vec<_> = records.iter().map(|record| read(record, now, &mut news)).collect();
        if !news.entries.is_empty() {
            self.book.keep(news.entries, news.hops).await?;
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
                    Outcome::Done(progress(&request, &decision, order).into_iter().collect())
                }
                _ => not_known(record, Self::RETRY),
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

/// What records tell of orders, and how it came.
#[derive(Default)]
struct News {
    entries: Vec<BookEntry>,
    hops: Vec<Hop>,
}

fn read(record: &Record, now: Timestamp, news: &mut News) -> Result<Work, String> {
    if record.topic == Topic::OrderRequests {
        return match order_requests::read(record) {
            Ok(request) => Ok(request.map_or(Work::Nothing, Work::Decide)),
            Err(error) => Err(error.to_string()),
        };
    }
    let event = OrderEvent::read(record).map_err(|error| error.to_string())?;
    let work = match own_request(&event) {
        Some(request) => Work::Decide(request),
        None => Work::Nothing,
    };
    news.hops.extend(hop(record, &event, now));
    // By which request an order was placed, its own record tells alone.
    let placed = event.change.status == Status::Placed;
    let request = order_details::request(record).filter(|_| placed).map(str::to_owned);
    news.entries.push(BookEntry { request, ..event.into() });
    Ok(work)
}

/// The way of one event; of records without a time there is none to tell.
fn hop(record: &Record, event: &OrderEvent, seen_at: Timestamp) -> Option<Hop> {
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

/// A restaurant that accepts by itself does so with a request like any other, whose id follows
/// from the order: met twice, it is the same request.
fn own_request(event: &OrderEvent) -> Option<Request> {
    let accepts = event.change.status == Status::Confirmed && event.order.seller.auto_accept;
    accepts.then(|| Request {
        id: RequestId(Uuid::new_v5(&OWN_REQUESTS, event.order.id.0.as_bytes())),
        order_id: event.order.id,
        action: Action::Accept,
        by: Requester::Restaurant,
        at: event.change.at,
        ready_in_min: None,
        reason: None,
    })
}

/// The event of a step that was made, now or at an earlier attempt.
fn progress(request: &Request, decision: &Decision, order: Option<Order>) -> Option<Outgoing> {
    Some(order_progress::progressed(&order?, decision.change.as_ref()?, request.by))
}

/// A request about an order that is not in the book: whoever holds an order's token may ask before
/// the order itself was read, so it waits, and not for ever.
fn not_known(record: &Record, plan: &[Delay]) -> Outcome {
    let tried = usize::try_from(record.attempts()).unwrap_or(usize::MAX);
    match tried < plan.len() {
        true => Outcome::Retry("the order is not in the book yet".to_owned()),
        false => Outcome::Dead("asks to move an order that does not exist".to_owned()),
    }
}
