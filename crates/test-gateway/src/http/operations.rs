//! `/_faults` and `/_ledger`: operational routes.

use std::sync::Arc;

use axum::{
    body::{Body, Bytes},
    extract::State,
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
};
use futures::stream;
use serde::Serialize;

use super::{extract::RequestBody, response::json_response};
use crate::{
    engine::Engine,
    faults::Faults,
    model::{ChargeId, Intent, IntentId, Metadata, Refund, RefundId},
    problem::Problem,
};

/// `GET /_faults`
pub(super) async fn show_faults(State(engine): State<Arc<Engine>>) -> Response {
    json_response(200, &engine.faults.faults())
}

/// `PUT /_faults`: replaces all settings; fields not named are off.
pub(super) async fn set_faults(
    State(engine): State<Arc<Engine>>,
    RequestBody(body): RequestBody,
) -> Response {
    match serde_json::from_slice::<Faults>(&body) {
        Ok(faults) => {
            tracing::info!(?faults, "set the faults");
            engine.faults.set(faults);
            json_response(200, &engine.faults.faults())
        }
        Err(error) => Problem::invalid(error.to_string()).into_response(),
    }
}

/// A line of the ledger.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Line<'a> {
    Intent {
        id: IntentId,
        status: &'static str,
        amount_minor: u64,
        captured_minor: u64,
        refunded_minor: u64,
        currency: &'a str,
        charge: Option<ChargeId>,
        failed_charges: usize,
        metadata: &'a Metadata,
        created_unix_ms: i64,
    },
    Refund {
        id: RefundId,
        intent: IntentId,
        charge: ChargeId,
        amount_minor: u64,
        currency: &'a str,
        metadata: &'a Metadata,
        created_unix_ms: i64,
    },
}

/// An object of the ledger, shared with the books.
enum Record {
    Intent(Arc<Intent>),
    Refund(Arc<Refund>),
}

impl Record {
    fn to_line(&self) -> Line<'_> {
        match self {
            Self::Intent(intent) => Line::Intent {
                id: intent.id(),
                status: intent.status(),
                amount_minor: intent.amount().minor(),
                captured_minor: intent.captured_minor(),
                refunded_minor: intent.refunded_minor(),
                currency: intent.currency().as_str(),
                charge: intent.captured_charge().map(|charge| charge.id),
                failed_charges: intent.failed_charges().len(),
                metadata: intent.metadata(),
                created_unix_ms: intent.details().created_unix_ms,
            },
            Self::Refund(refund) => Line::Refund {
                id: refund.id,
                intent: refund.intent,
                charge: refund.charge,
                amount_minor: refund.amount_minor.minor(),
                currency: refund.currency.as_str(),
                metadata: &refund.metadata,
                created_unix_ms: refund.created_unix_ms,
            },
        }
    }
}

/// `GET /_ledger`: a snapshot of all intents and refunds, oldest first, as JSON lines. The lines
/// are encoded while they are sent, which bounds the memory. Faults do not apply.
pub(super) async fn export_ledger(State(engine): State<Arc<Engine>>) -> Response {
    let snapshot = engine.read_without_faults(|books| {
        let intents = books.intents().all().iter().cloned().map(Record::Intent);
        let refunds = books.refunds().all().iter().cloned().map(Record::Refund);
        intents.chain(refunds).collect::<Vec<_>>()
    });
    let mut records = match snapshot.await {
        Ok(records) => records.into_iter(),
        Err(problem) => return problem.into_response(),
    };
    let chunks = std::iter::from_fn(move || {
        let mut lines = Vec::new();
        for record in records.by_ref().take(256) {
            if let Err(error) = serde_json::to_writer(&mut lines, &record.to_line()) {
                return Some(Err(error));
            }
            lines.push(b'\n');
        }
        (!lines.is_empty()).then(|| Ok(Bytes::from(lines)))
    });
    let body = Body::from_stream(stream::iter(chunks));
    ([(CONTENT_TYPE, "application/x-ndjson")], body).into_response()
}
