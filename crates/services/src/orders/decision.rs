//! Requests a step: publishes the request and reads its decision from the order book.

use std::time::Duration;

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::{
    ids::{OrderId, RequestId},
    kitchen::{Action, Decision, Request},
    ports::OrderBook,
    staff::Actor,
    violation::Violations,
};
use events::{Publisher, order_requests};
use serde_json::json;
use telemetry::Scope;
use uuid::Uuid;

use super::{Orders, view::order_json};
use web::Problem;

/// Timeout for a decision, which usually takes a few milliseconds.
const DECISION_TIMEOUT: Duration = Duration::from_secs(1);
const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// Namespace of the version 5 UUIDs of staff requests: a random UUID that must never change.
const STAFF_REQUESTS: Uuid = Uuid::from_u128(0x9b0d_61c4_2f7e_4c58_8a13_d0f6_94e7_1b25);

/// The id of a staff request, derived from the client's id `client_id`, the actor and the action. A
/// freely chosen id could collide with the request of another person or of a timer.
pub(super) fn staff_request_id(actor: &Actor, action: Action, client_id: Uuid) -> RequestId {
    let own = actor.id().map_or(Uuid::nil(), |id| id.0);
    let name = [own.as_bytes(), client_id.as_bytes(), action.name().as_bytes()].concat();
    RequestId(Uuid::new_v5(&STAFF_REQUESTS, &name))
}

impl<B: OrderBook, P: Publisher> Orders<B, P> {
    /// Publishes a request and waits for its decision; `None` after a second.
    pub(super) async fn request_decision(
        &self,
        request: &Request,
    ) -> Result<Option<Decision>, Problem> {
        let mut event = order_requests::encode_request(request);
        // The request is in the client's trace, what follows from it in the order's.
        if let Some(scope) = Scope::current().filter(|scope| scope.is_given) {
            event = event.in_trace(scope.trace);
        }
        self.publisher.publish(vec![event]).await?;
        let deadline = tokio::time::Instant::now() + DECISION_TIMEOUT;
        loop {
            let decision = self.book.decision(request.id).await?;
            if decision.as_ref().is_some_and(|first| first.order_id != request.order_id) {
                let reason = "was used for another order; use a new one";
                return Err(Violations::one("request_id", reason).into());
            }
            if decision.is_some() || tokio::time::Instant::now() >= deadline {
                return Ok(decision);
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    /// The response to a request with the client's id `client_id`: 200 with the order, 409 with its
    /// status, or 202 without a decision.
    pub(super) async fn decision_response(
        &self,
        client_id: Uuid,
        order: OrderId,
        decision: Option<Decision>,
    ) -> Result<Response, Problem> {
        match decision {
            None => {
                let pending =
                    json!({"request_id": client_id.to_string(), "order_id": order.to_string()});
                Ok((StatusCode::ACCEPTED, Json(pending)).into_response())
            }
            Some(Decision { change: None, status, .. }) => {
                Err(Problem::conflict(status.map_or("unknown", |status| status.name())))
            }
            Some(_) => match self.book.read_order(order).await? {
                Some(view) => Ok(Json(order_json(&view)).into_response()),
                None => Err(Problem::not_found("order")),
            },
        }
    }
}
