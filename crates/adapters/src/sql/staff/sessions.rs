//! Who is signed in.

use domain::{
    ports::{Session, SessionKey, Subject, Unavailable},
    staff::Account,
};
use jiff::Timestamp;

use super::{
    super::{Arg, Database, Failure, Row, Transaction, failure::corrupt, failure::persist, rows},
    ACCOUNT, account,
};

pub(super) async fn begin(database: &Database, session: &Session) -> Result<(), Unavailable> {
    let sql = "INSERT INTO sessions (session, staff_id, token_mark, begun_us, seen_us)
        VALUES ($1, $2, $3, $4, $5)";
    let (staff, mark) = match &session.subject {
        Subject::Account(id) => (Some(id.to_string()), None),
        Subject::Token(mark) => (None, Some(mark.as_str())),
    };
    let args = [
        Arg::Text(Some(&session.key.0)),
        Arg::Text(staff.as_deref()),
        Arg::Text(mark),
        Arg::Number(rows::micros(session.begun_at)),
        Arg::Number(rows::micros(session.seen_at)),
    ];
    persist(|| async { database.writer().await?.run(sql, &args).await.map(drop) }).await
}

/// A session of an account that is gone is none.
pub(super) async fn find(
    database: &Database,
    key: &SessionKey,
) -> Result<Option<(Session, Option<Account>)>, Failure> {
    let sql = format!(
        "SELECT w.staff_id AS whose, w.token_mark, w.begun_us, w.seen_us, {ACCOUNT}
         FROM sessions w LEFT JOIN staff s ON s.staff_id = w.staff_id WHERE w.session = $1"
    );
    let found = database.reader().await?.run(&sql, &[Arg::Text(Some(&key.0))]).await?;
    let Some(row) = found.first() else { return Ok(None) };
    let mark: Option<String> = row.get("token_mark")?;
    let (subject, account) = match (row.get::<Option<String>, _>("whose")?, mark) {
        (Some(_), _) if row.get::<Option<String>, _>("staff_id")?.is_none() => return Ok(None),
        (Some(whose), _) => (Subject::Account(rows::parse(&whose)?), Some(account(row)?)),
        (None, Some(mark)) => (Subject::Token(mark), None),
        (None, None) => return Err(corrupt("a session of nobody")),
    };
    let time = |row: &Row, name| rows::timestamp(row.get(name)?);
    let (begun_at, seen_at) = (time(row, "begun_us")?, time(row, "seen_us")?);
    Ok(Some((Session { key: key.clone(), subject, begun_at, seen_at }, account)))
}

pub(super) async fn seen(
    database: &Database,
    key: &SessionKey,
    at: Timestamp,
) -> Result<(), Unavailable> {
    let sql = "UPDATE sessions SET seen_us = $2 WHERE session = $1 AND seen_us < $2";
    let args = [Arg::Text(Some(&key.0)), Arg::Number(rows::micros(at))];
    persist(|| async { database.writer().await?.run(sql, &args).await.map(drop) }).await
}

pub(super) async fn end(database: &Database, key: &SessionKey) -> Result<(), Unavailable> {
    let (sql, args) = ("DELETE FROM sessions WHERE session = $1", [Arg::Text(Some(&key.0))]);
    persist(|| async { database.writer().await?.run(sql, &args).await.map(drop) }).await
}

/// Ends the sessions of an account but for one.
pub(super) async fn end_all(
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

pub(super) async fn forget(
    database: &Database,
    begun_before: Timestamp,
    seen_before: Timestamp,
) -> Result<(), Unavailable> {
    let sql = "DELETE FROM sessions WHERE begun_us < $1 OR seen_us < $2";
    let args = [Arg::Number(rows::micros(begun_before)), Arg::Number(rows::micros(seen_before))];
    persist(|| async { database.writer().await?.run(sql, &args).await.map(drop) }).await
}
