//! Metrics of calls to the gateway: duration and outcome.

use std::time::Instant;

use reqwest::{Response, StatusCode};
use telemetry::{
    metrics::GATEWAY_DURATION,
    trace::{Kind, Span},
};

/// A call to the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    Create,
    Confirm,
    Retrieve,
    Capture,
    Cancel,
    Refund,
    List,
}

impl Call {
    /// The name of its span.
    const fn span_name(self) -> &'static str {
        match self {
            Self::Create => "gateway create",
            Self::Confirm => "gateway confirm",
            Self::Retrieve => "gateway retrieve",
            Self::Capture => "gateway capture",
            Self::Cancel => "gateway cancel",
            Self::Refund => "gateway refund",
            Self::List => "gateway list",
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Confirm => "confirm",
            Self::Retrieve => "retrieve",
            Self::Capture => "capture",
            Self::Cancel => "cancel",
            Self::Refund => "refund",
            Self::List => "list",
        }
    }
}

/// Awaits a call and records its duration and outcome.
pub(super) async fn measure(
    call: Call,
    response: impl Future<Output = reqwest::Result<Response>>,
) -> reqwest::Result<Response> {
    let start = Instant::now();
    let mut span = Span::here(Kind::Client, call.span_name());
    let response = response.await;
    let outcome = match &response {
        Ok(response) => outcome_of(response.status()),
        Err(error) if error.is_timeout() => "timeout",
        Err(_) => "unreachable",
    };
    span.set_text("outcome", outcome);
    if !matches!(outcome, "ok" | "declined") {
        span.fail(|| outcome.to_owned());
    }
    GATEWAY_DURATION.with([call.name(), outcome]).observe(start.elapsed());
    response
}

fn outcome_of(status: StatusCode) -> &'static str {
    match status {
        StatusCode::PAYMENT_REQUIRED => "declined",
        status if status.is_success() => "ok",
        status if status.is_server_error() => "failed",
        _ => "refused",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decline_is_not_counted_as_a_failure() {
        let outcomes = [200, 402, 400, 404, 409, 429, 500, 503]
            .map(|status| outcome_of(StatusCode::from_u16(status).unwrap()));
        let expected =
            ["ok", "declined", "refused", "refused", "refused", "refused", "failed", "failed"];
        assert_eq!(outcomes, expected);
    }
}
