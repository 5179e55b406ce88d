//! The back office: the change log, and its pages.

use std::sync::Arc;

use services::{
    accounts::Accounts,
    backoffice::{
        self, Backoffice, BackofficeHandler, SERVICE,
        days::{Days, day_routes},
    },
};
use sql::{SqlBooks, SqlChanges, SqlOrders};
use web::Passwords;

use super::{Assembly, Parts, clock};
use crate::fault::Fault;

impl Assembly {
    pub(super) fn add_backoffice(
        &mut self,
        parts: &Parts,
        passwords: &Passwords,
    ) -> Result<(), Fault> {
        let changes = SqlChanges::new(parts.database.clone());
        self.workers.add_handler(BackofficeHandler(changes.clone()))?;
        self.merge(backoffice::routes(Arc::new(Backoffice {
            publisher: parts.publisher.clone(),
            catalog: self.catalog(&SERVICE)?,
            changes,
            orders: SqlOrders::new(parts.database.clone()),
            accounts: Accounts::new(parts.access.sessions().clone(), passwords.clone()),
            access: parts.access.clone(),
            clock: clock(),
            mailbox: parts.has_mailbox,
        })));
        self.merge(day_routes(Arc::new(Days {
            ledger: SqlBooks::new(parts.database.clone()),
            catalog: self.catalog(&SERVICE)?,
            access: parts.access.clone(),
            clock: clock(),
            mailbox: parts.has_mailbox,
        })));
        Ok(())
    }
}
