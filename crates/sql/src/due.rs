//! The payments that a timer must look at.

use domain::{
    ids::OrderId,
    order::Order,
    payment::Payment,
    ports::{DuePayments, Unavailable},
};
use jiff::Timestamp;

use super::{Arg, Failure, SqlGatewayEvents, failure::retry_collisions, orders::read_orders, rows};

impl DuePayments for SqlGatewayEvents {
    async fn due_payments(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<(Payment, Order)>, Unavailable> {
        let sql = "SELECT order_id FROM payments WHERE due_us <= $1 ORDER BY due_us LIMIT $2";
        let args = [Arg::Number(rows::micros(now)), Arg::Number(limit.into())];
        let found = self.database().reader().await?.run(sql, &args).await?;
        let ids: Result<Vec<OrderId>, Failure> =
            found.iter().map(|row| rows::column(row, "order_id")).collect();
        let ids = ids?;
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let views = read_orders(self.database().clone(), ids).await?;
        let due = views.into_iter().flatten().filter_map(|view| view.payment.zip(view.order));
        Ok(due.collect())
    }

    async fn reschedule(&self, seen: &Payment, next: Option<Timestamp>) -> Result<(), Unavailable> {
        let Some(due_at) = seen.due_at else { return Ok(()) };
        let sql = "UPDATE payments SET due_us = CASE WHEN state = 'action_required'
              THEN COALESCE($3, due_us) ELSE $3 END
            WHERE order_id = $1 AND due_us = $2";
        let id = seen.order_id.to_string();
        let args = [
            Arg::Text(Some(&id)),
            Arg::Number(rows::micros(due_at)),
            Arg::Maybe(next.map(rows::micros)),
        ];
        let set = || async { self.database().writer().await?.run(sql, &args).await.map(drop) };
        retry_collisions(set).await
    }
}
