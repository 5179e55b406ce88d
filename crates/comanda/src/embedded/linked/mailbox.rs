//! `/mailbox`: the mails that the embedded mail sink has received.

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

/// Maximum number of mails in the list.
const MAX_MAILS: usize = 100;
/// The content security policy of a mail's HTML: no scripts, no requests.
const MAIL_POLICY: &str =
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'";

/// The routes, for staff only: mails contain links that open orders.
pub(super) fn routes(sink: Mailbox, access: Access) -> Router {
    Router::new()
        .route("/mailbox", get(list_mails))
        .route("/mailbox/events", get(stream_events))
        .route("/mailbox/{id}", get(show_mail))
        .route("/mailbox/{id}/html", get(show_html))
        .layer(from_fn_with_state(access, staff_only))
        .with_state(sink)
}

fn timestamp(unix_ms: i64) -> Timestamp {
    Timestamp::from_millisecond(unix_ms).unwrap_or_default()
}

/// The mailbox belongs to no restaurant, so its times are UTC.
fn utc() -> Result<ZoneName, Problem> {
    "UTC".parse().map_err(|_| Problem::unavailable("The time zone data is missing."))
}

async fn list_mails(
    State(sink): State<Mailbox>,
    ReadBy(reader): ReadBy,
) -> Result<Response, PageProblem> {
    let row = |mail: mail_sink::Summary| MailRow {
        id: mail.id.to_string(),
        to: mail.envelope_to.join(", "),
        subject: mail.subject,
        received_at: timestamp(mail.received_unix_ms),
    };
    Ok(page(mailbox(&MailboxPage {
        reader,
        mails: sink.list(MAX_MAILS).into_iter().map(row).collect(),
        now: SystemClock.now(),
        time_zone: utc()?,
        staff: Staff::anybody(true),
    })))
}

async fn stream_events(
    State(sink): State<Mailbox>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    sse(stream::unfold(sink.changes(), |mut changes| async move {
        changes.changed().await.ok()?;
        Some((Ok(Event::default().event("mail").data("changed")), changes))
    }))
}

async fn find_mail(sink: &Mailbox, id: &str) -> Result<Mail, Problem> {
    let unknown = || Problem::not_found("mail");
    let id = id.parse().map_err(|_| unknown())?;
    let failed = |error: std::io::Error| {
        tracing::error!(%error, "a mail cannot be read");
        Problem::unavailable("The mailbox cannot be read at the moment.")
    };
    sink.read(id).await.map_err(failed)?.ok_or_else(unknown)
}

async fn show_mail(
    State(sink): State<Mailbox>,
    ReadBy(reader): ReadBy,
    Path(id): Path<String>,
) -> Result<Response, PageProblem> {
    let found = find_mail(&sink, &id).await?;
    Ok(page(mail(&MailPage {
        reader,
        id,
        from: found.summary.from,
        to: found.summary.envelope_to.join(", "),
        subject: found.summary.subject,
        received_at: timestamp(found.summary.received_unix_ms),
        time_zone: utc()?,
        text: found.text.unwrap_or_default(),
        has_html: found.html.is_some(),
        staff: Staff::anybody(true),
    })))
}

async fn show_html(
    State(sink): State<Mailbox>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let found = find_mail(&sink, &id).await?;
    let body = found.html.ok_or_else(|| Problem::not_found("mail"))?;
    let headers: [(HeaderName, &str); 2] = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, MAIL_POLICY),
    ];
    Ok((headers, body).into_response())
}
