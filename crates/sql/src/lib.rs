//! The database: order book, payments, send ledger, facts. PostgreSQL, or SQLite in WAL mode with
//! full synchronisation; on both, a commit survives a power failure.
//!
//! Each statement has one text for both engines ([`connection`] has the terms that differ). The
//! rows of a batch are sent in one statement (`{rows}` stands for the batch as a table, see
//! [`batch`]), so a thousand orders cost one round trip and one sync.
//!
//! SQLite has one writer at a time. On PostgreSQL many write concurrently under READ COMMITTED:
//! each statement sees what was committed before *it* started; if another transaction has changed a
//! row, the statement waits for it and evaluates the row again. These rules keep that correct:
//!
//! - A decision that fits into one statement is made there (`ON CONFLICT … DO UPDATE`, `UPDATE …
//!   SET x = CASE …`): it sees the latest row, locked. Any other locks its rows first
//!   (`{for_update}`).
//! - Code that assumes a row to be absent inserts it with `ON CONFLICT DO NOTHING`, checks which
//!   rows were actually inserted, and acts on those only.
//! - Rows are locked in the order of their keys, and tables in the order payments, reservations,
//!   stock, `stock_history`, orders, `order_history`, `order_travel`, decisions, ledger,
//!   `order_numbers`; projections, `fact_orders`, facts, customers, then the other aggregates; staff,
//!   sessions, `change_log`. So no two batches deadlock. If PostgreSQL nevertheless aborts one as a deadlock
//!   victim, the whole transaction is repeated ([`failure`]).

mod batch;
mod books;
mod changes;
mod coalesce;
mod connection;
mod decisions;
mod due;
mod facts;
mod failure;
mod gateway_events;
mod ledger;
mod mails;
mod metrics;
mod migrate;
mod open;
mod order_view;
mod orders;
mod payments;
mod reports;
mod reservations;
mod rows;
mod search;
mod staff;
mod status;
mod stock;
mod travel;
mod watch;

use sqlx::{PgPool, SqlitePool};

use batch::Batch;
use connection::{Arg, Connection, Row, Transaction};
use failure::Failure;

pub use books::SqlBooks;
pub use changes::SqlChanges;
pub use facts::{Rebuild, RebuildError, SqlFacts};
pub use gateway_events::SqlGatewayEvents;
pub use mails::SqlMails;
pub use open::{OpenError, without_password};
pub use orders::SqlOrders;
pub use payments::SqlPayments;
pub use reports::{
    BookRow, FactRow, HistoryRow, LedgerRow, LevelRow, MailRow, PaymentRow, RefundRow,
    ReservationRow, Snapshot, StockHistoryRow,
};
pub use staff::SqlStaff;
pub use stock::SqlStock;
pub use watch::SqlWatch;

/// An open database. Clones share it.
#[derive(Clone, Debug)]
pub struct Database(Pools);

#[derive(Clone, Debug)]
enum Pools {
    Sqlite {
        /// One connection: SQLite has one writer, and waiting for it in the pool is fair and cheap.
        write: SqlitePool,
        read: SqlitePool,
    },
    Postgres(PgPool),
}

impl Database {
    /// Default maximum number of connections to PostgreSQL per process. Bulk statements need few: a
    /// dozen processes fit into a server's default limit of 100.
    pub const CONNECTIONS: u32 = 8;

    /// Opens `sqlite:<path>`, creating the file, or `postgres://…`, and migrates the schema to this
    /// version.
    pub async fn open(address: &str) -> Result<Self, OpenError> {
        Self::open_with(address, Self::CONNECTIONS).await
    }

    /// Opens a database with at most `connections` connections to PostgreSQL.
    pub async fn open_with(address: &str, connections: u32) -> Result<Self, OpenError> {
        match open::Address::parse(address)? {
            open::Address::Sqlite(options) => open::sqlite(address, *options).await,
            open::Address::Postgres(options) => open::postgres(*options, connections).await,
        }
    }

    /// Checks an address without opening it.
    pub fn check_address(address: &str) -> Result<(), OpenError> {
        open::Address::parse(address).map(drop)
    }

    /// Waits for running statements and closes the connections.
    pub async fn close(&self) {
        match &self.0 {
            Pools::Sqlite { write, read } => {
                read.close().await;
                write.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }

    /// Records the number of connections in the metrics.
    pub fn record_connections(&self) {
        match &self.0 {
            Pools::Sqlite { write, read } => {
                metrics::record_pool_sizes("write", write);
                metrics::record_pool_sizes("read", read);
            }
            Pools::Postgres(pool) => metrics::record_pool_sizes("all", pool),
        }
    }

    /// A connection for reading statements.
    async fn reader(&self) -> Result<Connection, Failure> {
        Ok(match &self.0 {
            Pools::Sqlite { read, .. } => {
                Connection::Sqlite(metrics::acquire("read", read.acquire()).await?)
            }
            Pools::Postgres(pool) => {
                Connection::Postgres(metrics::acquire("all", pool.acquire()).await?)
            }
        })
    }

    /// A connection for one writing statement, which is its own transaction.
    async fn writer(&self) -> Result<Connection, Failure> {
        Ok(match &self.0 {
            Pools::Sqlite { write, .. } => {
                Connection::Sqlite(metrics::acquire("write", write.acquire()).await?)
            }
            Pools::Postgres(pool) => {
                Connection::Postgres(metrics::acquire("all", pool.acquire()).await?)
            }
        })
    }

    /// A transaction that writes. On SQLite it takes the write lock at once, so it never has to
    /// upgrade.
    async fn begin(&self) -> Result<Transaction, Failure> {
        let words = ("BEGIN IMMEDIATE", "BEGIN ISOLATION LEVEL READ COMMITTED");
        Transaction::begin(self.writer().await?, words.0, words.1).await
    }

    /// A transaction that reads everything as of one moment.
    async fn snapshot(&self) -> Result<Transaction, Failure> {
        let words = ("BEGIN", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
        Transaction::begin(self.reader().await?, words.0, words.1).await
    }
}
