//! A database for a test, and values to put into it.

use adapters::sql::Database;
use domain::{
    fixtures,
    ids::RequestId,
    kitchen::{Action, Request},
    order::Order,
    ports::BookEntry,
    status::{Status, StatusChange},
};
use jiff::Timestamp;
use tempfile::TempDir;
use uuid::Uuid;

/// An open database of its own; gone when dropped.
pub(crate) struct Place {
    pub(crate) database: Database,
    pub(crate) address: String,
    _folder: TempDir,
}

impl Place {
    /// A second process on the same database.
    pub(crate) async fn again(&self) -> Database {
        Database::open(&self.address).await.unwrap()
    }
}

/// An empty database of every kind that is to be tested.
pub(crate) async fn places() -> Vec<Place> {
    let folder = tempfile::tempdir().unwrap();
    let address = format!("sqlite:{}", folder.path().join("comanda.db").display());
    let database = Database::open(&address).await.unwrap();
    vec![Place { database, address, _folder: folder }]
}

pub(crate) fn time(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// An order with an id that no other test value has.
pub(crate) fn order(n: u128) -> Order {
    fixtures::order(n)
}

pub(crate) fn change(order: &Order, status: Status, second: i64) -> StatusChange {
    StatusChange { order_id: order.id, status, at: time(second), reason: None, ready_by: None }
}

pub(crate) fn entry(order: &Order, status: Status, second: i64) -> BookEntry {
    BookEntry { change: change(order, status, second), order: Some(order.clone()) }
}

pub(crate) fn request(order: &Order, n: u128, action: Action) -> Request {
    Request {
        id: RequestId(Uuid::from_u128(n)),
        order_id: order.id,
        action,
        by: "kitchen".into(),
        at: time(100),
        ready_in_min: Some(20),
    }
}
