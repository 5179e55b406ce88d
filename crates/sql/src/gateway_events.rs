//! The events of the payment gateway that were handled.

use domain::{
    ids::OrderId,
    order::Order,
    payment::Payment,
    ports::{GatewayEventLog, Unavailable},
};
use jiff::Timestamp;

use super::{Arg, Database, orders::read_orders};

/// The handled gateway events in the database, and the payments that they, or time, may change.
#[derive(Clone, Debug)]
pub struct SqlGatewayEvents(Database);

impl SqlGatewayEvents {
    /// The handled events in `database`.
    pub fn new(database: Database) -> Self {
        Self(database)
    }

    pub(super) fn database(&self) -> &Database {
        &self.0
    }
}

impl GatewayEventLog for SqlGatewayEvents {
    async fn payment(
        &self,
        order: OrderId,
    ) -> Result<Option<(Payment, Option<Order>)>, Unavailable> {
        let view = read_orders(self.0.clone(), vec![order]).await?.pop().flatten();
        Ok(view.and_then(|view| Some((view.payment?, view.order))))
    }

    async fn is_handled(&self, event: &str) -> Result<bool, Unavailable> {
        let sql = "SELECT event_id FROM gateway_events WHERE event_id = $1";
        let found = self.0.reader().await?.run(sql, &[Arg::Text(Some(event))]).await?;
        Ok(!found.is_empty())
    }

    async fn record_handled(&self, event: &str, at: Timestamp) -> Result<(), Unavailable> {
        let sql = "INSERT INTO gateway_events (event_id, at_us) VALUES ($1, $2)
            ON CONFLICT (event_id) DO NOTHING";
        let args = [Arg::Text(Some(event)), Arg::Number(super::rows::micros(at))];
        Ok(self.0.writer().await?.run(sql, &args).await.map(drop)?)
    }
}
