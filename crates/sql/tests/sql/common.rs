//! A database for a test, and values to store in it.

use std::{collections::BTreeMap, future::Future, panic::resume_unwind, time::Duration};

use domain::{
    facts::{Fact, Projection, deltas::OrderFacts},
    fixtures,
    ids::RequestId,
    kitchen::{Action, Request},
    order::Order,
    ports::BookEntry,
    status::{Status, StatusChange},
};
use jiff::Timestamp;
use sql::{Database, Snapshot};
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, PgConnection, SqliteConnection,
    postgres::PgConnectOptions,
};
use tokio::runtime::{Handle, Runtime};
use uuid::Uuid;

/// An open database of its own, removed at the end of the test.
#[derive(Clone)]
pub(crate) struct TestDatabase {
    pub(crate) database: Database,
    pub(crate) address: String,
}

impl TestDatabase {
    async fn open(address: String) -> Self {
        Self { database: Database::open(&address).await.unwrap(), address }
    }

    /// A second process on the same database.
    pub(crate) async fn again(&self) -> Database {
        Database::open(&self.address).await.unwrap()
    }

    /// Executes SQL that the program never executes.
    pub(crate) async fn tamper(&self, sql: &str) {
        let sql = AssertSqlSafe(sql.to_owned());
        if self.address.starts_with("sqlite:") {
            let mut raw = SqliteConnection::connect(&self.address).await.unwrap();
            sqlx::raw_sql(sql).execute(&mut raw).await.unwrap();
        } else {
            sqlx::raw_sql(sql).execute(&mut self.raw().await).await.unwrap();
        }
    }

    /// The number that a statement returns.
    pub(crate) async fn count(&self, sql: &str) -> i64 {
        let sql = AssertSqlSafe(sql.to_owned());
        if self.address.starts_with("sqlite:") {
            let mut raw = SqliteConnection::connect(&self.address).await.unwrap();
            sqlx::query_scalar(sql).fetch_one(&mut raw).await.unwrap()
        } else {
            sqlx::query_scalar(sql).fetch_one(&mut self.raw().await).await.unwrap()
        }
    }

    /// A plain connection to PostgreSQL.
    pub(crate) async fn raw(&self) -> PgConnection {
        PgConnection::connect(&self.address).await.unwrap()
    }
}

/// Runs a test on a new SQLite file.
pub(crate) fn on_sqlite<T: Future<Output = ()> + Send + 'static>(test: fn(TestDatabase) -> T) {
    Runtime::new().unwrap().block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let address = format!("sqlite:{}", folder.path().join("comanda.db").display());
        test(TestDatabase::open(address).await).await;
    });
}

/// Runs a test on a new PostgreSQL database, which is dropped even if the test fails.
///
/// Its collation is not bytewise, so that tests fail for statements that rely on a bytewise order
/// of texts.
pub(crate) fn on_postgres<T: Future<Output = ()> + Send + 'static>(test: fn(TestDatabase) -> T) {
    let server = std::env::var("TEST_DATABASE_URL").unwrap_or_else(|_| {
        panic!("TEST_DATABASE_URL is not set: give the postgres:// address of a server and of a user who may create databases")
    });
    Runtime::new().unwrap().block_on(async {
        let options: PgConnectOptions = server.parse().unwrap();
        let name = format!("comanda_test_{}", Uuid::new_v4().simple());
        let mut admin = options.connect().await.unwrap();
        let create = format!(
            "CREATE DATABASE {name} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'und'"
        );
        sqlx::raw_sql(AssertSqlSafe(create)).execute(&mut admin).await.unwrap();
        let address = options.database(&name).to_url_lossy().to_string();
        let ended =
            tokio::spawn(async move { test(TestDatabase::open(address).await).await }).await;
        drop_database(&mut admin, &name).await;
        if let Err(failed) = ended {
            resume_unwind(failed.into_panic());
        }
    });
}

/// Drops a database. An autovacuum worker in it belongs to the server, which refuses to end it
/// (42501); it finishes soon.
async fn drop_database(admin: &mut PgConnection, name: &str) {
    let drop = format!("DROP DATABASE {name} WITH (FORCE)");
    for attempt in 1.. {
        let dropped = sqlx::raw_sql(AssertSqlSafe(drop.clone())).execute(&mut *admin).await;
        let Err(error) = dropped else { return };
        let busy = error.as_database_error().is_some_and(|e| e.code().as_deref() == Some("42501"));
        assert!(busy && attempt < 100, "{error}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// The aggregates that the domain computes from the stored facts.
pub(crate) async fn counted(database: &Database) -> Projection {
    let mut snapshot = Snapshot::of(database).await.unwrap();
    let mut facts = Vec::<Fact>::new();
    snapshot.facts(|row| facts.push(row.fact().unwrap())).await.unwrap();
    snapshot.close().await.unwrap();
    let orders = facts.chunk_by(|a, b| a.sale.order_id == b.sale.order_id);
    let orders: Vec<_> = orders.filter_map(OrderFacts::first).collect();
    let mut projection = Projection::default();
    projection.apply(&orders);
    projection
}

/// Asserts that the stored aggregates equal those of the stored facts, row by row.
pub(crate) async fn figures_equal_facts(database: &Database) {
    let mut snapshot = Snapshot::of(database).await.unwrap();
    let mut figures = BTreeMap::new();
    let each = |(key, value)| assert_eq!(figures.insert(key, value), None, "a row is read twice");
    snapshot.figures(each).await.unwrap();
    snapshot.close().await.unwrap();
    let facts: BTreeMap<_, _> = counted(database).await.lines().collect();
    assert_eq!(facts, figures);
}

/// Waits for a future in synchronous code: a property test.
pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::task::block_in_place(|| Handle::current().block_on(future))
}

pub(crate) fn time(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// An order with a unique id.
pub(crate) fn order(n: u128) -> Order {
    fixtures::order(n)
}

pub(crate) fn change(order: &Order, status: Status, second: i64) -> StatusChange {
    StatusChange {
        order_id: order.id,
        status,
        at: time(second),
        reason: None,
        ready_by: None,
        number: None,
    }
}

pub(crate) fn entry(order: &Order, status: Status, second: i64) -> BookEntry {
    BookEntry { change: change(order, status, second), order: Some(order.clone()), request: None }
}

pub(crate) fn request(order: &Order, n: u128, action: Action) -> Request {
    Request {
        id: RequestId(Uuid::from_u128(n)),
        order_id: order.id,
        action,
        by: domain::kitchen::Requester::Kitchen,
        at: time(100),
        ready_in_min: Some(20),
        reason: None,
    }
}
