//! The database: order book, payments, send ledger, facts. PostgreSQL, or SQLite in WAL mode with
//! full synchronisation; on both a commit survives a power cut.
//!
//! One text of each statement serves both engines ([`session`] has the words that differ). Rows of
//! a batch travel as one statement (`{rows}` in it stands for the batch as a table, see [`batch`]),
//! so a thousand orders cost one round trip and one sync.
//!
//! SQLite has one writer at a time. On PostgreSQL many write at once, under READ COMMITTED, where
//! each statement sees what was committed before *it* began, and a row that another transaction has
//! changed is waited for and looked at again. These rules keep that correct:
//!
//! - A decision that fits into one statement is made there (`ON CONFLICT … DO UPDATE`, `UPDATE …
//!   SET x = CASE …`): it sees the latest row, locked. What does not fit locks its rows first
//!   (`{for_update}`).
//! - Whoever takes a row to be absent inserts it with `ON CONFLICT DO NOTHING`, looks at what was
//!   really inserted, and acts on that alone.
//! - Rows are locked in the order of their keys, and tables in the order payments, reservations,
//!   stock, `stock_history`, orders, `order_history`, `order_travel`, decisions, ledger;
//!   projections, `fact_orders`, facts, customers, then the other aggregates; staff, sessions,
//!   `change_log`. So no two batches wait for each other.
//!   Should PostgreSQL still choose a victim, the whole transaction runs again ([`failure`]).

mod batch;
mod changes;
mod coalesce;
mod decisions;
mod facts;
mod failure;
mod figures;
mod gateway_events;
mod ledger;
mod mails;
mod migrate;
mod open;
mod orders;
mod payments;
mod reports;
mod reservations;
mod rows;
mod search;
mod session;
mod staff;
mod status;
mod stock;
mod travel;
mod watch;

use sqlx::{PgPool, SqlitePool};

use batch::Batch;
use failure::Failure;
use session::{Arg, Connection, Row, Transaction};

pub use changes::SqlChanges;
pub use facts::{Rebuild, RebuildError, SqlFacts};
pub use gateway_events::SqlGatewayEvents;
pub use mails::SqlMails;
pub use open::{OpenError, without_password};
pub use orders::SqlOrders;
pub use payments::SqlPayments;
pub use reports::{
    BookRow, FactRow, HistoryRow, LedgerRow, LevelRow, MailRow, PaymentRow, ReservationRow,
    Snapshot, StockHistoryRow,
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
        /// One connection: SQLite has one writer, and waiting here is fair and cheap.
        write: SqlitePool,
        read: SqlitePool,
    },
    Postgres(PgPool),
}

impl Database {
    /// Connections to PostgreSQL that a process opens at most, unless told otherwise. Bulk
    /// statements need few: a dozen processes fit into the hundred that a server takes by default.
    pub const CONNECTIONS: u32 = 8;

    /// Opens `sqlite:<path>`, creating the file, or `postgres://…`, and brings the schema to this
    /// version.
    pub async fn open(address: &str) -> Result<Self, OpenError> {
        Self::open_with(address, Self::CONNECTIONS).await
    }

    /// The same with at most so many connections to PostgreSQL.
    pub async fn open_with(address: &str, connections: u32) -> Result<Self, OpenError> {
        match address.split_once(':').map(|(scheme, _)| scheme) {
            Some("sqlite") => open::sqlite(address).await,
            Some("postgres" | "postgresql") => open::postgres(address, connections).await,
            Some(scheme) => Err(OpenError::Address(format!("{scheme}: is not supported"))),
            None => Err(OpenError::Address("it has no scheme".to_owned())),
        }
    }

    /// Finishes what is running and closes the connections.
    pub async fn close(&self) {
        match &self.0 {
            Pools::Sqlite { write, read } => {
                read.close().await;
                write.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }

    /// Notes among the metrics how many connections there are.
    pub fn note_connections(&self) {
        match &self.0 {
            Pools::Sqlite { write, read } => {
                figures::note("write", write);
                figures::note("read", read);
            }
            Pools::Postgres(pool) => figures::note("all", pool),
        }
    }

    /// A connection for statements that only read.
    async fn reader(&self) -> Result<Connection, Failure> {
        Ok(match &self.0 {
            Pools::Sqlite { read, .. } => {
                Connection::Sqlite(figures::acquire("read", read.acquire()).await?)
            }
            Pools::Postgres(pool) => {
                Connection::Postgres(figures::acquire("all", pool.acquire()).await?)
            }
        })
    }

    /// A connection for one writing statement, which is a transaction by itself.
    async fn writer(&self) -> Result<Connection, Failure> {
        Ok(match &self.0 {
            Pools::Sqlite { write, .. } => {
                Connection::Sqlite(figures::acquire("write", write.acquire()).await?)
            }
            Pools::Postgres(pool) => {
                Connection::Postgres(figures::acquire("all", pool.acquire()).await?)
            }
        })
    }

    /// A transaction that will write. On SQLite it takes the write lock at once, so it never has to
    /// upgrade.
    async fn begin(&self) -> Result<Transaction, Failure> {
        let words = ("BEGIN IMMEDIATE", "BEGIN ISOLATION LEVEL READ COMMITTED");
        Transaction::begin(self.writer().await?, words.0, words.1).await
    }

    /// A transaction that reads, all of it as of one moment.
    async fn snapshot(&self) -> Result<Transaction, Failure> {
        let words = ("BEGIN", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
        Transaction::begin(self.reader().await?, words.0, words.1).await
    }
}
