//! Where adapters meet services: the only place that knows both.

mod mail;
mod memory;

use std::{sync::Arc, time::Duration};

use axum::Router;
use clock::SystemClock;
use domain::ports::Clock;
use domain::ports::SharedClock;
use events::Topic;
use kafka::{CaughtUp, KafkaConfig, KafkaPublisher, Start};
use services::{
    accounts::Accounts,
    analytics::{self, Counting, Figures, Pulse},
    backoffice::{self, Backoffice, Noting},
    catalog::Catalog,
    live::LiveOrders,
    orders::{self, Book, Orders, Timers},
    storefront::{self, Recipients, Storefront},
    transactions::{self, Levels, Seals, Transactions, Webhooks},
};
use smtp::SmtpMailer;
use sql::{Database, SqlChanges, SqlFacts, SqlGatewayEvents, SqlOrders, SqlPayments};
use stripe::{StripeEvents, StripeGateway};
use tokio::sync::watch;
use web::{Access, Passwords, limit::Limit, sign_in::Door, streams::Streams};

use crate::{
    config::Settings, fault::Fault, groups::Group, health::Health, service::Service,
    starting::from_the_start, workers::Workers,
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
    let health = Health::default();
    health.database(&parts.database);
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
    }
    let health = assembly.health.clone();
    let routes = from_the_start(health.clone(), assembly.routes);
    assembly.routes = health.routes().merge(door.routes()).merge(routes);
    Ok(assembly)
}

/// Signing in and out, at every process.
fn door(parts: &Parts, passwords: &Passwords, workers: &mut Workers) -> Door {
    let door = Door::new(parts.access.clone(), passwords.clone());
    let tidy = door.clone();
    workers.every(TIDY_EVERY, move || {
        let door = tidy.clone();
        async move {
            if let Err(unavailable) = door.tidy().await {
                tracing::warn!(error = %unavailable, "old sessions are forgotten later");
            }
        }
    });
    door
}

fn clock() -> SharedClock {
    Arc::new(SystemClock)
}

/// A follower's start so long ago.
fn ago(seconds: u64) -> Start {
    Start::At(SystemClock.now() - Duration::from_secs(seconds))
}

impl Assembly {
    /// Menus with their stock, and live steps, are followed once for all services of a process that
    /// show or need them.
    fn follow(&mut self, which: &[Service]) {
        let shows = [Service::Storefront, Service::Orders, Service::Analytics];
        let knows = [&shows[..], &[Service::Backoffice, Service::Transactions]].concat();
        if which.iter().any(|service| knows.contains(service)) {
            let topics = [Topic::Menu, Topic::StockLevels];
            let topics = topics.map(|topic| (topic, Start::Beginning)).to_vec();
            self.menus_read = self.workers.follow("menus", self.catalog.clone(), topics);
        }
        if which.iter().any(|service| shows.contains(service)) {
            let told = Topic::ORDERS.iter().chain(&[Topic::OrderRefunded]);
            let steps = told.map(|topic| (*topic, ago(60))).collect();
            self.workers.follow("live orders", self.live.clone(), steps);
            let live = self.live.clone();
            self.workers.every_minute(move || live.forget_old());
        }
    }

    fn merge(&mut self, routes: Router) {
        self.routes = std::mem::take(&mut self.routes).merge(routes);
    }

    fn storefront(&mut self, parts: &Parts) -> Result<(), Fault> {
        let recent = self.recent(&parts.kafka)?;
        let limit = Limit::per_minute(parts.settings.orders_per_minute);
        let tidy = limit.clone();
        self.workers.every_minute(move || tidy.forget_old());
        self.merge(storefront::routes(Arc::new(Storefront {
            book: SqlOrders::new(parts.database.clone()),
            publisher: parts.publisher.clone(),
            catalog: self.catalog.clone(),
            recent,
            live: self.live.clone(),
            access: parts.access.clone(),
            clock: clock(),
            limit,
            recipients: Recipients::per_hour(parts.settings.orders_per_recipient()),
            streams: Streams::at_most(parts.settings.streams_per_address, parts.streams),
            test_gateway: parts.test_gateway,
            mailbox: parts.mailbox,
        })));
        Ok(())
    }

    fn orders(&mut self, parts: &Parts) -> Result<(), Fault> {
        let book = SqlOrders::new(parts.database.clone());
        self.workers.work(Book { book, clock: clock() })?;
        let timers = Timers {
            book: SqlOrders::new(parts.database.clone()),
            log: CaughtUp::new(vec![Group::of::<Book<SqlOrders>>().backlog(&parts.kafka)?]),
            publisher: parts.publisher.clone(),
            clock: clock(),
            after: parts.settings.timers_after(),
        };
        self.workers.beside(async move { timers.run().await });
        let cancels = Limit::per_minute(parts.settings.orders_per_minute);
        let tidy = cancels.clone();
        self.workers.every_minute(move || tidy.forget_old());
        self.merge(orders::routes(Arc::new(Orders {
            book: SqlOrders::new(parts.database.clone()),
            publisher: parts.publisher.clone(),
            catalog: self.catalog.clone(),
            live: self.live.clone(),
            access: parts.access.clone(),
            cancels,
            clock: clock(),
            mailbox: parts.mailbox,
        })));
        Ok(())
    }

    fn transactions(&mut self, parts: &Parts) -> Result<(), Fault> {
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
        let levels = Levels::new(book.clone(), parts.publisher.clone());
        self.workers.beside(async move { levels.run().await });
        let (menus, secret) = (self.catalog.clone(), parts.access.secret().clone());
        let seals = Seals { secret, menus: menus.clone(), menus_read: self.menus_read.clone() };
        let transactions = Transactions::new(book, gateway, clock());
        self.workers.work(transactions.with_menus(menus).with_seals(seals))
    }

    fn analytics(&mut self, parts: &Parts) -> Result<(), Fault> {
        let facts = SqlFacts::new(parts.database.clone());
        let secret = parts.access.secret().clone();
        self.workers.work(Counting { facts: facts.clone(), secret })?;
        let lag = Group::of::<Counting<SqlFacts>>().lag(&parts.kafka);
        let pulse = Arc::new(Pulse::default());
        let (beat, asked) = (pulse.clone(), facts.clone());
        self.workers.beside(async move { beat.run(asked).await });
        self.merge(analytics::routes(Arc::new(Figures {
            facts,
            lag: lag?,
            catalog: self.catalog.clone(),
            pulse,
            access: parts.access.clone(),
            clock: clock(),
            mailbox: parts.mailbox,
        })));
        Ok(())
    }

    fn backoffice(&mut self, parts: &Parts, passwords: &Passwords) -> Result<(), Fault> {
        let changes = SqlChanges::new(parts.database.clone());
        self.workers.work(Noting(changes.clone()))?;
        self.merge(backoffice::routes(Arc::new(Backoffice {
            publisher: parts.publisher.clone(),
            catalog: self.catalog.clone(),
            changes,
            orders: SqlOrders::new(parts.database.clone()),
            accounts: Accounts::new(parts.access.sessions().clone(), passwords.clone()),
            access: parts.access.clone(),
            clock: clock(),
            mailbox: parts.mailbox,
        })));
        Ok(())
    }
}
