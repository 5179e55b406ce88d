//! The mail service: its group, and a check of the order book every few seconds.

use std::{sync::Arc, time::Duration};

use kafka::{CatchUpMonitor, KafkaConfig};
use services::{
    email::{CheckingMailer, EmailHandler, MailCounters},
    orders::OrdersHandler,
};
use smtp::SmtpMailer;
use sql::{SqlMails, SqlOrders, SqlWatch};

use super::{Assembly, Parts, clock};
use crate::{fault::Fault, groups::Group};

/// Interval for checking for orders without an outcome.
const CHECK_INTERVAL: Duration = Duration::from_secs(5);

impl Assembly {
    pub(super) fn add_email(&mut self, parts: &Parts) -> Result<(), Fault> {
        let mailer = parts.mailer.clone().ok_or_else(|| Fault::usage("email needs SMTP_URL"))?;
        let email = EmailHandler {
            mailer,
            ledger: SqlMails::new(&parts.database),
            watch: SqlWatch::new(&parts.database),
            clock: clock(),
            secret: parts.access.secret().clone(),
            public_url: parts.public_url.clone(),
            counters: Arc::new(MailCounters::of_process()),
        };
        let checking =
            Arc::new(CheckingMailer { email: email.clone(), log: mails_caught_up(&parts.kafka)? });
        self.workers.spawn_repeated(CHECK_INTERVAL, move || {
            let checking = checking.clone();
            async move {
                if let Err(unavailable) = checking.send_due().await {
                    tracing::warn!(error = %unavailable, "undecided orders are checked later");
                }
            }
        });
        self.workers.add_handler(email)
    }
}

/// Whether mails and order book have caught up with the log as of the start of this process.
fn mails_caught_up(kafka: &KafkaConfig) -> Result<CatchUpMonitor, Fault> {
    let mails = Group::of::<EmailHandler<SmtpMailer, SqlMails, SqlWatch>>().backlog(kafka)?;
    let book = Group::of::<OrdersHandler<SqlOrders>>().backlog(kafka)?;
    Ok(CatchUpMonitor::new(vec![mails, book]))
}
