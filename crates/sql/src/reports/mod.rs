//! Reading for the audit: every table as of one moment, row by row, in constant memory.

mod facts;

use domain::{ids::OrderId, ports::Unavailable};

pub use self::facts::FactRow;
use super::{Batch, Database, Failure, Row, Transaction};

/// The tables as of the moment of its creation, unaffected by later writes.
#[derive(Debug)]
pub struct Snapshot(Transaction);

impl Snapshot {
    /// A snapshot of `database`.
    pub async fn of(database: &Database) -> Result<Self, Unavailable> {
        let mut tx = database.snapshot().await?;
        // Reading everything may take long: no timeout.
        tx.connection().command("", "SET LOCAL statement_timeout = 0").await?;
        Ok(Self(tx))
    }

    /// The rows that a statement selects by the ids of some orders.
    async fn rows_of(&mut self, sql: &str, orders: &[OrderId]) -> Result<Vec<Row>, Failure> {
        let batch = Batch::of(orders).text("order_id", ToString::to_string);
        self.0.connection().bulk(sql, batch).await
    }

    /// Ends the snapshot.
    pub async fn close(self) -> Result<(), Unavailable> {
        Ok(self.0.commit().await?)
    }
}

/// True for rows of a batch of orders.
macro_rules! of_orders {
    () => {
        "order_id IN (SELECT r.order_id FROM {rows})"
    };
}

/// Declares a row type, and the methods of [`Snapshot`] that read all rows, and
/// those of some orders.
macro_rules! table {
    (
        $(#[$top:meta])* $name:ident through $all:ident $(and $some:ident)? $sql:literal
        { $($(#[$doc:meta])* $field:ident: $type:ty,)+ }
    ) => {
        $(#[$top])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name {
            $($(#[$doc])* pub $field: $type,)+
        }

        impl $name {
            fn read(row: &Row) -> Result<Self, Failure> {
                Ok(Self { $($field: row.get(stringify!($field))?,)+ })
            }
        }

        impl Snapshot {
            /// Calls `each` with every row.
            pub async fn $all(&mut self, mut each: impl FnMut($name)) -> Result<(), Unavailable> {
                let read = |row: &Row| {
                    each($name::read(row)?);
                    Ok(())
                };
                Ok(self.0.connection().for_each_row($sql, read).await?)
            }

            $(
                /// Calls `each` with every row of some orders.
                pub async fn $some(
                    &mut self,
                    orders: &[OrderId],
                    mut each: impl FnMut($name),
                ) -> Result<(), Unavailable> {
                    for row in self.rows_of(concat!($sql, " WHERE ", of_orders!()), orders).await? {
                        each($name::read(&row)?);
                    }
                    Ok(())
                }
            )?
        }
    };
}

table! {
    /// An order in the order book.
    BookRow through book and book_of
    "SELECT order_id, status, restaurant_id, placed_at_us, snapshot FROM orders"
    {
        /// The order.
        order_id: String,
        /// The status.
        status: String,
        /// The restaurant; `None` while only a status is known.
        restaurant_id: Option<String>,
        /// When it was placed, in microseconds since 1970.
        placed_at_us: Option<i64>,
        /// The order as placed: the JSON of its event.
        snapshot: Option<String>,
    }
}

table! {
    /// A status that an order reached.
    HistoryRow through history and history_of
    "SELECT order_id, rank, status, at_us FROM order_history"
    {
        /// The order.
        order_id: String,
        /// The rank of the status.
        rank: i64,
        /// The status.
        status: String,
        /// When it was reached, in microseconds since 1970.
        at_us: i64,
    }
}

table! {
    /// The payment of an order.
    PaymentRow through payments and payments_of
    "SELECT order_id, placed_us, amount_minor, currency, state, intent_id, attempted_us, reason,
            refund_id, due_us, number, method, authorized_us, captured_us, collected_us
     FROM payments"
    {
        /// The order.
        order_id: String,
        /// When the order was placed, in microseconds since 1970.
        placed_us: i64,
        /// The amount, in minor units.
        amount_minor: i64,
        /// ISO 4217.
        currency: String,
        /// The state of the payment.
        state: String,
        /// The gateway's intent.
        intent_id: Option<String>,
        /// When the first attempt was made, in microseconds since 1970.
        attempted_us: i64,
        /// Why it was declined.
        reason: Option<String>,
        /// The gateway's refund.
        refund_id: Option<String>,
        /// When a timer must look at it, in microseconds since 1970.
        due_us: Option<i64>,
        /// By which number people call the order.
        number: Option<i64>,
        /// What it is paid with.
        method: String,
        /// When the bank first held the money, in microseconds since 1970.
        authorized_us: Option<i64>,
        /// When the money was captured, in microseconds since 1970.
        captured_us: Option<i64>,
        /// When cash was collected, in microseconds since 1970.
        collected_us: Option<i64>,
    }
}

table! {
    /// A posting: one side of a movement of money.
    LedgerRow through ledger and ledger_of
    "SELECT order_id, entry, account, amount_minor, currency FROM ledger"
    {
        /// The order.
        order_id: String,
        /// The kind of ledger entry.
        entry: String,
        /// The ledger account.
        account: String,
        /// In minor units; debit is positive.
        amount_minor: i64,
        /// ISO 4217.
        currency: String,
    }
}

table! {
    /// The stock level of a dish.
    LevelRow through stock
    "SELECT restaurant_id, item_id, counted, on_hand, version, published_version, at_us FROM stock"
    {
        /// The restaurant.
        restaurant_id: String,
        /// The dish.
        item_id: String,
        /// Everything added minus everything held by orders.
        counted: i64,
        /// Pieces that can be sold; `None` for unlimited.
        on_hand: Option<i64>,
        /// Incremented by each change.
        version: i64,
        /// The version that was published.
        published_version: i64,
        /// When it changed last, in microseconds since 1970.
        at_us: i64,
    }
}

table! {
    /// A change of a stock level.
    StockHistoryRow through stock_history
    "SELECT change_id, restaurant_id, item_id, what, amount, added, on_hand, version, done_us
     FROM stock_history"
    {
        /// The change.
        change_id: String,
        /// The restaurant.
        restaurant_id: String,
        /// The dish.
        item_id: String,
        /// `first`, `delta`, `set` or `unlimited`.
        what: String,
        /// The number of pieces, if the change has one.
        amount: Option<i64>,
        /// The number of pieces actually added.
        added: i64,
        /// Pieces that could be sold afterwards.
        on_hand: Option<i64>,
        /// The version of the level afterwards.
        version: i64,
        /// When it was applied, in microseconds since 1970.
        done_us: i64,
    }
}

table! {
    /// The pieces of a counted dish that an order reserved.
    ReservationRow through reservations
    "SELECT order_id, restaurant_id, item_id, quantity, state FROM reservations"
    {
        /// The order.
        order_id: String,
        /// The restaurant.
        restaurant_id: String,
        /// The dish.
        item_id: String,
        /// Number of pieces.
        quantity: i64,
        /// `reserved`, `sold` or `released`.
        state: String,
    }
}

table! {
    /// A mail that was sent.
    MailRow through mails and mails_of
    "SELECT order_id, kind FROM mails"
    {
        /// The order it is about.
        order_id: String,
        /// The kind of mail.
        kind: String,
    }
}
