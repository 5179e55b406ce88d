//! The transactions service: charges, stock levels, and webhooks.

use std::sync::Arc;

use jiff::SignedDuration;
use kafka::KafkaPublisher;
use services::transactions::{
    self, LateOutcomes, LevelPublisher, OrderVerifier, PayPages, PaymentTerms, Payments, SERVICE,
    TransactionsHandler, Webhooks,
};
use sql::{SqlGatewayEvents, SqlPayments};
use stripe::{StripeEvents, StripeGateway};
use web::limit::Limit;

use super::{Assembly, Parts, clock};
use crate::fault::Fault;

type Late = LateOutcomes<SqlPayments, StripeGateway, SqlGatewayEvents, KafkaPublisher>;

impl Assembly {
    pub(super) fn add_transactions(&mut self, parts: &Parts) -> Result<(), Fault> {
        let gateway = parts.gateway.clone().ok_or_else(|| {
            Fault::usage("transactions needs STRIPE_SECRET_KEY, or PAYMENT_GATEWAY_URL with it")
        })?;
        if parts.card_field.is_none() {
            tracing::warn!(
                "banks that need the gateway's script cannot ask: STRIPE_PUBLISHABLE_KEY is not set"
            );
        }
        let book = SqlPayments::new(&parts.database);
        let terms = PaymentTerms {
            public_url: parts.public_url.clone(),
            authentication_limit: SignedDuration::from_secs(
                parts.settings.authentication_limit_s.into(),
            ),
        };
        let payments = Arc::new(Payments::new(book.clone(), gateway, clock(), terms));
        let late = Arc::new(LateOutcomes {
            payments: payments.clone(),
            store: SqlGatewayEvents::new(parts.database.clone()),
            publisher: parts.publisher.clone(),
        });
        self.add_pages_of_payment(parts, &late);
        let listing = late.clone();
        self.workers.spawn(async move { listing.follow_refunds().await });
        self.workers.spawn(async move { late.run().await });
        let levels = LevelPublisher::new(book.clone(), parts.publisher.clone());
        self.workers.spawn(async move { levels.run().await });
        let (menus, secret) = (self.catalog(&SERVICE)?, parts.access.secret().clone());
        let seals =
            OrderVerifier { secret, menus: menus.clone(), menus_read: self.menus_read.clone() };
        let transactions = TransactionsHandler::new(payments);
        self.workers.add_handler(transactions.with_menus(menus).with_verifier(seals))
    }

    /// The webhook, and the way to the bank and back.
    fn add_pages_of_payment(&mut self, parts: &Parts, late: &Arc<Late>) {
        let secrets = parts.settings.webhook_secrets();
        if !secrets.is_empty() {
            self.merge(transactions::routes(Arc::new(Webhooks {
                events: StripeEvents::new(secrets),
                late: late.clone(),
            })));
        }
        let limit = Limit::per_minute(parts.settings.orders_per_minute);
        let tidy = limit.clone();
        self.workers.call_every_minute(move || tidy.forget_old());
        self.merge(transactions::pay_routes(Arc::new(PayPages {
            late: late.clone(),
            card_field: parts.card_field.clone(),
            access: parts.access.clone(),
            limit,
        })));
    }
}
