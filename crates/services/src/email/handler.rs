//! The handler of the group `email`: at most one mail for each kind of news of an order.

use std::sync::Arc;

use domain::{
    number::OrderNumber,
    order::Order,
    ports::{
        MailError, MailKind, Mailer, OrderWatch, PlacedOrder, SendLedger, SharedClock, Unavailable,
    },
};
use events::{Delay, Handler, Outcome, Pace, Record, Topic, number::decode_number};
use jiff::{SignedDuration, Timestamp};
use telemetry::metrics::{self, Counter};
use web::secret::Secret;

use super::{
    decode,
    letters::{self, Occasion, OrderMoney, Settlement},
};

/// Age of the record after which a mail is given up (RFC 5321 §4.5.4.1: at least four to five
/// days).
const GIVE_UP_AFTER: SignedDuration = SignedDuration::from_hours(5 * 24);
/// Minimum number of attempts, also for a record that is old at its first attempt.
const MIN_ATTEMPTS: u32 = 5;

/// Sends mails to customers.
#[derive(Clone)]
pub struct EmailHandler<M, L, W> {
    /// Sends mails.
    pub mailer: M,
    /// Which mails were sent.
    pub ledger: L,
    /// The status of orders and their payments.
    pub watch: W,
    /// The clock.
    pub clock: SharedClock,
    /// Signs the links to orders.
    pub secret: Secret,
    /// Base URL of the pages: `https://order.example.com`, without a trailing slash.
    pub public_url: String,
    /// Counters of mails.
    pub counters: Arc<MailCounters>,
}

/// Counters of the mail service since the process started.
#[derive(Debug, Default)]
pub struct MailCounters {
    /// Mails that the server accepted.
    pub sent: Arc<Counter>,
    /// Mails not sent because their order has moved on since.
    pub superseded: Arc<Counter>,
}

impl MailCounters {
    /// The counters among the metrics of the process.
    pub fn of_process() -> Self {
        let (sent, superseded) = (&metrics::MAILS_SENT, &metrics::MAILS_SUPERSEDED);
        Self { sent: sent.with([]), superseded: superseded.with([]) }
    }
}

impl<M: Mailer, L: SendLedger, W: OrderWatch> Handler for EmailHandler<M, L, W> {
    const GROUP: &'static str = "email";
    const TOPICS: &'static [Topic] = &[
        Topic::OrderConfirmed,
        Topic::OrderDeclined,
        Topic::OrderProgress,
        Topic::OrderPayments,
        Topic::OrderRefunded,
    ];
    const PRODUCES: &'static [Topic] = &[];
    const PACE: Pace = Pace::concurrent(16);
    /// A busy mailbox recovers in seconds, greylisting ends within minutes.
    const RETRY: &'static [Delay] = &[Delay::Seconds5, Delay::Minute1, Delay::Minutes10];

    async fn handle(&self, records: &[Record]) -> Result<Vec<Outcome>, Unavailable> {
        let mut outcomes = Vec::with_capacity(records.len());
        for record in records {
            outcomes.push(self.handle_record(record).await?);
        }
        Ok(outcomes)
    }
}

/// What a mail is about.
struct News {
    order: Order,
    number: Option<OrderNumber>,
    occasion: Occasion,
}

