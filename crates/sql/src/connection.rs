//! Connections to either engine, their rows, and the terms in which the SQL dialects differ.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use futures::TryStreamExt;
use sqlx::{
    AssertSqlSafe, ColumnIndex, Decode, Postgres, Row as _, Sqlite, Type, pool::PoolConnection,
    postgres::PgRow, sqlite::SqliteRow,
};

use super::{
    batch::{Batch, Cells, json, postgres_rows, sqlite_rows},
    failure::{Failure, corrupt},
    metrics::{self, Timing},
};

/// Timeout for a response. Longer than the server's own limits (`SETTINGS` in `open`), so that it
/// applies only if the server cannot report its timeout. The connection is then closed, since a
/// late response may still arrive.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(20);

/// Terms of our statements for SQLite and PostgreSQL.
const DIALECT: [(&str, &str, &str); 5] = [
    // The dishes of an order `o`, as rows `i(value)`.
    ("{items}", "json_each(o.items) AS i", "jsonb_array_elements(o.items::jsonb) AS i(value)"),
    // Texts in JSON compare byte by byte, as texts in columns do.
    ("{bytewise}", "COLLATE BINARY", "COLLATE \"C\""),
    // Of a group's rows, the `name` with the latest `named_us`: the greatest text that starts with
    // the time, in 19 digits for any valid year.
    (
        "{latest_name}",
        "SUBSTR(MAX(CAST(named_us + 2000000000000000000 AS TEXT) || name), 20)",
        "SUBSTR(MAX((CAST(named_us + 2000000000000000000 AS TEXT) || name) COLLATE \"C\"), 20)",
    ),
    // SQLite needs no row locks: it has one writer at a time.
    ("{for_update}", "", "FOR UPDATE"),
    // A lock against changes that readers can share.
    ("{for_share}", "", "FOR SHARE"),
];

/// A value for a placeholder.
#[derive(Clone, Copy, Debug)]
pub(super) enum Arg<'a> {
    Text(Option<&'a str>),
    Number(i64),
    Maybe(Option<i64>),
}

/// A connection from the pool.
#[derive(Debug)]
pub(super) enum Connection {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

/// A row of either engine.
pub(super) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    /// The value of a column, by name or number.
    pub(super) fn get<T, I>(&self, column: I) -> Result<T, Failure>
    where
        T: for<'r> Decode<'r, Sqlite> + Type<Sqlite>,
        T: for<'r> Decode<'r, Postgres> + Type<Postgres>,
        I: ColumnIndex<SqliteRow> + ColumnIndex<PgRow>,
    {
        match self {
            Self::Sqlite(row) => row.try_get(column),
            Self::Postgres(row) => row.try_get(column),
        }
        .map_err(corrupt)
    }
}

macro_rules! with_args {
    ($sql:expr, $args:expr) => {{
        let mut query = sqlx::query(AssertSqlSafe($sql));
        for arg in $args {
            query = match *arg {
                Arg::Text(text) => query.bind(text),
                Arg::Number(number) => query.bind(number),
                Arg::Maybe(number) => query.bind(number),
            };
        }
        query
    }};
}

