//! The transactions service: charges, stock levels, and webhooks.

use std::sync::Arc;

use services::transactions::{
    self, LevelPublisher, OrderVerifier, SERVICE, TransactionsHandler, Webhooks,
};
use sql::{SqlGatewayEvents, SqlPayments};
use stripe::StripeEvents;

use super::{Assembly, Parts, clock};
use crate::fault::Fault;

impl Assembly {
    pub(super) fn add_transactions(&mut self, parts: &Parts) -> Result<(), Fault> {
        let gateway = parts.gateway.clone().ok_or_else(|| {
            Fault::usage("transactions needs STRIPE_SECRET_KEY, or PAYMENT_GATEWAY_URL with it")
        })?;
        let book = SqlPayments::new(&parts.database);
        let secrets = parts.settings.webhook_secrets();
        if !secrets.is_empty() {
            self.merge(transactions::routes(Arc::new(Webhooks {
                events: StripeEvents::new(secrets),
                book: book.clone(),
                log: SqlGatewayEvents::new(parts.database.clone()),
                publisher: parts.publisher.clone(),
                clock: clock(),
            })));
        }
        let levels = LevelPublisher::new(book.clone(), parts.publisher.clone());
        self.workers.spawn(async move { levels.run().await });
        let (menus, secret) = (self.catalog(&SERVICE)?, parts.access.secret().clone());
        let seals =
            OrderVerifier { secret, menus: menus.clone(), menus_read: self.menus_read.clone() };
        let transactions = TransactionsHandler::new(book, gateway, clock());
        self.workers.add_handler(transactions.with_menus(menus).with_verifier(seals))
    }
}