impl<M: Mailer, L: SendLedger, W: OrderWatch> EmailHandler<M, L, W> {
    async fn handle_record(&self, record: &Record) -> Result<Outcome, Unavailable> {
        let done = Ok(Outcome::Done(Vec::new()));
        let News { order, number, mut occasion } = match self.read_news(record).await? {
            Ok(Some(news)) => news,
            Ok(None) => return done,
            Err(outcome) => return Ok(outcome),
        };
        let kind = occasion.kind();
        if self.ledger.is_sent(order.id, kind).await? {
            return done;
        }
        if depends_on_status(kind) {
            let stand = self.watch.snapshot(order.id).await?;
            if let Some(now) = stand.status.filter(|now| kind.is_superseded(*now)) {
                self.count_superseded(&order, kind, now.name());
                return done;
            }
            match &mut occasion {
                Occasion::Cancelled { paid, .. } => *paid = OrderMoney::new(&order, stand.payment),
                Occasion::Ready { settlement, .. }
                | Occasion::OutForDelivery { settlement, .. } => {
                    *settlement = Settlement::new(&order, stand.payment);
                }
                _ => {}
            }
        }
        match self.send(&order, number, &occasion).await {
            Ok(()) => {
                self.ledger.record_sent(order.id, kind, self.clock.now()).await?;
                done
            }
            Err(MailError::Unavailable(unavailable)) => Err(unavailable),
            Err(MailError::Later(response)) if self.is_given_up(record) => {
                Ok(Outcome::Dead(format!("{response} (for five days)")))
            }
            Err(MailError::Later(response)) => Ok(Outcome::Retry(response)),
            Err(MailError::Never(response)) => Ok(Outcome::Dead(response)),
        }
    }

    /// What a record is about, if its customer gets a mail; `Err` if it is set aside or has to wait.
    async fn read_news(
        &self,
        record: &Record,
    ) -> Result<Result<Option<News>, Outcome>, Unavailable> {
        if record.topic == Topic::OrderPayments {
            return self.read_payment(record).await;
        }
        let decoded = decode::decode_occasion(record)
            .and_then(|decoded| Ok(decoded.zip(Some(decode_number(record)?))));
        let news = |((order, occasion), number)| News { order, number, occasion };
        Ok(decoded.map(|decoded| decoded.map(news)).map_err(|e| Outcome::Dead(e.to_string())))
    }

    /// A record of `order_payments` has no order: the order book has it, since it was accepted.
    async fn read_payment(
        &self,
        record: &Record,
    ) -> Result<Result<Option<News>, Outcome>, Unavailable> {
        let (order, at) = match decode::decode_paid(record) {
            Ok(Some(paid)) => paid,
            Ok(None) => return Ok(Ok(None)),
            Err(error) => return Ok(Err(Outcome::Dead(error.to_string()))),
        };
        let Some(placed) = self.watch.placed_order(order).await? else {
            let reason = "the order book does not have the order".to_owned();
            return Ok(Err(match self.is_given_up(record) {
                true => Outcome::Dead(reason),
                false => Outcome::Retry(reason),
            }));
        };
        let PlacedOrder { order, number, intent } = placed;
        let occasion = Occasion::Paid { at, payment_id: intent.map(|intent| intent.0) };
        Ok(Ok(Some(News { order, number, occasion })))
    }

    /// Writes and sends a mail; the caller records it.
    pub(super) async fn send(
        &self,
        order: &Order,
        number: Option<OrderNumber>,
        occasion: &Occasion,
    ) -> Result<(), MailError> {
        let token = self.secret.order_token(order.id);
        let link = format!("{}/orders/{}?token={token}", self.public_url, order.id);
        self.mailer.send(letters::write_mail(order, number, occasion, &link)).await?;
        self.counters.sent.inc();
        Ok(())
    }

    pub(super) fn count_superseded(&self, order: &Order, kind: MailKind, status: &'static str) {
        self.counters.superseded.inc();
        tracing::info!(order.id = %order.id, mail = %kind, status, "a mail is superseded");
    }

    fn is_given_up(&self, record: &Record) -> bool {
        let event_time = record.header("ce_time").and_then(|text| text.parse::<Timestamp>().ok());
        let is_old =
            event_time.is_none_or(|at| self.clock.now().duration_since(at) > GIVE_UP_AFTER);
        is_old && record.attempts() >= MIN_ATTEMPTS
    }
}

/// Receipts and refunds are history: they stay true whatever the order's status is now.
const fn depends_on_status(kind: MailKind) -> bool {
    !matches!(kind, MailKind::Confirmed | MailKind::Receipt | MailKind::Refunded)
}
