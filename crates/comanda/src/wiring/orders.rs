//! The orders service: the book, its timers, and the kitchen.

use std::sync::Arc;

use kafka::CatchUpMonitor;
use services::orders::{self, Orders, OrdersHandler, SERVICE, Timers};
use sql::SqlOrders;
use web::limit::Limit;

use super::{Assembly, Parts, clock};
use crate::{fault::Fault, groups::Group};

impl Assembly {
    pub(super) fn add_orders(&mut self, parts: &Parts) -> Result<(), Fault> {
        let book = SqlOrders::new(parts.database.clone());
        self.workers.add_handler(OrdersHandler { book, clock: clock() })?;
        let timers = Timers {
            book: SqlOrders::new(parts.database.clone()),
            log: CatchUpMonitor::new(vec![
                Group::of::<OrdersHandler<SqlOrders>>().backlog(&parts.kafka)?,
            ]),
            publisher: parts.publisher.clone(),
            clock: clock(),
            after: parts.settings.timers_after(),
        };
        self.workers.spawn(async move { timers.run().await });
        let cancels = Limit::per_minute(parts.settings.orders_per_minute);
        let tidy = cancels.clone();
        self.workers.call_every_minute(move || tidy.forget_old());
        self.merge(orders::routes(Arc::new(Orders {
            book: SqlOrders::new(parts.database.clone()),
            publisher: parts.publisher.clone(),
            catalog: self.catalog(&SERVICE)?,
            live: self.live(&SERVICE)?,
            access: parts.access.clone(),
            cancels,
            clock: clock(),
            mailbox: parts.has_mailbox,
        })));
        Ok(())
    }
}
