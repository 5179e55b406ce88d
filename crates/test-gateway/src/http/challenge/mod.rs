//! `/3d_secure/{challenge}`: the page of a bank, where customers authenticate. It takes no key; its
//! address cannot be guessed.

mod page;

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
};
use reqwest::Url;

use super::{
    extract::{PathId, RequestBody},
    params::Params,
};
use crate::{
    books::Books,
    decide::{ChallengeOutcome, Operation},
    engine::Engine,
    model::{Challenge, ChallengeId, ChargeId, Intent, State as IntentState},
};

/// The address of the page.
pub(super) fn url(public_url: &str, challenge: ChallengeId) -> Box<str> {
    format!("{public_url}/3d_secure/{challenge}").into()
}

/// `GET /3d_secure/{challenge}`: the page, or the way back if the challenge is over.
pub(super) async fn show(State(engine): State<Arc<Engine>>, PathId(id): PathId) -> Response {
    let found = engine.read_without_faults(|books| find(books, &id)).await;
    match found {
        Err(problem) => problem.into_response(),
        Ok(None) => page::unknown(),
        Ok(Some((challenge, intent))) if is_current(&challenge, &intent) => page::ask(&intent),
        Ok(Some((challenge, intent))) => leave(&challenge, &intent),
    }
}

/// `POST /3d_secure/{challenge}` with `outcome`, `complete` or `fail`. A repeated request changes
/// nothing.
pub(super) async fn answer(
    State(engine): State<Arc<Engine>>,
    PathId(id): PathId,
    RequestBody(body): RequestBody,
) -> Response {
    let is_passed = match Params::parse(&body).text("outcome").as_deref() {
        Some("complete") => true,
        Some("fail") => false,
        _ => return show(State(engine), PathId(id)).await,
    };
    if let Ok(challenge) = id.parse() {
        let outcome = ChallengeOutcome { challenge, is_passed, charge: ChargeId::random() };
        // A challenge that is over, or a declined charge, shows in the intent.
        if let Err(lost) = engine.execute_without_faults(Operation::EndChallenge(outcome)).await {
            return lost.into_response();
        }
    }
    show(State(engine), PathId(id)).await
}

fn find(books: &Books, id: &str) -> Option<(Challenge, Arc<Intent>)> {
    let (challenge, intent) = books.challenge(id.parse().ok()?)?;
    Some((challenge.clone(), intent.clone()))
}

fn is_current(challenge: &Challenge, intent: &Intent) -> bool {
    intent.challenge().is_some_and(|current| current.id == challenge.id)
}

/// Leads back to the shop, or ends the page that the shop's script shows.
fn leave(challenge: &Challenge, intent: &Intent) -> Response {
    let is_done = matches!(
        intent.state(),
        IntentState::Succeeded { .. } | IntentState::RequiresCapture { .. }
    );
    let Some(return_url) = &challenge.return_url else { return page::over(is_done) };
    let status = if is_done { "succeeded" } else { "failed" };
    match return_to(return_url, intent, status) {
        Some(location) => (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response(),
        None => page::over(is_done),
    }
}

/// The address in the shop, with Stripe's parameters.
fn return_to(return_url: &str, intent: &Intent, status: &str) -> Option<HeaderValue> {
    let mut url = Url::parse(return_url).ok()?;
    let secret = intent.client_secret().unwrap_or_default();
    url.query_pairs_mut()
        .append_pair("payment_intent", &intent.id().to_string())
        .append_pair("payment_intent_client_secret", &secret)
        .append_pair("redirect_status", status);
    HeaderValue::from_str(url.as_str()).ok()
}