impl Connection {
    /// Runs a statement and returns its rows.
    pub(super) async fn run(&mut self, sql: &str, args: &[Arg<'_>]) -> Result<Vec<Row>, Failure> {
        let timing = Timing::start(sql);
        let sql = self.dialect(sql);
        let answer = match self {
            Self::Sqlite(c) => {
                let found = with_timeout(with_args!(sql, args).fetch_all(&mut **c)).await;
                found.map(|rows| rows.into_iter().map(Row::Sqlite).collect())
            }
            Self::Postgres(c) => {
                let found = with_timeout(with_args!(sql, args).fetch_all(&mut **c)).await;
                found.map(|rows| rows.into_iter().map(Row::Postgres).collect())
            }
        };
        self.close_if_silent(timing.end(answer))
    }

    /// Runs a bulk statement in which `{rows}` is the batch as a table `r`.
    pub(super) async fn bulk<T>(
        &mut self,
        sql: &str,
        batch: Batch<'_, T>,
    ) -> Result<Vec<Row>, Failure> {
        let timing = Timing::start(sql);
        let columns = batch.columns();
        let sql = self.dialect(sql);
        let answer = match self {
            Self::Sqlite(c) => {
                let sql = AssertSqlSafe(sql.replace("{rows}", &sqlite_rows(&columns)));
                let found = with_timeout(sqlx::query(sql).bind(json(&columns)).fetch_all(&mut **c));
                found.await.map(|rows| rows.into_iter().map(Row::Sqlite).collect())
            }
            Self::Postgres(c) => {
                let sql = AssertSqlSafe(sql.replace("{rows}", &postgres_rows(&columns)));
                let mut query = sqlx::query(sql);
                for (_, cells) in &columns {
                    query = match cells {
                        Cells::Text(cells) => query.bind(cells),
                        Cells::Number(cells) => query.bind(cells),
                    };
                }
                let found = with_timeout(query.fetch_all(&mut **c)).await;
                found.map(|rows| rows.into_iter().map(Row::Postgres).collect())
            }
        };
        self.close_if_silent(timing.end(answer))
    }

    /// Runs a statement with any number of rows and calls `each` with every row, holding one at a
    /// time.
    pub(super) async fn for_each_row(
        &mut self,
        sql: &str,
        mut each: impl FnMut(&Row) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let sql = self.dialect(sql);
        match self {
            Self::Sqlite(c) => {
                let mut rows = sqlx::query(AssertSqlSafe(sql)).fetch(&mut **c);
                while let Some(row) = rows.try_next().await? {
                    each(&Row::Sqlite(row))?;
                }
            }
            Self::Postgres(c) => {
                let mut rows = sqlx::query(AssertSqlSafe(sql)).fetch(&mut **c);
                while let Some(row) = rows.try_next().await? {
                    each(&Row::Postgres(row))?;
                }
            }
        }
        Ok(())
    }

    /// Runs a statement without parameters and rows, such as `BEGIN`.
    pub(super) async fn command(&mut self, sqlite: &str, postgres: &str) -> Result<(), Failure> {
        let timing = Timing::start(postgres);
        let answer = match self {
            Self::Sqlite(c) => {
                let sql = AssertSqlSafe(sqlite.to_owned());
                with_timeout(sqlx::raw_sql(sql).execute(&mut **c)).await.map(drop)
            }
            Self::Postgres(c) => {
                let sql = AssertSqlSafe(postgres.to_owned());
                with_timeout(sqlx::raw_sql(sql).execute(&mut **c)).await.map(drop)
            }
        };
        self.close_if_silent(timing.end(answer))
    }

    /// Closes the connection instead of returning it to the pool. The server then rolls back what
    /// was not committed.
    pub(super) fn close(&mut self) {
        match self {
            Self::Sqlite(c) => c.close_on_drop(),
            Self::Postgres(c) => c.close_on_drop(),
        }
    }

    fn close_if_silent<T>(&mut self, answer: Result<T, Failure>) -> Result<T, Failure> {
        if let Err(Failure::Silent(_)) = answer {
            self.close();
        }
        answer
    }

    fn dialect(&self, sql: &str) -> String {
        DIALECT.iter().fold(sql.to_owned(), |sql, (word, sqlite, postgres)| match self {
            Self::Sqlite(_) => sql.replace(word, sqlite),
            Self::Postgres(_) => sql.replace(word, postgres),
        })
    }
}

async fn with_timeout<T>(answer: impl Future<Output = sqlx::Result<T>>) -> Result<T, Failure> {
    match tokio::time::timeout(RESPONSE_TIMEOUT, answer).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(Failure::Silent(RESPONSE_TIMEOUT)),
    }
}

/// Statements that take effect together or not at all.
#[derive(Debug)]
pub(super) struct Transaction {
    connection: Connection,
    began: Instant,
    ended: bool,
}

impl Transaction {
    /// Starts a transaction with the engine's statement.
    pub(super) async fn begin(
        connection: Connection,
        sqlite: &str,
        postgres: &str,
    ) -> Result<Self, Failure> {
        // Exists before the statement is sent: a caller that goes away while it runs must not
        // return a connection with an open transaction to the pool.
        let mut begun = Self { connection, began: Instant::now(), ended: false };
        begun.connection.command(sqlite, postgres).await?;
        Ok(begun)
    }

    /// The connection within the transaction.
    pub(super) fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// Commits.
    pub(super) async fn commit(mut self) -> Result<(), Failure> {
        self.connection.command("COMMIT", "COMMIT").await?;
        self.ended = true;
        Ok(())
    }
}

/// An uncommitted transaction is rolled back by closing the connection: that needs no response from
/// a server that may be unreachable, and failed transactions are rare.
impl Drop for Transaction {
    fn drop(&mut self) {
        if !self.ended {
            self.connection.close();
        }
        metrics::record_transaction(self.ended, self.began.elapsed());
    }
}
