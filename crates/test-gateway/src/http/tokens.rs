//! `/v1/confirmation_tokens`

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};

use super::{
    card,
    extract::{PathId, RequestBody},
    params::Params,
    write::WriteRequest,
};
use crate::{
    books::Reply,
    decide::Operation,
    engine::Engine,
    model::{CaptureMethod, CardExpiry, ConfirmationToken, Currency, ElementsSetup, TokenId},
    problem::{Kind, Problem},
};

/// `POST /v1/confirmation_tokens`, for the script in a page. Stripe's is not documented.
pub(super) async fn create(request: WriteRequest, RequestBody(body): RequestBody) -> Response {
    request.run(&body, parse_create).await
}

fn parse_create(mut params: Params<'_>) -> Result<Operation, Problem> {
    let (method, expiry) = card::parse(&mut params)?;
    let token = ConfirmationToken {
        id: TokenId::random(),
        method,
        expiry,
        elements: Some(parse_elements(&mut params)?),
        return_url: params.url("return_url")?,
        created_unix_ms: 0,
        used_by: None,
    };
    params.ignore(&["payment_method_data"]);
    params.finish()?;
    Ok(Operation::CreateToken(token))
}

/// Consumes `client_context[…]`: what the page asked its fields for.
fn parse_elements(params: &mut Params<'_>) -> Result<ElementsSetup, Problem> {
    params.word("client_context[mode]", &["payment"], |mode| (mode == "payment").then_some(()))?;
    let currency = params.required("client_context[currency]")?;
    let capture = params.word(
        "client_context[capture_method]",
        CaptureMethod::ALLOWED,
        CaptureMethod::parse,
    )?;
    Ok(ElementsSetup {
        amount_minor: params.amount("client_context[amount]")?,
        currency: Currency::parse(&currency)
            .map_err(|_| Problem::invalid("Invalid currency.").param("client_context[currency]"))?,
        capture_method: capture.unwrap_or_default(),
        payment_method_types: params.texts("client_context[payment_method_types]"),
    })
}

/// `POST /v1/test_helpers/confirmation_tokens`: a token without a page.
pub(super) async fn create_test(request: WriteRequest, RequestBody(body): RequestBody) -> Response {
    let parse = |mut params: Params<'_>| {
        params.ignore(&["expand"]);
        let Some(method) = params.method()? else {
            return Err(Problem::invalid("Missing required param: payment_method.")
                .code("parameter_missing")
                .param("payment_method"));
        };
        let token = ConfirmationToken {
            id: TokenId::random(),
            method,
            expiry: CardExpiry::OF_TEST_TOKENS,
            elements: None,
            return_url: params.url("return_url")?,
            created_unix_ms: 0,
            used_by: None,
        };
        params.finish()?;
        Ok(Operation::CreateToken(token))
    };
    request.run(&body, parse).await
}

/// `GET /v1/confirmation_tokens/{id}`
pub(super) async fn retrieve(State(engine): State<Arc<Engine>>, PathId(id): PathId) -> Response {
    let found = engine.read(|books| {
        let token = id.parse().ok().and_then(|id| books.tokens().get(id));
        token.cloned().ok_or_else(|| {
            Problem::no_such(Kind::NotFound, "confirmation_token", &id).param("confirmation_token")
        })
    });
    match found.await {
        Ok(token) => Reply::Token(token).into_response(),
        Err(problem) => problem.into_response(),
    }
}
