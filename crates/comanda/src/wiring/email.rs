//! The mail service: a group of its own, and a look into the order book every few seconds.

use std::{sync::Arc, time::Duration};

use kafka::{CaughtUp, KafkaConfig};
use services::{
    email::{CheckingMailer, EmailHandler, MailCounters},
    orders::OrdersHandler,
};
use smtp::SmtpMailer;
use sql::{SqlMails, SqlOrders, SqlWatch};

use super::{Assembly, Parts, clock};
use crate::{fault::Fault, groups::Group};

/// How often orders without an outcome are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(5);

impl Assembly {
    pub(super) fn email(&mut self, parts: &Parts) -> Result<(), Fault> {
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
            Arc::new(CheckingMailer { email: email.clone(), log: up_to_date(&parts.kafka)? });
        self.workers.every(LOOK_EVERY, move || {
            let checking = checking.clone();
            async move {
                if let Err(unavailable) = checking.send_due().await {
                    tracing::warn!(error = %unavailable, "looking for undecided orders waits");
                }
            }
        });
        self.workers.work(email)
    }
}

/// Whether mails and order book have come to what was in the log when this process began.
fn up_to_date(kafka: &KafkaConfig) -> Result<CaughtUp, Fault> {
    let mails = Group::of::<EmailHandler<SmtpMailer, SqlMails, SqlWatch>>().backlog(kafka)?;
    let book = Group::of::<OrdersHandler<SqlOrders>>().backlog(kafka)?;
    Ok(CaughtUp::new(vec![mails, book]))
}
