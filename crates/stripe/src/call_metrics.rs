//! How long calls take, and how they end.

use std::time::Instant;

use reqwest::{Response, StatusCode};
use telemetry::metrics::GATEWAY_DURATION;

/// What is asked of the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    Create,
    Confirm,
    Retrieve,
    Cancel,
    Refund,
    List,
}

impl Call {
    const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Confirm => "confirm",
            Self::Retrieve => "retrieve",
            Self::Cancel => "cancel",
            Self::Refund => "refund",
            Self::List => "list",
        }
    }
}

/// Makes a call and notes how long its answer took.
pub(super) async fn measured(
    call: Call,
    answer: impl Future<Output = reqwest::Result<Response>>,
) -> reqwest::Result<Response> {
    let began = Instant::now();
    let answer = answer.await;
    let outcome = match &answer {
        Ok(answer) => outcome(answer.status()),
        Err(error) if error.is_timeout() => "timeout",
        Err(_) => "unreachable",
    };
    GATEWAY_DURATION.with([call.name(), outcome]).observe(began.elapsed());
    answer
}

fn outcome(status: StatusCode) -> &'static str {
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
    fn a_decline_is_no_failure() {
        let outcomes = [200, 402, 400, 404, 409, 429, 500, 503]
            .map(|status| outcome(StatusCode::from_u16(status).unwrap()));
        let expected =
            ["ok", "declined", "refused", "refused", "refused", "refused", "failed", "failed"];
        assert_eq!(outcomes, expected);
    }
}
