//! `/_authentication`: how customers authenticate, an operational route.

use std::sync::{Arc, atomic::Ordering};

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};

use super::{extract::RequestBody, response::json_response};
use crate::{engine::Engine, problem::Problem};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Every next action is `use_stripe_sdk`, whatever a request asks for.
    force_stripe_sdk: bool,
}

/// `GET /_authentication`
pub(super) async fn show(State(engine): State<Arc<Engine>>) -> Response {
    let force_stripe_sdk = engine.forces_script.load(Ordering::Relaxed);
    json_response(200, &Settings { force_stripe_sdk })
}

/// `PUT /_authentication`
pub(super) async fn set(
    State(engine): State<Arc<Engine>>,
    RequestBody(body): RequestBody,
) -> Response {
    match serde_json::from_slice::<Settings>(&body) {
        Ok(settings) => {
            engine.forces_script.store(settings.force_stripe_sdk, Ordering::Relaxed);
            show(State(engine)).await
        }
        Err(error) => Problem::invalid(error.to_string()).into_response(),
    }
}
