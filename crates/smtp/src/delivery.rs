//! One mail over one connection, step by step.
//!
//! `AsyncSmtpConnection::send` would do it in one call, but then a server that refuses and falls
//! silent would seem to be late, for it is told goodbye before the refusal is passed on; and any
//! positive answer would count as the right one.

use std::{future::Future, time::Duration};

use lettre::{
    address::Envelope,
    transport::smtp::{
        Error,
        client::AsyncSmtpConnection,
        commands::{Data, Mail, Rcpt, Rset},
        response::Response,
    },
};
use tokio::time::timeout;

use super::failure::{Cause, Failure, Step};

/// How much longer than one step a server may take to answer to a whole mail, which it stores
/// meanwhile: what it took without saying so in time is sent again.
const TEXT_TIMES: u32 = 3;

/// Waits for one step, and no longer than `limit`.
pub(super) async fn within<T, E>(
    step: Step,
    limit: Duration,
    work: impl Future<Output = Result<T, E>>,
    failed: impl FnOnce(E) -> Failure,
) -> Result<T, Failure> {
    match timeout(limit, work).await {
        Ok(done) => done.map_err(failed),
        Err(_) => Err(Failure { step, cause: Cause::Late(limit) }),
    }
}

/// Waits for the answer to a step, which must be of this kind: an answer that is not means that
/// the two sides no longer speak of the same.
pub(super) async fn answered(
    step: Step,
    limit: Duration,
    expected: std::ops::RangeInclusive<u16>,
    work: impl Future<Output = Result<Response, Error>>,
) -> Result<(), Failure> {
    let response = within(step, limit, work, |error| Failure::new(step, &error)).await?;
    let code = response.code().into();
    if expected.contains(&code) {
        return Ok(());
    }
    Err(Failure { step, cause: Cause::Broken(format!("the answer {code} makes no sense here")) })
}

/// Sends one mail.
pub(super) async fn deliver(
    connection: &mut AsyncSmtpConnection,
    envelope: &Envelope,
    mail: &[u8],
    limit: Duration,
) -> Result<(), Failure> {
    let from = connection.command(Mail::new(envelope.from().cloned(), Vec::new()));
    answered(Step::From, limit, 250..=259, from).await?;
    for to in envelope.to() {
        let to = connection.command(Rcpt::new(to.clone(), Vec::new()));
        answered(Step::To, limit, 250..=259, to).await?;
    }
    answered(Step::Data, limit, 354..=354, connection.command(Data)).await?;
    answered(Step::Text, limit * TEXT_TIMES, 250..=259, connection.message(mail)).await
}

/// Forgets a mail that was refused. True if the connection can take the next one.
pub(super) async fn forget(connection: &mut AsyncSmtpConnection, limit: Duration) -> bool {
    answered(Step::From, limit, 250..=250, connection.command(Rset)).await.is_ok()
}
