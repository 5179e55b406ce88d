//! The send ledger.

use domain::{
    ids::OrderId,
    ports::{MailKind, SendLedger, Unavailable},
};
use jiff::Timestamp;
use serde_json::json;

use super::{Database, bulk, coalesce::Coalesce, rows, unavailable};

/// The send ledger in the database.
#[derive(Clone, Debug)]
pub struct SqlMails {
    database: Database,
    record: Coalesce<(OrderId, MailKind, Timestamp), ()>,
}

impl SqlMails {
    /// The send ledger of `database`. Must be called within a runtime.
    pub fn new(database: &Database) -> Self {
        let writer = database.clone();
        let record = Coalesce::new(move |calls| record_all(writer.clone(), calls));
        Self { database: database.clone(), record }
    }
}

impl SendLedger for SqlMails {
    async fn is_sent(&self, order: OrderId, kind: MailKind) -> Result<bool, Unavailable> {
        sqlx::query("SELECT 1 FROM mails WHERE order_id = $1 AND kind = $2")
            .bind(order.to_string())
            .bind(kind.name())
            .fetch_optional(&mut *self.database.reader().await?)
            .await
            .map(|row| row.is_some())
            .map_err(unavailable)
    }

    async fn record_sent(
        &self,
        order: OrderId,
        kind: MailKind,
        at: Timestamp,
    ) -> Result<(), Unavailable> {
        self.record.call((order, kind, at)).await
    }
}

async fn record_all(
    database: Database,
    mut calls: Vec<(OrderId, MailKind, Timestamp)>,
) -> Result<Vec<()>, Unavailable> {
    let answers = vec![(); calls.len()];
    calls.sort_by_key(|(order, kind, _)| (*order, kind.name()));
    let rows: Vec<_> = calls
        .iter()
        .map(|(order, kind, at)| {
            json!({"order_id": order.to_string(), "kind": kind.name(), "sent_us": rows::micros(*at)})
        })
        .collect();
    let sql = "INSERT INTO mails (order_id, kind, sent_us)
        SELECT r.value->>'order_id', r.value->>'kind', CAST(r.value->>'sent_us' AS BIGINT)
        FROM {rows} WHERE true ON CONFLICT (order_id, kind) DO NOTHING";
    let mut tx = database.begin().await?;
    sqlx::query(bulk(sql)).bind(rows::array(&rows)).execute(&mut *tx).await.map_err(unavailable)?;
    tx.commit().await.map_err(unavailable)?;
    Ok(answers)
}
