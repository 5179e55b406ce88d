//! The port of refunds of parts, and of disputes.

use std::collections::HashSet;

use domain::{
    ids::OrderId,
    payment::{Dispute, GatewayRefund, RefundEntry, RefundId, RefundKey, RefundRequest},
    ports::{RefundBook, Unavailable},
};
use jiff::Timestamp;

use super::{
    SqlPayments, part_refunds,
    part_rows::{self, read_refunds},
};
use crate::{
    Arg, Batch, Failure,
    failure::retry_collisions,
    order_view::{VIEW, decode_view},
    rows,
};

impl RefundBook for SqlPayments {
    async fn reserve_refund(
        &self,
        request: &RefundRequest,
        at: Timestamp,
    ) -> Result<Option<RefundEntry>, Unavailable> {
        retry_collisions(|| part_refunds::reserve(&self.database, request, at)).await
    }

    async fn book_refund(
        &self,
        order: OrderId,
        refund: &GatewayRefund,
        at: Timestamp,
        due_at: Option<Timestamp>,
    ) -> Result<Option<RefundEntry>, Unavailable> {
        retry_collisions(|| part_refunds::book(&self.database, order, refund, at, due_at)).await
    }

    async fn fail_refund(
        &self,
        order: OrderId,
        key: &RefundKey,
        reason: &str,
        at: Timestamp,
    ) -> Result<Option<RefundEntry>, Unavailable> {
        retry_collisions(|| part_refunds::fail(&self.database, order, key, reason, at)).await
    }

    async fn booked_refunds(
        &self,
        refunds: &[GatewayRefund],
    ) -> Result<Vec<RefundId>, Unavailable> {
        let mut reader = self.database.reader().await?;
        let mut booked = HashSet::new();
        for sql in [BOOKED_PARTS, BOOKED_RESTS] {
            let batch = Batch::of(refunds)
                .text("order_id", |refund| refund.order_id.map(|order| order.to_string()))
                .text("gateway_id", |refund| refund.id.0.clone());
            for row in reader.bulk(sql, batch).await? {
                booked.insert(RefundId(row.get("gateway_id")?));
            }
        }
        Ok(booked.into_iter().collect())
    }

    async fn due_refunds(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<RefundEntry>, Unavailable> {
        let mut reader = self.database.reader().await?;
        let args = [Arg::Number(rows::micros(now)), Arg::Number(limit.into())];
        let found = reader.run(DUE, &args).await?;
        let mut due = Vec::with_capacity(found.len());
        for row in &found {
            let refund = part_rows::decode(row)?;
            let id: String = row.get("order_id")?;
            let sql = format!("{VIEW} WHERE o.order_id = $1");
            let views = reader.run(&sql, &[Arg::Text(Some(&id))]).await?;
            let Some(view) = views.first().map(decode_view).transpose()? else { continue };
            let Some((order, payment)) = view.order.zip(view.payment) else { continue };
            due.push(RefundEntry { order, payment, refund });
        }
        Ok(due)
    }

    async fn record_published(&self, order: OrderId, key: &RefundKey) -> Result<(), Unavailable> {
        let sql = "UPDATE refunds SET due_us = NULL WHERE order_id = $1 AND refund_key = $2";
        let (order, key) = (order.to_string(), key.to_string());
        let args = [Arg::Text(Some(&order)), Arg::Text(Some(&key))];
        Ok(self.database.writer().await?.run(sql, &args).await.map(drop)?)
    }

    async fn record_dispute(&self, order: OrderId, dispute: &Dispute) -> Result<(), Unavailable> {
        let sql =
            "INSERT INTO disputes (dispute_id, order_id, amount_minor, currency, reason, at_us)
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (dispute_id) DO NOTHING";
        let order = order.to_string();
        let args = [
            Arg::Text(Some(&dispute.id.0)),
            Arg::Text(Some(&order)),
            Arg::Number(dispute.amount.minor),
            Arg::Text(Some(dispute.amount.currency.code())),
            Arg::Text(Some(&dispute.reason)),
            Arg::Number(rows::micros(dispute.at)),
        ];
        Ok(self.database.writer().await?.run(sql, &args).await.map(drop)?)
    }
}

const BOOKED_PARTS: &str = "SELECT f.gateway_id AS gateway_id FROM {rows}
    JOIN refunds f ON f.gateway_id = r.gateway_id";
const BOOKED_RESTS: &str = "SELECT r.gateway_id AS gateway_id FROM {rows}
    JOIN payments p ON p.order_id = r.order_id AND p.refund_id = r.gateway_id";
const DUE: &str = "SELECT * FROM refunds WHERE due_us <= $1 ORDER BY due_us LIMIT $2";

/// What became of an order's money after it was taken.
pub(crate) async fn read_money_back(
    connection: &mut crate::Connection,
    order: OrderId,
) -> Result<domain::ports::MoneyBack, Failure> {
    let sql = "SELECT * FROM disputes WHERE order_id = $1 ORDER BY at_us, dispute_id";
    let id = order.to_string();
    let found = connection.run(sql, &[Arg::Text(Some(&id))]).await?;
    let dispute = |row: &crate::Row| {
        let minor = row.get("amount_minor")?;
        Ok::<_, Failure>(Dispute {
            id: domain::payment::DisputeId(row.get("dispute_id")?),
            amount: domain::money::Money::new(minor, rows::column(row, "currency")?),
            reason: row.get("reason")?,
            at: rows::timestamp(row.get("at_us")?)?,
        })
    };
    let disputes = found.iter().map(dispute).collect::<Result<_, _>>()?;
    let refunds = read_refunds(connection, order).await?;
    Ok(domain::ports::MoneyBack { refunds, disputes })
}
