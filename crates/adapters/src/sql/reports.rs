//! What an audit reads: every table as of one moment, row by row, so that memory does not grow with
//! it.

use domain::ports::Unavailable;

use super::{Database, Failure, Row, Transaction};

/// The tables as they were when it was made, whatever is written in the meantime.
#[derive(Debug)]
pub struct Snapshot(Transaction);

impl Snapshot {
    /// A snapshot of `database`.
    pub async fn of(database: &Database) -> Result<Self, Unavailable> {
        let mut tx = database.snapshot().await?;
        // Reading everything takes as long as it takes.
        tx.connection().command("", "SET LOCAL statement_timeout = 0").await?;
        Ok(Self(tx))
    }

    /// Gives it back.
    pub async fn close(self) -> Result<(), Unavailable> {
        Ok(self.0.commit().await?)
    }
}

/// Declares a row, and the method of [`Snapshot`] that reads all of them.
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
            /// Hands every such row to `each`.
            pub async fn $all(&mut self, mut each: impl FnMut($name)) -> Result<(), Unavailable> {
                let read = |row: &Row| {
                    each($name::read(row)?);
                    Ok(())
                };
                Ok(self.0.connection().each($sql, read).await?)
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
        /// Where it stands.
        status: String,
        /// Where it was ordered; `None` while only a status is known.
        restaurant_id: Option<String>,
        /// When, in microseconds since 1970.
        placed_at_us: Option<i64>,
        /// The order as it was placed: the JSON of its event.
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
        /// When, in microseconds since 1970.
        at_us: i64,
    }
}

table! {
    /// The payment of an order.
    PaymentRow through payments
    "SELECT order_id, placed_us, amount_minor, currency, state, intent_id, attempted_us, reason,
            refund_id
     FROM payments"
    {
        /// The order.
        order_id: String,
        /// When the order was placed, in microseconds since 1970.
        placed_us: i64,
        /// In minor units.
        amount_minor: i64,
        /// ISO 4217.
        currency: String,
        /// Where the money is.
        state: String,
        /// The gateway's intent.
        intent_id: Option<String>,
        /// When it was begun, in microseconds since 1970.
        attempted_us: i64,
        /// Why it was declined.
        reason: Option<String>,
        /// The gateway's refund.
        refund_id: Option<String>,
    }
}

table! {
    /// A posting: one side of a movement of money.
    LedgerRow through ledger
    "SELECT order_id, entry, account, amount_minor, currency FROM ledger"
    {
        /// The order.
        order_id: String,
        /// Why money moved.
        entry: String,
        /// Where it is, or where it came from.
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
        /// Whose.
        restaurant_id: String,
        /// Which dish.
        item_id: String,
        /// All that was added, less all that orders hold.
        counted: i64,
        /// What can be sold; `None` for as many as are asked for.
        on_hand: Option<i64>,
        /// Grows with every movement.
        version: i64,
        /// The version that is known to be published.
        published_version: i64,
        /// When it moved last, in microseconds since 1970.
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
        /// Whose.
        restaurant_id: String,
        /// Which dish.
        item_id: String,
        /// `first`, `delta`, `set` or `unlimited`.
        what: String,
        /// The number that belongs to it.
        amount: Option<i64>,
        /// What it really added.
        added: i64,
        /// What could be sold afterwards.
        on_hand: Option<i64>,
        /// The version it made.
        version: i64,
        /// When it was done, in microseconds since 1970.
        done_us: i64,
    }
}

table! {
    /// What an order took of a counted dish.
    ReservationRow through reservations
    "SELECT order_id, restaurant_id, item_id, quantity, state FROM reservations"
    {
        /// The order.
        order_id: String,
        /// Whose dish.
        restaurant_id: String,
        /// Which dish.
        item_id: String,
        /// How many pieces.
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
        /// Which one.
        kind: String,
    }
}

table! {
    /// A fact: an order reached a status.
    FactRow through facts
    "SELECT order_id, kind, at_us, restaurant_id, currency, total_minor, customer, items FROM facts"
    {
        /// The order.
        order_id: String,
        /// The status.
        kind: String,
        /// When, in microseconds since 1970.
        at_us: i64,
        /// Where.
        restaurant_id: String,
        /// ISO 4217.
        currency: String,
        /// The order's total, in minor units.
        total_minor: i64,
        /// Who, as a keyed hash.
        customer: String,
        /// What: a JSON array of `{item_id, name, quantity, revenue_minor}`.
        items: String,
    }
}

table! {
    /// The figures of one hour of one restaurant, kind and currency.
    HourRow through hours
    "SELECT restaurant_id, hour_s, kind, currency, orders, amount_minor, pieces FROM sales_by_hour"
    {
        /// Where.
        restaurant_id: String,
        /// The start of the hour, in seconds since 1970.
        hour_s: i64,
        /// The status reached.
        kind: String,
        /// ISO 4217.
        currency: String,
        /// Orders.
        orders: i64,
        /// Their totals, in minor units.
        amount_minor: i64,
        /// Their pieces.
        pieces: i64,
    }
}

table! {
    /// The figures of one dish of one restaurant in one currency.
    ItemRow through items
    "SELECT restaurant_id, item_id, currency, quantity, revenue_minor FROM sales_by_item"
    {
        /// Where.
        restaurant_id: String,
        /// Which dish.
        item_id: String,
        /// ISO 4217.
        currency: String,
        /// Pieces in confirmed orders.
        quantity: i64,
        /// Their lines' totals, in minor units.
        revenue_minor: i64,
    }
}

table! {
    /// The confirmed orders of one customer at one restaurant.
    CustomerRow through customers
    "SELECT restaurant_id, customer, orders FROM sales_by_customer"
    {
        /// Where.
        restaurant_id: String,
        /// Who, as a keyed hash.
        customer: String,
        /// How many.
        orders: i64,
    }
}
