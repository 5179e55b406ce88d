//! order book → "we are still checking your payment" | "your bank asks you to confirm the payment"
//!
//! Sent once, when an order has no outcome for a while: polls the order book every few seconds
//! (`docs/adr/0008` says why not through a topic). Several instances poll; the one that claims a
//! mail sends it. A claim is a lease. A crash after the claim delays the mail until the lease ends;
//! a crash between the server's acceptance and the ledger row sends it again then, if there is
//! still no outcome.

use domain::{
    order::Order,
    ports::{
        CatchUp, MailError, MailKind, Mailer, OrderSnapshot, OrderWatch, SendLedger, Unavailable,
        UndecidedOrders, UndecidedQuery,
    },
};
use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};

use super::{EmailHandler, letters::Occasion};

/// The mails, and how long an order may have no outcome before its customer gets one.
const NOTICES: [(MailKind, SignedDuration); 2] = [
    (MailKind::Checking, SignedDuration::from_secs(60)),
    (MailKind::Authentication, SignedDuration::from_secs(120)),
];
/// Older orders get no mail any more: they need manual attention.
const NOTICE_UNTIL: SignedDuration = SignedDuration::from_hours(24);
/// Lease of a claim: longer than sending a mail takes, with the default limit of 20 s for each
/// step.
const CLAIM_LEASE: SignedDuration = SignedDuration::from_mins(5);
/// Maximum number of orders per poll.
const MAX_ORDERS: u32 = 200;
/// Mails sent concurrently: half of the connections, so that other mails go out as well.
const CONCURRENT_MAILS: usize = 8;

/// Mails customers whose payment is still being checked or waits for them.
pub struct CheckingMailer<M, L, W, C> {
    /// Sends mails.
    pub email: EmailHandler<M, L, W>,
    /// Whether the order book is up to date: in an old backlog, outcomes are only not read yet.
    pub log: C,
}

impl<M, L, W, C> CheckingMailer<M, L, W, C>
where
    M: Mailer,
    L: SendLedger,
    W: OrderWatch + UndecidedOrders,
    C: CatchUp,
{
    /// Polls once and returns the number of mails sent. Stops at the first unavailable part; the
    /// next poll continues.
    pub async fn send_due(&self) -> Result<usize, Unavailable> {
        if !self.log.has_caught_up().await {
            return Ok(0);
        }
        let mut sent = 0;
        for (kind, age) in NOTICES {
            sent += self.send_notices(kind, age).await?;
        }
        Ok(sent)
    }

    async fn send_notices(
        &self,
        kind: MailKind,
        age: SignedDuration,
    ) -> Result<usize, Unavailable> {
        let now = self.email.clock.now();
        let (after, until) = (before(now, NOTICE_UNTIL), before(now, age));
        let which = UndecidedQuery { after, until, now, limit: MAX_ORDERS };
        let waiting = self.email.watch.undecided_orders(kind, which).await?;
        let mut sent = 0;
        for orders in waiting.chunks(CONCURRENT_MAILS) {
            // All of a chunk run to their end, also after an error: an interrupted mail may have
            // been sent.
            let mails = orders.iter().map(|order| self.send_claimed(kind, order));
            for is_sent in join_all(mails).await {
                sent += usize::from(is_sent?);
            }
        }
        Ok(sent)
    }

    /// Claims and sends the mail of an order; true if it was sent.
    async fn send_claimed(&self, kind: MailKind, order: &Order) -> Result<bool, Unavailable> {
        let (email, now) = (&self.email, self.email.clock.now());
        let claimed_until = later(now, CLAIM_LEASE);
        if !email.watch.claim(order.id, kind, now, claimed_until).await? {
            return Ok(false);
        }
        let OrderSnapshot { status, payment, .. } = email.watch.snapshot(order.id).await?;
        if let Some(status) = status.filter(|status| kind.is_superseded(*status)) {
            email.count_superseded(order, kind, status.name());
            return Ok(false);
        }
        if !kind.fits(payment) {
            return Ok(false);
        }
        let occasion = match kind {
            MailKind::Authentication => Occasion::Authentication,
            _ => Occasion::Checking,
        };
        match email.send(order, None, &occasion).await {
            Ok(()) => {
                email.ledger.record_sent(order.id, kind, email.clock.now()).await?;
                Ok(true)
            }
            Err(MailError::Unavailable(unavailable)) => Err(unavailable),
            // Retried when the claim has expired, if there is still no outcome.
            Err(MailError::Later(response)) => {
                tracing::info!(order.id = %order.id, trace_id = %order.trace_id(), mail = %kind, error = response, "waits for a retry");
                Ok(false)
            }
            Err(MailError::Never(response)) => {
                tracing::warn!(order.id = %order.id, trace_id = %order.trace_id(), mail = %kind, error = response, "refused for good");
                let for_good = later(order.placed_at, NOTICE_UNTIL);
                email.watch.claim(order.id, kind, claimed_until, for_good).await?;
                Ok(false)
            }
        }
    }
}

fn before(at: Timestamp, span: SignedDuration) -> Timestamp {
    at.checked_sub(span).unwrap_or(Timestamp::MIN)
}

fn later(at: Timestamp, span: SignedDuration) -> Timestamp {
    at.checked_add(span).unwrap_or(Timestamp::MAX)
}
