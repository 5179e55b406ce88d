//! `GET /api/orders/{id}/events`: streams the status of one order.

use std::{collections::VecDeque, convert::Infallible, sync::Arc};

use ::events::Publisher;
use axum::{
    extract::{Path, Query, State},
    response::{Sse, sse::Event},
};
use domain::{
    ids::OrderId,
    payment::{PaymentState, Refund},
    ports::{OrderBook, OrderView},
    status::{Status, StatusChange},
};
use futures::{Stream, stream};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::watch;

use super::Storefront;
use crate::{accepted::authenticate_until, live::OrderActivity};
use web::{Problem, Sender, Sight, live::sse, streams::OpenStream};

#[derive(Deserialize)]
pub(super) struct StreamQuery {
    #[serde(default)]
    token: Option<String>,
}

/// Streams the steps of an order. Subscribes before it reads the row, so that no step is missed.
/// Each step is sent once and in order, so `Last-Event-ID` resumes at any instance.
pub(super) async fn stream_status<B: OrderBook, P: Publisher>(
    State(storefront): State<Arc<Storefront<B, P>>>,
    Path(id): Path<String>,
    Query(query): Query<StreamQuery>,
    sender: Sender,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let unknown = || Problem::not_found("order");
    let id: OrderId = id.parse().map_err(|_| unknown())?;
    let sight = storefront.access.sight(id, query.token.as_deref(), &sender).await?;
    if sight == Sight::Hidden {
        return Err(unknown());
    }
    let permit = storefront.streams.open(sender.from)?;
    let last = sender.headers.get("last-event-id").and_then(|value| value.to_str().ok());
    let sent: Option<Status> = last.and_then(|name| name.parse().ok());
    let live = storefront.live.watch(id);
    let row = storefront.book.read_order(id).await?;
    if sight != Sight::Customer && !row.as_ref().is_some_and(|view| sight.shows(view)) {
        return Err(unknown());
    }
    let known = row.as_ref().map(steps_from_view).unwrap_or_default();
    Ok(sse(stream::unfold(
        StatusStream {
            live,
            known,
            sent,
            authenticate_until: row.as_ref().and_then(authenticate_until),
            is_authentication_sent: false,
            payment_sent: row.as_ref().and_then(|view| Some(view.payment.as_ref()?.state)),
            refunds_sent: 0,
            queue: VecDeque::new(),
            _permit: permit,
        },
        StatusStream::next,
    )))
}

/// The steps in the order's row.
fn steps_from_view(view: &OrderView) -> Vec<StatusChange> {
    let step = |(status, at): &(Status, Timestamp)| {
        let current = *status == view.standing.status;
        StatusChange {
            order_id: view.order_id,
            status: *status,
            at: *at,
            reason: view.standing.reason.clone().filter(|_| current),
            ready_by: view.standing.ready_by,
            number: view.number(),
        }
    };
    view.history.iter().map(step).collect()
}

struct StatusStream {
    live: watch::Receiver<Arc<OrderActivity>>,
    /// The steps in the row when the stream began.
    known: Vec<StatusChange>,
    sent: Option<Status>,
    /// From the row when the stream began.
    authenticate_until: Option<Timestamp>,
    is_authentication_sent: bool,
    /// The state of the payment that the client knows, or that the row had when the stream began.
    payment_sent: Option<PaymentState>,
    /// Number of refunds that were sent.
    refunds_sent: usize,
    queue: VecDeque<StatusChange>,
    _permit: OpenStream,
}

impl StatusStream {
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        loop {
            if let Some(step) = self.queue.pop_front() {
                self.sent = Some(step.status);
                return Some((Ok(step_event(&step)), self));
            }
            self.refill();
            if !self.queue.is_empty() {
                continue;
            }
            if let Some(until) = self.authentication() {
                self.is_authentication_sent = true;
                return Some((Ok(authentication_event(until)), self));
            }
            let payment = self.live.borrow().payment;
            if let Some(state) = payment.filter(|_| payment != self.payment_sent) {
                self.payment_sent = payment;
                return Some((Ok(payment_event(state)), self));
            }
            let refund = self.live.borrow().refunds.get(self.refunds_sent).cloned();
            if let Some(refund) = refund {
                self.refunds_sent += 1;
                return Some((Ok(refund_event(&refund)), self));
            }
            self.live.changed().await.ok()?;
        }
    }

    /// Until when the customer can authenticate, if that is required and was not sent yet.
    fn authentication(&self) -> Option<Timestamp> {
        let is_open = self.sent.is_none_or(|sent| sent == Status::Placed);
        let until = self.authenticate_until.or(self.live.borrow().authenticate_until);
        until.filter(|_| is_open && !self.is_authentication_sent)
    }

    fn refill(&mut self) {
        let live = self.live.borrow_and_update().clone();
        let mut ahead: Vec<_> = self.known.drain(..).chain(live.steps.iter().cloned()).collect();
        ahead.retain(|step| self.sent.is_none_or(|sent| step.status > sent));
        ahead.sort_by_key(|step| step.status);
        ahead.dedup_by_key(|step| step.status);
        self.queue = ahead.into();
    }
}

/// The event that the customer must authenticate. It has no id, so that a client resumes after a
/// status.
fn authentication_event(until: Timestamp) -> Event {
    let state = PaymentState::ActionRequired.name();
    let data = json!({"state": state, "expires_at": until});
    Event::default().event("payment").data(data.to_string())
}

/// The event that held or due money was captured, released or collected. It has no id either.
fn payment_event(state: PaymentState) -> Event {
    Event::default().event("payment").data(json!({"state": state.name()}).to_string())
}

/// The event of a refund. It has no id, so that a client resumes after a status.
fn refund_event(refund: &Refund) -> Event {
    let mut data = json!({"amount_minor": refund.amount_minor, "refunded_at": refund.at});
    if let Some(total) = refund.refunded_total_minor {
        data["refunded_total_minor"] = json!(total);
    }
    Event::default().event("refund").data(data.to_string())
}

fn step_event(step: &StatusChange) -> Event {
    let mut data = json!({
        "order_id": step.order_id.to_string(),
        "status": step.status.name(),
        "at": step.at,
    });
    if let Some(reason) = &step.reason {
        data["reason"] = json!(reason);
    }
    if let Some(ready_by) = step.ready_by {
        data["ready_by"] = json!(ready_by);
    }
    if let Some(number) = step.number {
        data["number"] = json!(number.get());
    }
    Event::default().event("status").id(step.status.name()).data(data.to_string())
}
