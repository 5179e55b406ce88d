//! What an audit reads: every table as of one moment, row by row, so that memory does not grow with
//! it.

use domain::{
    facts::{Fact, Sale, lines::Line},
    ports::Unavailable,
};
use jiff::Timestamp;

use super::{
    Database, Failure, Row, Transaction,
    facts::{TABLES, items, live},
};

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

/// A fact: something happened to an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactRow {
    /// The order.
    pub order_id: String,
    /// What happened.
    pub kind: String,
    /// When, in microseconds since 1970.
    pub at_us: i64,
    /// Why, or nothing.
    pub reason: String,
    /// Where.
    pub restaurant_id: String,
    /// The restaurant's zone.
    pub time_zone: String,
    /// ISO 4217.
    pub currency: String,
    /// When the order was placed, in microseconds since 1970.
    pub placed_us: i64,
    /// The order's total, in minor units.
    pub total_minor: i64,
    /// Who, as a keyed hash.
    pub customer: String,
    /// What: a JSON array of `{item_id, name, quantity, revenue_minor}`.
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

    /// The fact that it is; what this program never wrote is told.
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
            items: items(&self.items).map_err(|e| of("items", &e))?,
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
    /// Hands every fact of the live projection to `each`, those of one order together.
    pub async fn facts(&mut self, mut each: impl FnMut(FactRow)) -> Result<(), Unavailable> {
        let slot = live(self.0.connection()).await?;
        let read = |row: &Row| {
            each(FactRow::read(row)?);
            Ok(())
        };
        Ok(self.0.connection().each(&FACTS.replace("{s}", &slot), read).await?)
    }

    /// Hands every row of the aggregates of the live projection to `each`, as text.
    pub async fn figures(&mut self, mut each: impl FnMut(Line)) -> Result<(), Unavailable> {
        let slot = live(self.0.connection()).await?;
        for table in TABLES.iter().filter(|table| table.is_aggregate) {
            let read = |row: &Row| {
                each(table.line(row)?);
                Ok(())
            };
            let cast = |name: &&str| format!("CAST({name} AS TEXT) AS {name}");
            let columns: Vec<_> = table.columns.iter().map(cast).collect();
            let (name, only) = (table.name, table.only);
            let sql = format!("SELECT {} FROM {name}_{slot} {only}", columns.join(", "));
            self.0.connection().each(&sql, read).await?;
        }
        Ok(())
    }
}
