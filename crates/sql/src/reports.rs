//! Reading for the audit: every table as of one moment, row by row, in constant memory.

use domain::{
    facts::{Fact, Sale, lines::Line},
    ports::Unavailable,
};
use jiff::Timestamp;

use super::{
    Database, Failure, Row, Transaction,
    facts::{TABLES, live_slot, parse_items},
};

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
            refund_id
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

/// A fact about an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactRow {
    /// The order.
    pub order_id: String,
    /// The kind of fact.
    pub kind: String,
    /// When it happened, in microseconds since 1970.
    pub at_us: i64,
    /// The reason; empty for none.
    pub reason: String,
    /// The restaurant.
    pub restaurant_id: String,
    /// The restaurant's time zone.
    pub time_zone: String,
    /// ISO 4217.
    pub currency: String,
    /// When the order was placed, in microseconds since 1970.
    pub placed_us: i64,
    /// The order's total, in minor units.
    pub total_minor: i64,
    /// The customer as a keyed hash.
    pub customer: String,
    /// The dishes: a JSON array of `{item_id, name, quantity, revenue_minor}`.
    pub items: String,
}

impl FactRow {
    fn read(row: &Row) -> Result<Self, Failure> {
        Ok(Self {
            order_id: row.get("order_id")?,
            kind: row.get("kind")?,
            at_us: row.get("at_us")?,
            reason: row.get("reason")?,
            restaurant_id: row.get("restaurant_id")?,
            time_zone: row.get("time_zone")?,
            currency: row.get("currency")?,
            placed_us: row.get("placed_us")?,
            total_minor: row.get("total_minor")?,
            customer: row.get("customer")?,
            items: row.get("items")?,
        })
    }

    /// Decodes the fact; the error says which column is invalid.
    pub fn fact(&self) -> Result<Fact, String> {
        let of = |what: &str, error: &dyn std::fmt::Display| format!("{what} {error}");
        let time = |us| Timestamp::from_microsecond(us).map_err(|e| of("time", &e));
        let sale = Sale {
            order_id: self.order_id.parse().map_err(|e| of("order_id", &e))?,
            restaurant_id: self.restaurant_id.parse().map_err(|e| of("restaurant_id", &e))?,
            time_zone: self.time_zone.parse().map_err(|e| of("time_zone", &e))?,
            currency: self.currency.parse().map_err(|e| of("currency", &e))?,
            placed_at: time(self.placed_us)?,
            total_minor: self.total_minor,
            customer: self.customer.clone(),
            items: parse_items(&self.items).map_err(|e| of("items", &e))?,
        };
        Ok(Fact {
            sale,
            kind: self.kind.parse().map_err(|e| of("kind", &e))?,
            at: time(self.at_us)?,
            reason: self.reason.parse().map_err(|e| of("reason", &e))?,
        })
    }
}

const FACTS: &str = "SELECT f.order_id AS order_id, f.kind AS kind, f.at_us AS at_us,
      f.reason AS reason, o.restaurant_id AS restaurant_id, o.time_zone AS time_zone,
      o.currency AS currency, o.placed_us AS placed_us, o.total_minor AS total_minor,
      o.customer AS customer, o.items AS items
    FROM facts_{s} f JOIN fact_orders_{s} o ON o.order_id = f.order_id
    ORDER BY f.order_id, f.kind";

impl Snapshot {
    /// Calls `each` with every fact of the live projection, those of one order together.
    pub async fn facts(&mut self, mut each: impl FnMut(FactRow)) -> Result<(), Unavailable> {
        let slot = live_slot(self.0.connection()).await?;
        let read = |row: &Row| {
            each(FactRow::read(row)?);
            Ok(())
        };
        Ok(self.0.connection().for_each_row(&FACTS.replace("{s}", &slot), read).await?)
    }

    /// Calls `each` with every row of the aggregates of the live projection, as text.
    pub async fn figures(&mut self, mut each: impl FnMut(Line)) -> Result<(), Unavailable> {
        let slot = live_slot(self.0.connection()).await?;
        for table in TABLES.iter().filter(|table| table.is_aggregate) {
            let read = |row: &Row| {
                each(table.line(row)?);
                Ok(())
            };
            let cast = |name: &&str| format!("CAST({name} AS TEXT) AS {name}");
            let columns: Vec<_> = table.columns.iter().map(cast).collect();
            let (name, only) = (table.name, table.only);
            let sql = format!("SELECT {} FROM {name}_{slot} {only}", columns.join(", "));
            self.0.connection().for_each_row(&sql, read).await?;
        }
        Ok(())
    }
}
