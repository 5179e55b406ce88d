//! The send ledger.

use std::collections::HashSet;

use domain::{
    ids::OrderId,
    ports::{MailName, SendLedger, Unavailable},
};
use jiff::Timestamp;

use super::{Batch, Database, Failure, coalesce::Coalescer, failure::retry_collisions, rows};

/// The send ledger in the database.
#[derive(Clone, Debug)]
pub struct SqlMails {
    lookup: Coalescer<(OrderId, MailName), bool>,
    record: Coalescer<(OrderId, MailName, Timestamp), ()>,
}

impl SqlMails {
    /// The send ledger of `database`. Must be called within a runtime.
    pub fn new(database: &Database) -> Self {
        let (reader, writer) = (database.clone(), database.clone());
        Self {
            lookup: Coalescer::new(move |calls| look_up_all(reader.clone(), calls)),
            record: Coalescer::new(move |calls| record_all(writer.clone(), calls)),
        }
    }
}

impl SendLedger for SqlMails {
    async fn is_sent(
        &self,
        order: OrderId,
        mail: impl Into<MailName> + Send,
    ) -> Result<bool, Unavailable> {
        self.lookup.call((order, mail.into())).await
    }

    async fn record_sent(
        &self,
        order: OrderId,
        mail: impl Into<MailName> + Send,
        at: Timestamp,
    ) -> Result<(), Unavailable> {
        self.record.call((order, mail.into(), at)).await
    }
}

async fn look_up_all(
    database: Database,
    calls: Vec<(OrderId, MailName)>,
) -> Result<Vec<bool>, Unavailable> {
    let sql = "SELECT m.order_id, m.kind FROM {rows} \
        JOIN mails m ON m.order_id = r.order_id AND m.kind = r.kind";
    let batch = Batch::of(&calls)
        .text("order_id", |(order, _)| order.to_string())
        .text("kind", |(_, kind)| kind.to_string());
    let found = database.reader().await?.bulk(sql, batch).await?;
    let sent = |row: &super::Row| Ok((row.get(0)?, row.get(1)?));
    let sent = found.iter().map(sent).collect::<Result<HashSet<(String, String)>, Failure>>()?;
    let is_sent =
        |(order, kind): &(OrderId, MailName)| sent.contains(&(order.to_string(), kind.to_string()));
    Ok(calls.iter().map(is_sent).collect())
}

async fn record_all(
    database: Database,
    mut calls: Vec<(OrderId, MailName, Timestamp)>,
) -> Result<Vec<()>, Unavailable> {
    let answers = vec![(); calls.len()];
    calls.sort_by_key(|(order, kind, _)| (*order, kind.to_string()));
    let sql = "INSERT INTO mails (order_id, kind, sent_us)
        SELECT r.order_id, r.kind, r.sent_us FROM {rows} WHERE true
        ON CONFLICT (order_id, kind) DO NOTHING";
    let record = || async {
        let batch = Batch::of(&calls)
            .text("order_id", |(order, ..)| order.to_string())
            .text("kind", |(_, kind, _)| kind.to_string())
            .number("sent_us", |(.., at)| rows::micros(*at));
        database.writer().await?.bulk(sql, batch).await
    };
    retry_collisions(record).await?;
    Ok(answers)
}
