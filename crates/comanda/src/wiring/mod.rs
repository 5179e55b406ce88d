//! Where adapters meet services: the only place that knows both.

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
    config::Settings, fault::Fault, health::Health, register::Service, starting::from_the_start,
    workers::Workers,
};

/// How often old sessions are forgotten.
const TIDY_EVERY: Duration = Duration::from_mins(10);

/// What services are made of.
pub(crate) struct Parts {
    pub(crate) settings: Settings,
    pub(crate) kafka: KafkaConfig,
    pub(crate) publisher: KafkaPublisher,
    pub(crate) database: Database,
    /// The gateway, where this process charges.
    pub(crate) gateway: Option<StripeGateway>,
    /// The mail server, where this process mails.
    pub(crate) mailer: Option<SmtpMailer>,
    pub(crate) access: Access,
    pub(crate) public_url: String,
    /// Event streams of customers that there may be together.
    pub(crate) streams: usize,
    pub(crate) test_gateway: bool,
    pub(crate) mailbox: bool,
}

/// A process with its services, ready to serve.
pub(crate) struct Assembly {
    pub(crate) routes: Router,
    pub(crate) workers: Workers,
    pub(crate) health: Health,
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) live: Arc<LiveOrders>,
    /// True once the catalog has all menus that there were at the start.
    menus_read: watch::Receiver<bool>,
}

/// Puts services together.
pub(crate) fn assemble(parts: &Parts, which: &[Service]) -> Result<Assembly, Fault> {
    let write_version = parts.settings.write_version.to_string();
    metrics::BUILD_INFO.with([env!("CARGO_PKG_VERSION"), &write_version]).count(1);
    let health = Health::default();
    health.set_database(&parts.database);
    let mut workers = Workers::new(parts.kafka.clone(), parts.publisher.clone(), health.clone())?;
    let passwords = Passwords::new().map_err(|e| Fault::system(e.to_string()))?;
    let door = door(parts, &passwords, &mut workers);
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
            Service::Storefront => assembly.storefront(parts)?,
            Service::Orders => assembly.orders(parts)?,
            Service::Transactions => assembly.transactions(parts)?,
            Service::Email => assembly.email(parts)?,
            Service::Analytics => assembly.analytics(parts)?,
            Service::Backoffice => assembly.backoffice(parts, &passwords)?,
        }
        assembly.check_followers(service.declaration())?;
    }
    let health = assembly.health.clone();
    let routes = from_the_start(health.clone(), assembly.routes);
    assembly.routes = health.routes().merge(door.routes()).merge(routes);
    Ok(assembly)
}

/// Signing in and out, at every process.
fn door(parts: &Parts, passwords: &Passwords, workers: &mut Workers) -> SignIn {
    let door = SignIn::new(parts.access.clone(), passwords.clone());
    let tidy = door.clone();
    workers.every(TIDY_EVERY, move || {
        let door = tidy.clone();
        async move {
            if let Err(unavailable) = door.remove_expired().await {
                tracing::warn!(error = %unavailable, "old sessions are forgotten later");
            }
        }
    });
    door
}

fn clock() -> SharedClock {
    Arc::new(SystemClock)
}

impl Assembly {
    /// Menus with their stock, and live steps, are followed once for all services of a process that
    /// declare it.
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
            self.workers.every_minute(move || live.forget_old());
        }
    }

    /// Restaurants and menus, for a service that declares to follow them.
    fn catalog(&self, service: &Declaration) -> Result<Arc<Catalog>, Fault> {
        declared(service, &MENUS, "catalog::MENUS").map(|()| self.catalog.clone())
    }

    /// Steps of recent orders, for a service that declares to follow them.
    fn live(&self, service: &Declaration) -> Result<Arc<LiveOrders>, Fault> {
        declared(service, &STEPS, "live::STEPS").map(|()| self.live.clone())
    }

    /// Refuses a service that declares to follow what its wiring does not.
    fn check_followers(&self, service: &Declaration) -> Result<(), Fault> {
        let followed = self.workers.followed();
        let lacks = service.follows.iter().find(|follows| !followed.contains(&follows.name));
        lacks.map_or(Ok(()), |follows| {
            let (name, lacks) = (service.name, follows.name);
            Err(Fault::system(format!(
                "{name} declares to follow {lacks:?}, and its wiring does not: \
                 `self.workers.follow(…)` in wiring/{name}.rs"
            )))
        })
    }

    fn merge(&mut self, routes: Router) {
        self.routes = std::mem::take(&mut self.routes).merge(routes);
    }
}

fn declared(service: &Declaration, follows: &Follows, spelt: &str) -> Result<(), Fault> {
    match service.does_follow(follows) {
        true => Ok(()),
        false => Err(Fault::system(format!(
            "the wiring of {} takes what its declaration does not name: add {spelt} to `follows` in \
             its SERVICE",
            service.name
        ))),
    }
}
