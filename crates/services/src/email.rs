//! order_confirmed · order_declined → mail
//!
//! A mail is sent, then recorded as sent. SMTP has no idempotency key, so a crash between the two
//! sends that one mail again, with the same Message-ID.

pub mod letters;

use domain::ports::{MailError, Mailer, SendLedger, Unavailable};
use events::{Handler, Outcome, Pace, Record, Topic, order_confirmed, order_declined};

use self::letters::Occasion;
use crate::{SharedClock, secret::Secret};

/// Mails customers.
pub struct Email<M, L> {
    /// The way out.
    pub mailer: M,
    /// What was sent.
    pub ledger: L,
    /// The time.
    pub clock: SharedClock,
    /// For the links to orders.
    pub secret: Secret,
    /// Where customers reach us: `https://order.example.com`, without a slash at the end.
    pub public_url: String,
}

impl<M: Mailer, L: SendLedger> Handler for Email<M, L> {
    const GROUP: &'static str = "email";
    const TOPICS: &'static [Topic] = &[Topic::OrderConfirmed, Topic::OrderDeclined];
    const PRODUCES: &'static [Topic] = &[];
    const PACE: Pace = Pace::concurrent(16);

    async fn handle(&self, records: &[Record]) -> Result<Vec<Outcome>, Unavailable> {
        let mut outcomes = Vec::with_capacity(records.len());
        for record in records {
            outcomes.push(self.mail(record).await?);
        }
        Ok(outcomes)
    }
}

impl<M: Mailer, L: SendLedger> Email<M, L> {
    async fn mail(&self, record: &Record) -> Result<Outcome, Unavailable> {
        let read = match record.topic {
            Topic::OrderDeclined => order_declined::read(record)
                .map(|(order, reason, _)| (Occasion::Declined { reason }, order)),
            _ => order_confirmed::read(record)
                .map(|(order, payment_id, at)| (Occasion::Confirmed { at, payment_id }, order)),
        };
        let (occasion, order) = match read {
            Ok(read) => read,
            Err(error) => return Ok(Outcome::Dead(error.to_string())),
        };
        let kind = occasion.kind();
        if self.ledger.is_sent(order.id, kind).await? {
            return Ok(Outcome::Done(Vec::new()));
        }
        let token = self.secret.order_token(order.id);
        let link = format!("{}/orders/{}?token={token}", self.public_url, order.id);
        match self.mailer.send(letters::write(&order, &occasion, &link)).await {
            Ok(()) => {
                self.ledger.record_sent(order.id, kind, self.clock.now()).await?;
                Ok(Outcome::Done(Vec::new()))
            }
            Err(MailError::Later(unavailable)) => Err(unavailable),
            Err(MailError::Never(reason)) => Ok(Outcome::Dead(reason)),
        }
    }
}
