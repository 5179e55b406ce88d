//! The handler of the group `orders`: joins every event into the book, decides requests.

use std::time::Duration;

use domain::{
    ids::RequestId,
    kitchen::{Action, Decision, Request, Requester},
    order::Order,
    ports::{BookEntry, OrderBook, Unavailable},
    status::Status,
};
use events::{
    Delay, Handler, OrderEvent, Outcome, Outgoing, Pace, Record, Topic, order_progress,
    order_requests,
};
use uuid::Uuid;

/// Keeps the order book.
pub struct Book<B>(pub B);

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
        let mut entries = Vec::new();
        let works: Vec<_> = records.iter().map(|record| read(record, &mut entries)).collect();
        if !entries.is_empty() {
            self.0.record(entries).await?;
        }
        let requests: Vec<_> = works.iter().flatten().filter_map(Work::request).cloned().collect();
        let mut decided = match requests.is_empty() {
            true => Vec::new(),
            false => self.0.decide(requests).await?,
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

fn read(record: &Record, entries: &mut Vec<BookEntry>) -> Result<Work, String> {
    if record.topic == Topic::OrderRequests {
        return match order_requests::read(record) {
            Ok(request) => Ok(Work::Decide(request)),
            Err(error) => Err(error.to_string()),
        };
    }
    let event = OrderEvent::read(record).map_err(|error| error.to_string())?;
    let work = match own_request(&event) {
        Some(request) => Work::Decide(request),
        None => Work::Nothing,
    };
    entries.push(event.into());
    Ok(work)
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
