//! Sends one mail over one connection, command by command.
//!
//! `AsyncSmtpConnection::send` is not used: it sends QUIT before it returns a refusal, so a silent
//! server would turn a refusal into a timeout; and it accepts any positive reply to any command.

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

/// Factor of the timeout for the reply to a whole mail, which the server stores meanwhile. A mail
/// accepted after the timeout is sent again.
const TEXT_TIMEOUT_FACTOR: u32 = 3;

/// Runs one step with a timeout.
pub(super) async fn run_step<T, E>(
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

/// Waits for the reply to a step; an unexpected reply code means that both sides are out of sync.
pub(super) async fn expect_reply(
    step: Step,
    limit: Duration,
    expected: std::ops::RangeInclusive<u16>,
    work: impl Future<Output = Result<Response, Error>>,
) -> Result<(), Failure> {
    let response = run_step(step, limit, work, |error| Failure::new(step, &error)).await?;
    let code = response.code().into();
    if expected.contains(&code) {
        return Ok(());
    }
    Err(Failure { step, cause: Cause::Broken(format!("unexpected reply {code}")) })
}

/// Sends one mail.
pub(super) async fn deliver(
    connection: &mut AsyncSmtpConnection,
    envelope: &Envelope,
    mail: &[u8],
    limit: Duration,
) -> Result<(), Failure> {
    let from = connection.command(Mail::new(envelope.from().cloned(), Vec::new()));
    expect_reply(Step::From, limit, 250..=259, from).await?;
    for to in envelope.to() {
        let to = connection.command(Rcpt::new(to.clone(), Vec::new()));
        expect_reply(Step::To, limit, 250..=259, to).await?;
    }
    expect_reply(Step::Data, limit, 354..=354, connection.command(Data)).await?;
    expect_reply(Step::Text, limit * TEXT_TIMEOUT_FACTOR, 250..=259, connection.message(mail)).await
}

/// Resets the connection after a refused mail; true if it can be used again.
pub(super) async fn reset(connection: &mut AsyncSmtpConnection, limit: Duration) -> bool {
    expect_reply(Step::From, limit, 250..=250, connection.command(Rset)).await.is_ok()
}
