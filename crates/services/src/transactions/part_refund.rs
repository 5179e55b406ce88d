//! Refunds a part of an order's money.
//!
//! The amount is reserved before the gateway is called, so parts never come to more than was taken.
//! A repeated request starts from its row: the gateway is asked what it has before it is called
//! again.

use domain::{
    order::Order,
    payment::{
        GatewayRefund, IntentId, RefundEntry, RefundOutcome, RefundPurpose, RefundRequest,
        part_refund_key,
    },
    ports::{GatewayError, PaymentBook, PaymentGateway},
};
use events::{
    OutgoingRecord, Record,
    order_payments::{PaymentNews, encode_payment_of},
    order_refunded, order_requests,
};
use telemetry::metrics;

use super::payments::{HandleError, Payments};

/// Number of attempts after which an order that a request names does not exist.
const MAX_ATTEMPTS: u32 = 12;
/// Longest stored reason of the gateway, in characters.
const MAX_REASON: usize = 500;

impl<B: PaymentBook, G: PaymentGateway> Payments<B, G> {
    /// Handles a record of `order_requests`; other requests than refunds are for the orders
    /// service. Every call returns the same events.
    pub(super) async fn handle_request(
        &self,
        record: &Record,
    ) -> Result<Vec<OutgoingRecord>, HandleError> {
        let request = order_requests::decode_refund_request(record);
        match request.map_err(|error| HandleError::Dead(error.to_string()))? {
            Some(request) => self.refund_part(&request, record.attempts()).await,
            None => Ok(Vec::new()),
        }
    }

    async fn refund_part(
        &self,
        request: &RefundRequest,
        attempts: u32,
    ) -> Result<Vec<OutgoingRecord>, HandleError> {
        let now = self.clock.now();
        let Some(entry) = self.book.reserve_refund(request, now).await? else {
            return Err(match attempts < MAX_ATTEMPTS {
                true => HandleError::Retry("the order is not in the book yet".to_owned()),
                false => HandleError::Dead("refunds an order that does not exist".to_owned()),
            });
        };
        let entry = match entry.refund.outcome {
            RefundOutcome::Reserved => self.return_part(entry).await?,
            _ => entry,
        };
        Ok(refund_event(&entry).into_iter().collect())
    }

    /// Returns a reserved part, and returns its settled row.
    async fn return_part(&self, entry: RefundEntry) -> Result<RefundEntry, HandleError> {
        let RefundEntry { order, payment, refund } = &entry;
        let Some(intent) = &payment.intent else {
            return Err(HandleError::Dead("the payment has no intent to refund".to_owned()));
        };
        if refund.attempts > 1
            && let Some(settled) = self.find_part(&entry, intent).await?
        {
            return Ok(settled);
        }
        let now = self.clock.now();
        let Some(key) = part_refund_key(order.id, &refund.key, refund.requested_at, now) else {
            let reason = "the idempotency key of the refund ends soon; the next one is waited for";
            return Err(HandleError::Retry(reason.to_owned()));
        };
        let amount = domain::money::Money::new(refund.amount_minor, order.currency);
        let asked = self.gateway.refund(order.id, intent, amount, Some(&refund.key), &key).await;
        let refused = match &asked {
            Err(GatewayError::Refused(reason)) => Some(reason.clone()),
            _ => None,
        };
        match (self.gateway_result(asked), refused) {
            (Ok(made), _) => self.book_part(order, &made, false).await,
            (Err(_), Some(reason)) => match self.find_part(&entry, intent).await? {
                Some(settled) => Ok(settled),
                None => self.fail_part(&entry, &reason).await,
            },
            (Err(error), None) => Err(error),
        }
    }

    /// The settled row of a part that the gateway has returned. Other refunds that it has are
    /// booked, too.
    async fn find_part(
        &self,
        entry: &RefundEntry,
        intent: &IntentId,
    ) -> Result<Option<RefundEntry>, HandleError> {
        let mut settled = None;
        for made in self.gateway_result(self.gateway.refunds_of(intent).await)? {
            if made.purpose == RefundPurpose::Part(entry.refund.key.clone()) {
                settled = Some(self.book_part(&entry.order, &made, false).await?);
            } else {
                self.book_other(&entry.order, &made).await?;
            }
        }
        Ok(settled.filter(|settled| settled.refund.outcome != RefundOutcome::Reserved))
    }

    /// Books the refunds of an order that the gateway has, and returns the one of what was left
    /// when the order was cancelled.
    pub(super) async fn find_rest(
        &self,
        order: &Order,
        intent: &IntentId,
    ) -> Result<Option<GatewayRefund>, HandleError> {
        let mut rest = None;
        for made in self.gateway_result(self.gateway.refunds_of(intent).await)? {
            match made.purpose {
                RefundPurpose::Rest => rest = rest.or(Some(made)),
                _ => self.book_other(order, &made).await?,
            }
        }
        Ok(rest)
    }

    /// Books a refund, which no record of the group publishes: it is due.
    async fn book_other(&self, order: &Order, made: &GatewayRefund) -> Result<(), HandleError> {
        match made.purpose {
            RefundPurpose::Rest => Ok(()),
            _ => self.book_part(order, made, true).await.map(drop),
        }
    }

    /// Books a refund of a part on its row. `is_due` if it has to be published later.
    pub(super) async fn book_part(
        &self,
        order: &Order,
        made: &GatewayRefund,
        is_due: bool,
    ) -> Result<RefundEntry, HandleError> {
        let now = self.clock.now();
        let due_at = Some(now).filter(|_| is_due);
        let booked = self.book.book_refund(order.id, made, now, due_at).await?;
        booked.ok_or_else(|| HandleError::Dead("the order of a refund is not in the book".into()))
    }

    async fn fail_part(
        &self,
        entry: &RefundEntry,
        reason: &str,
    ) -> Result<RefundEntry, HandleError> {
        let RefundEntry { order, refund, .. } = entry;
        let reason: String = reason.chars().take(MAX_REASON).collect();
        tracing::warn!(
            order.id = %order.id, trace_id = %order.trace_id(), refund = %refund.key,
            error = reason, "a refund is refused for good",
        );
        metrics::REFUNDS_FAILED.with([]).inc();
        let now = self.clock.now();
        let failed = self.book.fail_refund(order.id, &refund.key, &reason, now).await?;
        failed.ok_or_else(|| HandleError::Dead("a refund was stored and is gone".to_owned()))
    }
}

/// The event of what became of a refund; deterministic, so that repetitions are equal. `None` while
/// that is not known.
pub(super) fn refund_event(entry: &RefundEntry) -> Option<OutgoingRecord> {
    let RefundEntry { order, payment, refund } = entry;
    if let Some(published) = refund.published() {
        return Some(order_refunded::encode_refunded(order, payment.number, &published));
    }
    match &refund.outcome {
        RefundOutcome::Failed { reason, at } => {
            let (refund_key, reason) = (refund.key.clone(), reason.clone());
            let news = PaymentNews::RefundFailed { refund: refund_key, reason };
            Some(encode_payment_of(order, refund.amount_minor, news, *at))
        }
        _ => None,
    }
}
