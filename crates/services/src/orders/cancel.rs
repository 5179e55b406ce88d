//! Cancels an order for its customer, or for staff on the customer's behalf.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::CookieJar;
use domain::{
    ids::{OrderId, RequestId},
    kitchen::{Action, Decision, Request, Requester},
    ports::OrderBook,
    status::Status,
    text::Note,
    violation::Violations,
};
use events::Publisher;
use serde::Deserialize;
use ui::pages::OrderNotice;
use uuid::Uuid;

use super::{Orders, api::OrderQuery, decision::staff_request_id};
use crate::accepted::wait_for_row;
use web::{Problem, Sender, Sight, json as strict, page::PageProblem};

/// Reason of a cancellation by staff without one.
const DEFAULT_REASON: &str = "The restaurant cancelled the order";

#[derive(Debug, Default, Deserialize)]
struct CancelBody {
    /// Idempotency key: a repeated request has the same id.
    #[serde(default)]
    request_id: Option<Uuid>,
    /// Reason; for staff only.
    #[serde(default)]
    reason: Option<String>,
}

/// `POST /api/orders/{id}/cancel`: 200 with the order, 409 with its status, or 202.
pub(super) async fn cancel<B: OrderBook, P: Publisher>(
    State(orders): State<Arc<Orders<B, P>>>,
    Path(id): Path<String>,
    Query(query): Query<OrderQuery>,
    sender: Sender,
    body: Bytes,
) -> Result<Response, Problem> {
    let (order, sight) = orders.visible_order(&id, &query, &sender).await?;
    orders.limit_cancels(&sender, &sight)?;
    let body: CancelBody = match body.is_empty() {
        true => CancelBody::default(),
        false => strict::read(&body)?,
    };
    let client_id = body.request_id.unwrap_or_else(Uuid::now_v7);
    let request = orders.cancel_request(order, &sight, client_id, body.reason.as_deref())?;
    let decision = orders.request_decision(&request).await?;
    orders.decision_response(client_id, order, decision).await
}

/// `POST /orders/{id}/cancel`: the same for the form on the order's page; redirects to it.
pub(super) async fn cancel_and_return<B: OrderBook, P: Publisher>(
    State(orders): State<Arc<Orders<B, P>>>,
    Path(id): Path<String>,
    Query(query): Query<OrderQuery>,
    jar: CookieJar,
    sender: Sender,
) -> Result<Response, PageProblem> {
    let (order, sight) = orders.visible_order(&id, &query, &sender).await?;
    orders.limit_cancels(&sender, &sight)?;
    let request = orders.cancel_request(order, &sight, Uuid::now_v7(), None)?;
    let notice = match orders.request_decision(&request).await? {
        None => Some(OrderNotice::Asked),
        // A second click needs no notice.
        Some(Decision { status: Some(Status::Cancelled), .. }) => None,
        Some(_) => Some(OrderNotice::TooLate),
    };
    let to = match notice {
        None => format!("/orders/{order}"),
        Some(notice) => format!("/orders/{order}?notice={}", notice.name()),
    };
    // The page opens with the cookie, which a browser with the token in the URL may not have yet.
    let jar = match query.token {
        Some(_) => orders.access.remember(jar, &sender.headers, order),
        None => jar,
    };
    Ok((jar, Redirect::to(&to)).into_response())
}

impl<B: OrderBook, P: Publisher> Orders<B, P> {
    /// Rate limit for customers: each request is a record in the log.
    fn limit_cancels(&self, sender: &Sender, sight: &Sight) -> Result<(), Problem> {
        match sight {
            Sight::Staff(_) => Ok(()),
            Sight::Customer | Sight::Hidden => self.cancels.check(sender.from),
        }
    }

    /// The order in the path and the sender's right to see it. A wrong token gets the same response
    /// as an unknown order. The order's row may still be missing after a wait: a valid token proves
    /// that it was accepted, and the request is retried until the row exists.
    async fn visible_order(
        &self,
        id: &str,
        query: &OrderQuery,
        sender: &Sender,
    ) -> Result<(OrderId, Sight), Problem> {
        let unknown = || Problem::not_found("order");
        let id: OrderId = id.parse().map_err(|_| unknown())?;
        let sight = self.access.sight(id, query.token.as_deref(), sender).await?;
        if sight == Sight::Hidden {
            return Err(unknown());
        }
        match wait_for_row(&self.book, id).await? {
            Some(view) if sight.shows(&view) => Ok((id, sight)),
            None if sight == Sight::Customer => Ok((id, sight)),
            // Staff can name any id.
            _ => Err(unknown()),
        }
    }

    /// Builds the request: a cancellation by the customer, or a rejection by staff with their
    /// reason. Its id is derived from the client's id and the order or actor, so that it cannot
    /// collide with another request or a timer's.
    fn cancel_request(
        &self,
        order_id: OrderId,
        sight: &Sight,
        client_id: Uuid,
        reason: Option<&str>,
    ) -> Result<Request, Problem> {
        let (id, action, by, reason) = match sight {
            Sight::Staff(actor) => {
                let reason = reason.unwrap_or(DEFAULT_REASON).parse::<Note>();
                let reason = reason.map_err(|error| Violations::one("reason", error))?;
                (
                    staff_request_id(actor, Action::Reject, client_id),
                    Action::Reject,
                    Requester::Kitchen,
                    Some(reason),
                )
            }
            Sight::Customer | Sight::Hidden if reason.is_some() => {
                return Err(Problem::malformed(
                    "Only staff say why an order is called off: leave out reason.",
                ));
            }
            Sight::Customer | Sight::Hidden => {
                let id = RequestId(Uuid::new_v5(&order_id.0, client_id.as_bytes()));
                (id, Action::Cancel, Requester::Customer, None)
            }
        };
        let at = self.clock.now();
        Ok(Request { id, order_id, action, by, at, ready_in_min: None, reason })
    }
}
