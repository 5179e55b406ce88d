//! `/mailbox`: what the built-in mail sink has received.

use std::convert::Infallible;

use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderName, header},
    middleware::from_fn_with_state,
    response::{IntoResponse, Response, Sse, sse::Event},
    routing::get,
};
use clock::SystemClock;
use domain::{ports::Clock, text::ZoneName};
use futures::{Stream, stream};
use jiff::Timestamp;
use mail_sink::{Mail, Mailbox};
use ui::{
    Staff,
    pages::{MailPage, MailRow, MailboxPage, mail, mailbox},
};
use web::{
    Access, Problem, ReadBy,
    live::sse,
    page::{PageProblem, page},
    staff::staff_only,
};

/// Most mails in the list.
const SHOWN: usize = 100;
/// A mail is shown in a frame that can do nothing at all.
const MAIL_POLICY: &str =
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'";

/// The routes, for staff: mails carry links that open orders.
pub(super) fn routes(sink: Mailbox, access: Access) -> Router {
    Router::new()
        .route("/mailbox", get(list))
        .route("/mailbox/events", get(events))
        .route("/mailbox/{id}", get(show))
        .route("/mailbox/{id}/html", get(html))
        .layer(from_fn_with_state(access, staff_only))
        .with_state(sink)
}

fn received(unix_ms: i64) -> Timestamp {
    Timestamp::from_millisecond(unix_ms).unwrap_or_default()
}

/// The sink has no restaurant, so it tells UTC.
fn utc() -> Result<ZoneName, Problem> {
    "UTC".parse().map_err(|_| Problem::unavailable("The time zone data is missing."))
}

async fn list(
    State(sink): State<Mailbox>,
    ReadBy(reader): ReadBy,
) -> Result<Response, PageProblem> {
    let row = |mail: mail_sink::Summary| MailRow {
        id: mail.id.to_string(),
        to: mail.envelope_to.join(", "),
        subject: mail.subject,
        received_at: received(mail.received_unix_ms),
    };
    Ok(page(mailbox(&MailboxPage {
        reader,
        mails: sink.list(SHOWN).into_iter().map(row).collect(),
        now: SystemClock.now(),
        time_zone: utc()?,
        staff: Staff::anybody(true),
    })))
}

async fn events(State(sink): State<Mailbox>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    sse(stream::unfold(sink.changes(), |mut changes| async move {
        changes.changed().await.ok()?;
        Some((Ok(Event::default().event("mail").data("changed")), changes))
    }))
}

async fn find(sink: &Mailbox, id: &str) -> Result<Mail, Problem> {
    let unknown = || Problem::not_found("mail");
    let id = id.parse().map_err(|_| unknown())?;
    let failed = |error: std::io::Error| {
        tracing::error!(%error, "a mail cannot be read");
        Problem::unavailable("The mailbox cannot be read at the moment.")
    };
    sink.read(id).await.map_err(failed)?.ok_or_else(unknown)
}

async fn show(
    State(sink): State<Mailbox>,
    ReadBy(reader): ReadBy,
    Path(id): Path<String>,
) -> Result<Response, PageProblem> {
    let found = find(&sink, &id).await?;
    Ok(page(mail(&MailPage {
        reader,
        id,
        from: found.summary.from,
        to: found.summary.envelope_to.join(", "),
        subject: found.summary.subject,
        received_at: received(found.summary.received_unix_ms),
        time_zone: utc()?,
        text: found.text.unwrap_or_default(),
        has_html: found.html.is_some(),
        staff: Staff::anybody(true),
    })))
}

async fn html(State(sink): State<Mailbox>, Path(id): Path<String>) -> Result<Response, Problem> {
    let found = find(&sink, &id).await?;
    let body = found.html.ok_or_else(|| Problem::not_found("mail"))?;
    let headers: [(HeaderName, &str); 2] = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, MAIL_POLICY),
    ];
    Ok((headers, body).into_response())
}
