//! Asking for a step: a request into the log, and its decision out of the book.

use std::time::Duration;

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::{
    ids::OrderId,
    kitchen::{Decision, Request},
    ports::OrderBook,
    violation::Refused,
};
use events::{Publisher, order_requests};
use serde_json::json;
use uuid::Uuid;

use super::{Orders, view::order_json};
use crate::web::Problem;

/// How long a decision is waited for; usually it is there in a few milliseconds.
const DECIDE_WITHIN: Duration = Duration::from_secs(1);
const LOOK_EVERY: Duration = Duration::from_millis(5);

impl<B: OrderBook, P: Publisher> Orders<B, P> {
    /// Publishes a request and waits for its decision; `None` if there is none within a second.
    pub(super) async fn ask(&self, request: &Request) -> Result<Option<Decision>, Problem> {
        self.publisher.publish(vec![order_requests::requested(request)]).await?;
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
