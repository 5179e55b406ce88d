//! Reading for the audit: every table as of one moment, row by row, in constant memory.

mod facts;

use domain::ports::Unavailable;

pub use self::facts::FactRow;
use super::{Database, Failure, Row, Transaction};

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

    /// Ends the snapshot.
    pub async fn close(self) -> Result<(), Unavailable> {
        Ok(self.0.commit().await?)
    }
}

/// Declares a row type, and the method of [`Snapshot`] that reads all rows.
macro_rules! table {
    (
        $(#[$top:meta])* $name:ident through $all:ident $sql:literal
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
        }
    };
}

table! {
    /// An order in the order book.
    BookRow through book
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
    HistoryRow through history
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
    PaymentRow through payments
    "SELECT order_id, placed_us, amount_minor, currency, state, intent_id, attempted_us, reason,
            refund_id, due_us, number, method, authorized_us, captured_us, collected_us,
            refund_minor, parts_reserved_minor, parts_booked_minor
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
        /// The gateway's refund of what was left when the order was cancelled.
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
        /// What was left when the order was cancelled, in minor units; `None` for the whole.
        refund_minor: Option<i64>,
        /// Refunds of parts that are not booked yet, in minor units.
        parts_reserved_minor: i64,
        /// Booked refunds of parts, in minor units.
        parts_booked_minor: i64,
    }
}

table! {
    /// A refund of a part of an order's money.
    RefundRow through refunds
    "SELECT order_id, refund_key, amount_minor, gateway_id, booked_us, failed_us FROM refunds"
    {
        /// The order.
        order_id: String,
        /// Identifies it within the order.
        refund_key: String,
        /// In minor units.
        amount_minor: i64,
        /// The gateway's refund; for cash, the key.
        gateway_id: Option<String>,
        /// When it was booked, in microseconds since 1970.
        booked_us: Option<i64>,
        /// When it was refused for good, in microseconds since 1970.
        failed_us: Option<i64>,
    }
}

table! {
    /// A posting: one side of a movement of money.
    LedgerRow through ledger
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
    MailRow through mails
    "SELECT order_id, kind FROM mails"
    {
        /// The order it is about.
        order_id: String,
        /// The kind of mail.
        kind: String,
    }
}
