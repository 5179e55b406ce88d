//! Asking for a step: a request into the log, and its decision out of the book.

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
    staff::Who,
    violation::Refused,
};
use events::{Publisher, order_requests};
use serde_json::json;
use telemetry::Scope;
use uuid::Uuid;

use super::{Orders, view::order_json};
use web::Problem;

/// How long a decision is waited for; usually it is there in a few milliseconds.
const DECIDE_WITHIN: Duration = Duration::from_secs(1);
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// The namespace of requests of staff (a random UUID, fixed for ever).
const OF_STAFF: Uuid = Uuid::from_u128(0x9b0d_61c4_2f7e_4c58_8a13_d0f6_94e7_1b25);

/// The id of a request that somebody calls `asked`. It is bound to who asks and for what: under an id
/// that is free to choose, a cook could take the place of a request of somebody else, or of a timer.
pub(super) fn staff_request(who: &Who, action: Action, asked: Uuid) -> RequestId {
    let own = who.id().map_or(Uuid::nil(), |id| id.0);
    let name = [own.as_bytes(), asked.as_bytes(), action.name().as_bytes()].concat();
    RequestId(Uuid::new_v5(&OF_STAFF, &name))
}

impl<B: OrderBook, P: Publisher> Orders<B, P> {
    /// Publishes a request and waits for its decision; `None` if there is none within a second.
    pub(super) async fn ask(&self, request: &Request) -> Result<Option<Decision>, Problem> {
        let mut event = order_requests::requested(request);
        // Whoever asks is in a trace of their own; what comes of it is in the order's.
        if let Some(scope) = Scope::current().filter(|scope| scope.is_given) {
            event = event.in_trace(scope.trace);
        }
        self.publisher.publish(vec![event]).await?;
        let deadline = tokio::time::Instant::now() + DECIDE_WITHIN;
        loop {
            let decision = self.book.decision(request.id).await?;
            if decision.as_ref().is_some_and(|first| first.order_id != request.order_id) {
                let told = "was used for another order; use a new one";
                return Err(Refused::one("request_id", told).into());
            }
            if decision.is_some() || tokio::time::Instant::now() >= deadline {
                return Ok(decision);
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// What a client of the API is told of a request that it calls `asked`: 200 with the order,
    /// 409 with its status, or 202.
    pub(super) async fn told(
        &self,
        asked: Uuid,
        order: OrderId,
        decision: Option<Decision>,
    ) -> Result<Response, Problem> {
        match decision {
            None => {
                let waiting =
                    json!({"request_id": asked.to_string(), "order_id": order.to_string()});
                Ok((StatusCode::ACCEPTED, Json(waiting)).into_response())
            }
            Some(Decision { change: None, status, .. }) => {
                Err(Problem::conflict(status.map_or("unknown", |status| status.name())))
            }
            Some(_) => match self.book.read(order).await? {
                Some(view) => Ok(Json(order_json(&view)).into_response()),
                None => Err(Problem::not_found("order")),
            },
        }
    }
}
