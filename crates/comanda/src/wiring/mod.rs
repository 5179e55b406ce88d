//! Connects adapters and services; the only module that knows both.

mod analytics;
mod backoffice;
mod email;
mod memory;
mod orders;
mod storefront;
mod transactions;

use std::{sync::Arc, time::Duration};

use axum::Router;
use clock::SystemClock;
use domain::ports::SharedClock;
use kafka::{KafkaConfig, KafkaPublisher};
use services::{
    card_field::CardField,
    catalog::{Catalog, MENUS},
    declaration::{Declaration, Follows},
    live::{LiveOrders, STEPS},
};
use smtp::SmtpMailer;
use sql::Database;
use stripe::StripeGateway;
use telemetry::metrics;
use tokio::sync::watch;
use web::{Access, Passwords, sign_in::SignIn};

use crate::{
    config::Settings, fault::Fault, health::Health, register::Service, starting::hold_until_ready,
    workers::Workers,
};

/// Interval for removing expired sessions.
const TIDY_INTERVAL: Duration = Duration::from_mins(10);

/// The parts that services are made of.
pub(crate) struct Parts {
    pub(crate) settings: Settings,
    pub(crate) kafka: KafkaConfig,
    pub(crate) publisher: KafkaPublisher,
    pub(crate) database: Database,
    /// The gateway, if this process charges.
    pub(crate) gateway: Option<StripeGateway>,
    /// The mail server, if this process sends mails.
    pub(crate) mailer: Option<SmtpMailer>,
    pub(crate) access: Access,
    pub(crate) public_url: String,
    /// Maximum number of customers' event streams.
    pub(crate) streams: usize,
    /// The fields of a card on pages; `None` without a publishable key.
    pub(crate) card_field: Option<CardField>,
    /// True where only test cards are accepted.
    pub(crate) has_test_gateway: bool,
    pub(crate) has_mailbox: bool,
}

/// A process with its services, ready to serve.
pub(crate) struct Assembly {
    pub(crate) routes: Router,
    pub(crate) workers: Workers,
    pub(crate) health: Health,
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) live: Arc<LiveOrders>,
    /// True once the catalog has all menus of the start.
    menus_read: watch::Receiver<bool>,
}

/// Assembles services into a process.
pub(crate) fn assemble(parts: &Parts, which: &[Service]) -> Result<Assembly, Fault> {
    let write_version = parts.settings.write_version.to_string();
    metrics::BUILD_INFO.with([env!("CARGO_PKG_VERSION"), &write_version]).set_count(1);
    let health = Health::default();
    health.set_database(&parts.database);
    let mut workers = Workers::new(parts.kafka.clone(), parts.publisher.clone(), health.clone())?;
    let passwords = Passwords::new().map_err(Fault::system)?;
    let sign_in = sign_in(parts, &passwords, &mut workers);
    let mut assembly = Assembly {
        routes: Router::new(),
        workers,
        health,
        catalog: Arc::default(),
        live: Arc::default(),
        menus_read: watch::channel(false).1,
    };
    assembly.follow(which);
    for service in which {
        match service {
            Service::Storefront => assembly.add_storefront(parts)?,
            Service::Orders => assembly.add_orders(parts)?,
            Service::Transactions => assembly.add_transactions(parts)?,
            Service::Email => assembly.add_email(parts)?,
            Service::Analytics => assembly.add_analytics(parts)?,
            Service::Backoffice => assembly.add_backoffice(parts, &passwords)?,
        }
        assembly.check_followers(service.declaration())?;
    }
    let health = assembly.health.clone();
    let routes = hold_until_ready(health.clone(), assembly.routes);
    assembly.routes = health.routes().merge(sign_in.routes()).merge(routes);
    Ok(assembly)
}

/// The sign-in pages, which every process has.
fn sign_in(parts: &Parts, passwords: &Passwords, workers: &mut Workers) -> SignIn {
    let sign_in = SignIn::new(parts.access.clone(), passwords.clone());
    let tidy = sign_in.clone();
    workers.spawn_repeated(TIDY_INTERVAL, move || {
        let sign_in = tidy.clone();
        async move {
            if let Err(unavailable) = sign_in.remove_expired().await {
                tracing::warn!(error = %unavailable, "expired sessions are removed later");
            }
        }
    });
    sign_in
}

fn clock() -> SharedClock {
    Arc::new(SystemClock)
}

impl Assembly {
    /// Follows menus with their stock, and live steps, once for all services that declare it.
    fn follow(&mut self, which: &[Service]) {
        let declares = |follows: &Follows| {
            which.iter().any(|service| service.declaration().does_follow(follows))
        };
        if declares(&MENUS) {
            self.menus_read = self.workers.follow(&MENUS, self.catalog.clone());
        }
        if declares(&STEPS) {
            self.workers.follow(&STEPS, self.live.clone());
            let live = self.live.clone();
            self.workers.call_every_minute(move || live.forget_old());
        }
    }

    /// Restaurants and menus, for a service that declares that it follows them.
    fn catalog(&self, service: &Declaration) -> Result<Arc<Catalog>, Fault> {
        check_declared(service, &MENUS, "catalog::MENUS").map(|()| self.catalog.clone())
    }

    /// Steps of recent orders, for a service that declares that it follows them.
    fn live(&self, service: &Declaration) -> Result<Arc<LiveOrders>, Fault> {
        check_declared(service, &STEPS, "live::STEPS").map(|()| self.live.clone())
    }

    /// Refuses a service that declares a follower which its wiring lacks.
    fn check_followers(&self, service: &Declaration) -> Result<(), Fault> {
        let followed = self.workers.followed();
        let lacks = service.follows.iter().find(|follows| !followed.contains(&follows.name));
        lacks.map_or(Ok(()), |follows| {
            let (name, lacks) = (service.name, follows.name);
            Err(Fault::system(format!(
                "{name} declares that it follows {lacks:?}, and its wiring does not: \
                 `self.workers.follow(…)` in wiring/{name}.rs"
            )))
        })
    }

    fn merge(&mut self, routes: Router) {
        self.routes = std::mem::take(&mut self.routes).merge(routes);
    }
}

fn check_declared(service: &Declaration, follows: &Follows, spelt: &str) -> Result<(), Fault> {
    match service.does_follow(follows) {
        true => Ok(()),
        false => Err(Fault::system(format!(
            "the wiring of {} uses what its declaration does not name: add {spelt} to `follows` in \
             its SERVICE",
            service.name
        ))),
    }
}
