//! order_confirmed · order_declined · order_progress · `order_refunded` → mail
//!
//! A mail is sent, then recorded as sent. SMTP has no idempotency key, so whatever ends the process
//! or the database between the server's yes and the row makes that mail go out again, with the same
//! Message-ID: at most one mail for each connection to the mail server. Everything else that is
//! repeated – a redelivery, a reset of the group's offsets – meets the row and sends nothing.
//!
//! A server that refuses one mail for now (4xx) makes that mail wait in a topic of retries; one
//! that refuses it for good (5xx) makes a dead letter in its words; and one that does not answer,
//! or refuses us, makes all of them wait where they are.

mod checking;
pub mod letters;
mod news;

use std::sync::Arc;

use domain::{
    order::Order,
    ports::{MailError, MailKind, Mailer, OrderWatch, SendLedger, Unavailable},
};
use events::{Delay, Handler, Outcome, Pace, Record, Topic};
use jiff::{SignedDuration, Timestamp};

pub use self::checking::Checking;
use self::letters::Occasion;
use crate::declaration::Declaration;
use domain::ports::SharedClock;
use telemetry::metrics::{self, Counter};
use web::secret::Secret;

/// How long mail servers try before they give up (RFC 5321 §4.5.4.1: at least four to five days).
const GIVE_UP_AFTER: SignedDuration = SignedDuration::from_hours(5 * 24);
/// The least number of attempts before that, however old the news is when it gets its first one.
const LEAST_ATTEMPTS: u32 = 5;

/// The service.
pub const SERVICE: Declaration = Declaration {
    name: "email",
    about: "Mails customers",
    port: 8084,
    publishes: &[],
    follows: &[],
};

/// Mails customers.
#[derive(Clone)]
pub struct Email<M, L, W> {
    /// The way out.
    pub mailer: M,
    /// What was sent.
    pub ledger: L,
    /// Where orders and their money stand.
    pub watch: W,
    /// The time.
    pub clock: SharedClock,
    /// For the links to orders.
    pub secret: Secret,
    /// Where customers reach us: `https://order.example.com`, without a slash at the end.
    pub public_url: String,
    /// What was done.
    pub tally: Arc<Tally>,
}

/// What the mail service did since the process began.
#[derive(Debug, Default)]
pub struct Tally {
    /// Mails that the server took.
    pub sent: Arc<Counter>,
    /// Mails that were not sent because their order had gone on meanwhile.
    pub superseded: Arc<Counter>,
}

impl Tally {
    /// The one among the metrics of the process.
    pub fn of_process() -> Self {
        let (sent, superseded) = (&metrics::MAILS_SENT, &metrics::MAILS_SUPERSEDED);
        Self { sent: sent.with([]), superseded: superseded.with([]) }
    }
}

impl<M: Mailer, L: SendLedger, W: OrderWatch> Handler for Email<M, L, W> {
    const GROUP: &'static str = "email";
    const TOPICS: &'static [Topic] =
        &[Topic::OrderConfirmed, Topic::OrderDeclined, Topic::OrderProgress, Topic::OrderRefunded];
    const PRODUCES: &'static [Topic] = &[];
    const PACE: Pace = Pace::concurrent(16);
    /// A busy mailbox is free in a moment, a greylist opens within minutes.
    const RETRY: &'static [Delay] = &[Delay::Seconds5, Delay::Minute1, Delay::Minutes10];

    async fn handle(&self, records: &[Record]) -> Result<Vec<Outcome>, Unavailable> {
        let mut outcomes = Vec::with_capacity(records.len());
        for record in records {
            outcomes.push(self.mail(record).await?);
        }
        Ok(outcomes)
    }
}

impl<M: Mailer, L: SendLedger, W: OrderWatch> Email<M, L, W> {
    async fn mail(&self, record: &Record) -> Result<Outcome, Unavailable> {
        let done = Ok(Outcome::Done(Vec::new()));
        let (order, mut occasion) = match news::read(record) {
            Ok(Some(news)) => news,
            Ok(None) => return done,
            Err(error) => return Ok(Outcome::Dead(error.to_string())),
        };
        let kind = occasion.kind();
        if self.ledger.is_sent(order.id, kind).await? {
            return done;
        }
        if needs_the_state(kind) {
            let stand = self.watch.stand(order.id).await?;
            if let Some(now) = stand.status.filter(|now| kind.is_superseded(*now)) {
                self.superseded(&order, kind, now.name());
                return done;
            }
            if let Occasion::Cancelled { paid, .. } = &mut occasion {
                *paid = stand.payment.into();
            }
        }
        match self.send(&order, &occasion).await {
            Ok(()) => {
                self.ledger.record_sent(order.id, kind, self.clock.now()).await?;
                done
            }
            Err(MailError::Unavailable(unavailable)) => Err(unavailable),
            Err(MailError::Later(words)) if self.has_waited_enough(record) => {
                Ok(Outcome::Dead(format!("{words} (for five days)")))
            }
            Err(MailError::Later(words)) => Ok(Outcome::Retry(words)),
            Err(MailError::Never(words)) => Ok(Outcome::Dead(words)),
        }
    }

    /// Writes and sends a mail; the caller records it.
    async fn send(&self, order: &Order, occasion: &Occasion) -> Result<(), MailError> {
        let token = self.secret.order_token(order.id);
        let link = format!("{}/orders/{}?token={token}", self.public_url, order.id);
        self.mailer.send(letters::write(order, occasion, &link)).await?;
        self.tally.sent.inc();
        Ok(())
    }

    fn superseded(&self, order: &Order, kind: MailKind, status: &'static str) {
        self.tally.superseded.inc();
        tracing::info!(order.id = %order.id, mail = %kind, status, "a mail is superseded, not sent");
    }

    fn has_waited_enough(&self, record: &Record) -> bool {
        let told_at = record.header("ce_time").and_then(|text| text.parse::<Timestamp>().ok());
        let is_old = told_at.is_none_or(|at| self.clock.now().duration_since(at) > GIVE_UP_AFTER);
        is_old && record.attempts() >= LEAST_ATTEMPTS
    }
}

/// Receipts and refunds say what was, whatever has become of the order since.
const fn needs_the_state(kind: MailKind) -> bool {
    !matches!(kind, MailKind::Confirmed | MailKind::Refunded)
}
