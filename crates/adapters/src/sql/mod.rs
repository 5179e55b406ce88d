//! The database: order book, payments, send ledger, facts. SQLite, in WAL mode with full
//! synchronisation, so that a commit survives a power cut.
//!
//! Rows of a batch travel as one JSON array and one statement (`{rows}` in a statement stands for
//! the table function that unpacks `$1`), so a thousand orders cost one round trip and one sync.

mod coalesce;
mod facts;
mod mails;
mod orders;
mod payments;
mod reports;
mod rows;
mod status;

use std::{str::FromStr, time::Duration};

use domain::ports::Unavailable;
use sqlx::{
    Sqlite, SqlitePool,
    migrate::{Migration, MigrationType, Migrator},
    pool::PoolConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

pub use facts::SqlFacts;
pub use mails::SqlMails;
pub use orders::SqlOrders;
pub use payments::SqlPayments;
pub use reports::{AuditRow, Reports};

/// The database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Not an address we can use.
    #[error("DATABASE_URL {0:?} is not supported: use sqlite:<path>")]
    Address(String),
    /// The file, or what is in it.
    #[error("the database {address} cannot be opened: {reason}")]
    Open {
        /// The address.
        address: String,
        /// What the database said.
        reason: sqlx::Error,
    },
    /// The schema.
    #[error("the database {address} cannot be brought to this version: {reason}")]
    Migrate {
        /// The address.
        address: String,
        /// What went wrong.
        reason: sqlx::migrate::MigrateError,
    },
}

/// An open database. Clones share it.
#[derive(Clone, Debug)]
pub struct Database {
    /// One connection: SQLite has one writer, and waiting here is fair and cheap.
    write: SqlitePool,
    read: SqlitePool,
}

type Transaction = sqlx::Transaction<'static, Sqlite>;

const MIGRATIONS: &[(i64, &str, &str)] =
    &[(1, "order book", include_str!("../../migrations/0001_order_book.sql"))];

impl Database {
    /// Opens `sqlite:<path>`, creating the file and bringing the schema to this version.
    pub async fn open(address: &str) -> Result<Self, OpenError> {
        let refused = |reason| OpenError::Open { address: address.to_owned(), reason };
        if !address.starts_with("sqlite:") {
            return Err(OpenError::Address(address.to_owned()));
        }
        let options = SqliteConnectOptions::from_str(address)
            .map_err(refused)?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(5));
        let pool = |connections| SqlitePoolOptions::new().max_connections(connections);
        let write = pool(1).connect_with(options.clone()).await.map_err(refused)?;
        migrate(&write)
            .await
            .map_err(|reason| OpenError::Migrate { address: address.to_owned(), reason })?;
        let read = pool(4).connect_with(options.read_only(true)).await.map_err(refused)?;
        Ok(Self { write, read })
    }

    /// Finishes what is running and closes the file.
    pub async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }

    /// A transaction that will write: it takes the write lock at once, so it never has to upgrade.
    async fn begin(&self) -> Result<Transaction, Unavailable> {
        self.write.begin_with("BEGIN IMMEDIATE").await.map_err(unavailable)
    }

    async fn reader(&self) -> Result<PoolConnection<Sqlite>, Unavailable> {
        self.read.acquire().await.map_err(unavailable)
    }
}

/// Brings the schema to this version. Processes that start at the same moment race for it, and
/// SQLite has no lock to wait on: whoever loses finds the work done when it looks again.
async fn migrate(write: &SqlitePool) -> Result<(), sqlx::migrate::MigrateError> {
    let mut tries = 0;
    loop {
        match migrator().run(write).await {
            Err(_) if tries < 10 => {
                tries += 1;
                tokio::time::sleep(Duration::from_millis(50 * tries)).await;
            }
            ended => return ended,
        }
    }
}

fn migrator() -> Migrator {
    let migration = |&(version, name, sql): &(i64, &'static str, &'static str)| {
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        Migration::new(
            version,
            name.into(),
            MigrationType::Simple,
            sqlx::SqlSafeStr::into_sql_str(sql),
            false,
        )
    };
    Migrator {
        migrations: MIGRATIONS.iter().map(migration).collect::<Vec<_>>().into(),
        ..Migrator::DEFAULT
    }
}

/// Every database error is a reason to wait: statements are fixed, so none is the input's fault.
#[allow(clippy::needless_pass_by_value, reason = "used as map_err(unavailable)")]
fn unavailable(error: sqlx::Error) -> Unavailable {
    Unavailable::new("database", error)
}

/// A row that cannot be read back: the database holds what this program never wrote.
fn corrupt(what: impl std::fmt::Display) -> Unavailable {
    Unavailable::new("database", format!("holds a row that cannot be read: {what}"))
}

/// A bulk statement with `{rows}` replaced by the table function over the JSON array in `$1`.
/// In it, `r.value->>'name'` is a column of the row.
fn bulk(sql: &str) -> sqlx::AssertSqlSafe<String> {
    sqlx::AssertSqlSafe(sql.replace("{rows}", "json_each($1) AS r"))
}
