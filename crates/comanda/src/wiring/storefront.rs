//! The storefront.

use std::sync::Arc;

use services::storefront::{self, OUTCOME_TIMEOUT, RecipientLimit, SERVICE, Storefront};
use sql::SqlOrders;
use web::{limit::Limit, streams::Streams};

use super::{Assembly, Parts, clock};
use crate::fault::Fault;

impl Assembly {
    pub(super) fn add_storefront(&mut self, parts: &Parts) -> Result<(), Fault> {
        if parts.card_field.is_none() {
            tracing::warn!("the checkout takes no cards: STRIPE_PUBLISHABLE_KEY is not set");
        }
        let recent = self.follow_recent(&parts.kafka)?;
        let limit = Limit::per_minute(parts.settings.orders_per_minute);
        let tidy = limit.clone();
        self.workers.call_every_minute(move || tidy.forget_old());
        self.merge(storefront::routes(Arc::new(Storefront {
            book: SqlOrders::new(parts.database.clone()),
            publisher: parts.publisher.clone(),
            catalog: self.catalog(&SERVICE)?,
            recent,
            live: self.live(&SERVICE)?,
            access: parts.access.clone(),
            clock: clock(),
            limit,
            recipients: RecipientLimit::per_hour(parts.settings.orders_per_recipient()),
            streams: Streams::at_most(parts.settings.streams_per_address, parts.streams),
            card_field: parts.card_field.clone(),
            outcome_timeout: OUTCOME_TIMEOUT,
            test_gateway: parts.has_test_gateway,
            mailbox: parts.has_mailbox,
        })));
        Ok(())
    }
}
