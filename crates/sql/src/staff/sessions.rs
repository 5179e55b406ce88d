//! Sessions of staff.

use domain::{
    ports::{Session, SessionKey, Subject, Unavailable},
    staff::Account,
};
use jiff::Timestamp;

use super::{
    super::{
        Arg, Database, Failure, Row, Transaction, failure::corrupt, failure::retry_collisions, rows,
    },
    ACCOUNT, account,
};

pub(super) async fn insert_session(
    database: &Database,
    session: &Session,
) -> Result<(), Unavailable> {
    let sql = "INSERT INTO sessions
          (session, staff_id, token_mark, begun_us, seen_us, address, browser)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let (staff, mark) = columns(&session.subject);
    let args = [
        Arg::Text(Some(&session.key.0)),
        Arg::Text(staff.as_deref()),
        Arg::Text(mark),
        Arg::Number(rows::micros(session.begun_at)),
        Arg::Number(rows::micros(session.seen_at)),
        Arg::Text(session.address.as_deref()),
        Arg::Text(session.browser.as_deref()),
    ];
    retry_collisions(|| async { database.writer().await?.run(sql, &args).await.map(drop) }).await
}

/// Account and token mark: exactly one is set.
fn columns(subject: &Subject) -> (Option<String>, Option<&str>) {
    match subject {
        Subject::Account(id) => (Some(id.to_string()), None),
        Subject::Token(mark) => (None, Some(mark.as_str())),
    }
}

/// The sessions of a person or token.
pub(super) async fn sessions_of(
    database: &Database,
    subject: &Subject,
) -> Result<Vec<Session>, Failure> {
    let sql = "SELECT session, begun_us, seen_us, address, browser FROM sessions
        WHERE staff_id = $1 OR (staff_id IS NULL AND token_mark = $2)";
    let (staff, mark) = columns(subject);
    let args = [Arg::Text(staff.as_deref()), Arg::Text(mark)];
    let found = database.reader().await?.run(sql, &args).await?;
    let read = |row: &Row| decode_session(row, SessionKey(row.get("session")?), subject.clone());
    found.iter().map(read).collect()
}

fn decode_session(row: &Row, key: SessionKey, subject: Subject) -> Result<Session, Failure> {
    let time = |name| rows::timestamp(row.get(name)?);
    let (begun_at, seen_at) = (time("begun_us")?, time("seen_us")?);
    let (address, browser) = (row.get("address")?, row.get("browser")?);
    Ok(Session { key, subject, begun_at, seen_at, address, browser })
}

/// A session with its account. A session of a removed account is `None`.
pub(super) async fn find_session(
    database: &Database,
    key: &SessionKey,
) -> Result<Option<(Session, Option<Account>)>, Failure> {
    let sql = format!(
        "SELECT w.staff_id AS whose, w.token_mark, w.begun_us, w.seen_us, w.address, w.browser,
           {ACCOUNT}
         FROM sessions w LEFT JOIN staff s ON s.staff_id = w.staff_id WHERE w.session = $1"
    );
    let found = database.reader().await?.run(&sql, &[Arg::Text(Some(&key.0))]).await?;
    let Some(row) = found.first() else { return Ok(None) };
    let mark: Option<String> = row.get("token_mark")?;
    let (subject, account) = match (row.get::<Option<String>, _>("whose")?, mark) {
        (Some(_), _) if row.get::<Option<String>, _>("staff_id")?.is_none() => return Ok(None),
        (Some(whose), _) => (Subject::Account(rows::parse(&whose)?), Some(account(row)?)),
        (None, Some(mark)) => (Subject::Token(mark), None),
        (None, None) => return Err(corrupt("a session without account and token")),
    };
    Ok(Some((decode_session(row, key.clone(), subject)?, account)))
}

pub(super) async fn touch_session(
    database: &Database,
    key: &SessionKey,
    at: Timestamp,
) -> Result<(), Unavailable> {
    let sql = "UPDATE sessions SET seen_us = $2 WHERE session = $1 AND seen_us < $2";
    let args = [Arg::Text(Some(&key.0)), Arg::Number(rows::micros(at))];
    retry_collisions(|| async { database.writer().await?.run(sql, &args).await.map(drop) }).await
}

pub(super) async fn end_session(database: &Database, key: &SessionKey) -> Result<(), Unavailable> {
    let (sql, args) = ("DELETE FROM sessions WHERE session = $1", [Arg::Text(Some(&key.0))]);
    retry_collisions(|| async { database.writer().await?.run(sql, &args).await.map(drop) }).await
}

/// Ends the sessions of an account except `keep`.
pub(super) async fn end_sessions_of(
    tx: &mut Transaction,
    staff_id: &str,
    keep: Option<&SessionKey>,
) -> Result<(), Failure> {
    // No session has an empty key.
    let keep = keep.map_or("", |key| key.0.as_str());
    let sql = "DELETE FROM sessions WHERE staff_id = $1 AND session <> $2";
    let args = [Arg::Text(Some(staff_id)), Arg::Text(Some(keep))];
    tx.connection().run(sql, &args).await.map(drop)
}

pub(super) async fn delete_expired(
    database: &Database,
    begun_before: Timestamp,
    seen_before: Timestamp,
) -> Result<(), Unavailable> {
    let sql = "DELETE FROM sessions WHERE begun_us < $1 OR seen_us < $2";
    let args = [Arg::Number(rows::micros(begun_before)), Arg::Number(rows::micros(seen_before))];
    retry_collisions(|| async { database.writer().await?.run(sql, &args).await.map(drop) }).await
}
