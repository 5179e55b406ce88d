//! Everything outside the services, in memory: a log, tables, a payment gateway, a mail server and
//! a clock. Every effect goes through [`faults::Faults`], so a test can stop any of them.

#![allow(dead_code, unreachable_pub, reason = "each test file uses some of it")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop at once")]

pub mod book;
pub mod books;
pub mod changes;
pub mod clock;
pub mod due;
pub mod faults;
pub mod gateway;
pub mod log;
pub mod mail;
pub mod refunds;
pub mod run;
pub mod staff;
pub mod state;
pub mod stock;
pub mod tables;
pub mod watch;

use std::sync::Arc;

use domain::ports::SharedClock;
use jiff::SignedDuration;
use services::transactions::{LateOutcomes, PaymentTerms, Payments};
use web::secret::Secret;

pub use faults::{Fault, Faults, How, When};
pub use gateway::Gateway;
pub use log::Log;
pub use mail::Mailer;
pub use staff::Staff;
pub use state::State;
pub use tables::Tables;

/// The time for an authentication.
pub const AUTHENTICATION_LIMIT: SignedDuration = SignedDuration::from_mins(10);

/// Everything outside the services. Clones share it.
#[derive(Clone)]
pub struct World {
    pub faults: Faults,
    pub tables: Tables,
    pub staff: Staff,
    pub changes: changes::Changes,
    pub gateway: Gateway,
    pub mailer: Mailer,
    pub log: Log,
    pub clock: SharedClock,
}

impl World {
    pub fn new() -> Self {
        let faults = Faults::default();
        Self {
            tables: Tables::new(faults.clone()),
            staff: Staff::new(faults.clone()),
            changes: changes::Changes::new(faults.clone()),
            gateway: Gateway::new(faults.clone()),
            mailer: Mailer::new(faults.clone()),
            log: Log::new(faults.clone()),
            clock: Arc::new(clock::Ticking::default()),
            faults,
        }
    }

    /// Payments through the gateway and the tables.
    pub fn payments(&self) -> Arc<Payments<Tables, Gateway>> {
        let terms = PaymentTerms {
            public_url: "http://shop.example".into(),
            authentication_limit: AUTHENTICATION_LIMIT,
        };
        let (book, gateway) = (self.tables.clone(), self.gateway.clone());
        Arc::new(Payments::new(book, gateway, self.clock.clone(), terms))
    }

    /// What settles payments outside of the group.
    pub fn late(&self) -> Arc<LateOutcomes<Tables, Gateway, Tables, Log>> {
        let (store, publisher) = (self.tables.clone(), self.log.clone());
        Arc::new(LateOutcomes { payments: self.payments(), store, publisher })
    }

    /// The state after a run, without what may differ between two runs.
    pub fn state(&self) -> State {
        State::of(self)
    }
}

pub fn secret() -> Secret {
    Secret::new(*b"a secret of tests").unwrap()
}

/// Locks; a poisoned lock is a test that failed elsewhere.
pub fn lock<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap()
}
