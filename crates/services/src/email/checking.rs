//! order book → "we are still checking your payment"
//!
//! Once, when an order has no outcome for a minute: a look into the order book every few seconds
//! (`docs/adr/0008` says why it is no topic). Many instances look; whoever claims a mail sends it.
//! A claim is a lease. A crash after the claim makes the mail late by what is left of it; a crash
//! after the server's yes and before the row sends it again then, if there is still no outcome.

use domain::{
    order::Order,
    ports::{
        CatchUp, MailError, MailKind, Mailer, OrderWatch, SendLedger, Stand, Unavailable,
        Undecided, Waiting,
    },
};
use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};

use super::{Email, letters::Occasion};

/// How long an outcome may take before its customer is told that we wait as well.
const AFTER: SignedDuration = SignedDuration::from_secs(60);
/// Whoever ordered longer ago is not told any more: that is a case for people.
const UNTIL: SignedDuration = SignedDuration::from_hours(24);
/// Longer than sending a mail takes, at the usual limit of 20 s for each step.
const CLAIM: SignedDuration = SignedDuration::from_mins(5);
/// Most orders of one look; the next one comes soon.
const AT_MOST: u32 = 200;
/// Mails sent at a time: half of the connections, so that others go out meanwhile.
const AT_A_TIME: usize = 8;

/// Tells customers that their payment is still being checked.
pub struct Checking<M, L, W, C> {
    /// What mails.
    pub email: Email<M, L, W>,
    /// Whether the order book is up to date: an old backlog is no news.
    pub log: C,
}

impl<M, L, W, C> Checking<M, L, W, C>
where
    M: Mailer,
    L: SendLedger,
    W: OrderWatch + Undecided,
    C: CatchUp,
{
    /// Looks once, and answers how many mails went out. Ends early where a part is not available:
    /// the next look goes on.
    pub async fn look(&self) -> Result<usize, Unavailable> {
        if !self.log.has_caught_up().await {
            return Ok(0);
        }
        let now = self.email.clock.now();
        let (after, until) = (before(now, UNTIL), before(now, AFTER));
        let which = Waiting { after, until, now, limit: AT_MOST };
        let waiting = self.email.watch.waiting(MailKind::Checking, which).await?;
        let mut sent = 0;
        for some in waiting.chunks(AT_A_TIME) {
            // All of them end, whatever one of them meets: half a mail may be a mail.
            for ended in join_all(some.iter().map(|order| self.tell(order))).await {
                sent += usize::from(ended?);
            }
        }
        Ok(sent)
    }

    /// True if the mail went out.
    async fn tell(&self, order: &Order) -> Result<bool, Unavailable> {
        let (email, kind, now) = (&self.email, MailKind::Checking, self.email.clock.now());
        let claimed_until = later(now, CLAIM);
        if !email.watch.claim(order.id, kind, now, claimed_until).await? {
            return Ok(false);
        }
        let Stand { status, .. } = email.watch.stand(order.id).await?;
        if let Some(status) = status.filter(|status| kind.is_superseded(*status)) {
            email.superseded(order, kind, status.name());
            return Ok(false);
        }
        match email.send(order, &Occasion::Checking).await {
            Ok(()) => {
                email.ledger.record_sent(order.id, kind, email.clock.now()).await?;
                Ok(true)
            }
            Err(MailError::Unavailable(unavailable)) => Err(unavailable),
            // Tried again when the claim has run out, if there is still no outcome.
            Err(MailError::Later(words)) => {
                tracing::info!(order.id = %order.id, trace_id = %order.trace_id(), mail = %kind, error = words, "tried again later");
                Ok(false)
            }
            Err(MailError::Never(words)) => {
                tracing::warn!(order.id = %order.id, trace_id = %order.trace_id(), mail = %kind, error = words, "refused for good");
                let for_good = later(order.placed_at, UNTIL);
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
