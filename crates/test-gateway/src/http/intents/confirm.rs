//! `POST /v1/payment_intents/{id}/confirm`

use std::sync::atomic::Ordering;

use axum::response::Response;

use super::{IGNORED, parse_id};
use crate::{
    decide::{ConfirmRequest, Operation},
    engine::Engine,
    http::{
        challenge,
        extract::{PathId, RequestBody},
        params::Params,
        write::WriteRequest,
    },
    model::{ChallengeId, ChargeId},
    problem::Problem,
};

/// `POST /v1/payment_intents/{id}/confirm`
pub(in crate::http) async fn confirm(
    request: WriteRequest,
    PathId(id): PathId,
    RequestBody(body): RequestBody,
) -> Response {
    let engine = request.engine().clone();
    let parse = |mut params: Params<'_>| {
        let intent = parse_id(&id)?;
        params.ignore(IGNORED);
        let request = parse_confirm(&mut params, &engine)?;
        params.finish()?;
        Ok(Operation::Confirm { intent, request })
    };
    request.run(&body, parse).await
}

/// Consumes the parameters of a confirmation.
pub(super) fn parse_confirm(
    params: &mut Params<'_>,
    engine: &Engine,
) -> Result<ConfirmRequest, Problem> {
    let challenge = ChallengeId::random();
    let use_stripe_sdk = params.optional_flag("use_stripe_sdk")?;
    let is_forced = engine.forces_script.load(Ordering::Relaxed);
    Ok(ConfirmRequest {
        method: params.method()?,
        token: params.token()?,
        charge: ChargeId::random(),
        challenge,
        challenge_url: challenge::url(&engine.public_url, challenge),
        return_url: params.url("return_url")?,
        use_stripe_sdk: if is_forced { Some(true) } else { use_stripe_sdk },
    })
}
