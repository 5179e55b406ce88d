//! What a step of the restaurant means for the money: held money is captured at acceptance, and
//! cash is collected at hand-over.

use domain::{
    ids::RequestId,
    kitchen::{Action, Request, Requester},
    order::Order,
    payment::{AfterAcceptance, Conclusion, IntentId, Payment, PaymentState, after_acceptance},
    payment_method::{CapturePoint, MethodKind},
    ports::{PaymentBook, PaymentGateway, PaymentProgress},
    status::{Status, StatusChange},
};
use events::{
    OutgoingRecord,
    order_payments::{PaymentNews, encode_payment},
};
use jiff::Timestamp;
use uuid::Uuid;

use super::payments::{HandleError, Payments};

/// Namespace of the version 5 UUIDs of requests to cancel: a random UUID that must never change.
const UNPAID: Uuid = Uuid::from_u128(0x63a1_0d5e_b7f4_4f0b_9c1e_52d8_0b6a_3f94);

impl<B: PaymentBook, G: PaymentGateway> Payments<B, G> {
    /// Moves the money of an order whose restaurant made a step, and returns that as events.
    pub(super) async fn follow_step(
        &self,
        order: &Order,
        change: &StatusChange,
    ) -> Result<Vec<OutgoingRecord>, HandleError> {
        let seller = &order.seller;
        match (change.status, order.payment_method.kind()) {
            (Status::Accepted, MethodKind::Card)
                if seller.capture == CapturePoint::AtAcceptance =>
            {
                let payment = self.progress(order, PaymentProgress::Accepted, change.at).await?;
                self.capture_accepted(order, &payment).await
            }
            (Status::Completed, MethodKind::Cash) => {
                let payment = self.progress(order, PaymentProgress::Collected, change.at).await?;
                let event = |at| encode_payment(order, PaymentNews::Collected, at);
                Ok(payment.collected_at.map(event).into_iter().collect())
            }
            _ => Ok(Vec::new()),
        }
    }

    /// Captures the money of an accepted order, and returns what became of it; every call returns
    /// the same events.
    pub(super) async fn capture_accepted(
        &self,
        order: &Order,
        payment: &Payment,
    ) -> Result<Vec<OutgoingRecord>, HandleError> {
        match next(payment)? {
            AfterAcceptance::Wait => {
                Err(HandleError::Retry("the order is accepted, and its charge is under way".into()))
            }
            AfterAcceptance::Capture(intent) => self.capture(order, payment, &intent).await,
            known => Ok(known_event(order, &known).into_iter().collect()),
        }
    }

    async fn capture(
        &self,
        order: &Order,
        payment: &Payment,
        intent: &IntentId,
    ) -> Result<Vec<OutgoingRecord>, HandleError> {
        let asked = self.gateway.capture(intent).await;
        let state = match self.gateway_result(asked) {
            Err(HandleError::Dead(reason)) => return self.fail_capture(order, &reason).await,
            state => state?,
        };
        let stored = match self.conclude(&state, payment, intent) {
            Conclusion::Known(charge) => self.book.settle(order, &charge).await?,
            Conclusion::Unknown(reason) => return Err(HandleError::Retry(reason)),
            _ => return Err(HandleError::Retry("the money is not captured yet".into())),
        };
        match needs_failure(&stored) {
            true => self.fail_capture(order, "the hold is gone").await,
            false => Ok(known_event(order, &next(&stored)?).into_iter().collect()),
        }
    }

    /// Records that the money can never be captured. The payment is due then, and a timer asks to
    /// cancel the order.
    pub(super) async fn fail_capture(
        &self,
        order: &Order,
        reason: &str,
    ) -> Result<Vec<OutgoingRecord>, HandleError> {
        tracing::warn!(order.id = %order.id, trace_id = %order.trace_id(), error = reason, "held money cannot be captured");
        let now = self.clock.now();
        let payment = self.progress(order, PaymentProgress::CaptureFailed, now).await?;
        Ok(known_event(order, &next(&payment)?).into_iter().collect())
    }

    async fn progress(
        &self,
        order: &Order,
        progress: PaymentProgress,
        at: Timestamp,
    ) -> Result<Payment, HandleError> {
        let payment = self.book.record_progress(order, progress, at).await?;
        payment.filter(|payment| payment.belongs_to(order, None)).ok_or_else(|| {
            HandleError::Dead(
                "the order has no payment, or another order of this id has one".into(),
            )
        })
    }
}

/// True if held money is gone although the order stands, which is not recorded yet.
pub(super) const fn needs_failure(payment: &Payment) -> bool {
    matches!(payment.state, PaymentState::Void)
        && payment.hold.is_some()
        && payment.cancellation.is_none()
        && payment.capture_failed_at.is_none()
}

/// The event of what is known of an accepted order's money.
pub(super) fn known_event(order: &Order, known: &AfterAcceptance) -> Option<OutgoingRecord> {
    match known {
        AfterAcceptance::PublishCaptured { at } => {
            Some(encode_payment(order, PaymentNews::Captured, *at))
        }
        AfterAcceptance::PublishFailed { at } => {
            Some(encode_payment(order, PaymentNews::CaptureFailed, *at))
        }
        AfterAcceptance::Wait | AfterAcceptance::Nothing | AfterAcceptance::Capture(_) => None,
    }
}

pub(super) fn next(payment: &Payment) -> Result<AfterAcceptance, HandleError> {
    after_acceptance(payment).map_err(|broken| HandleError::Dead(broken.to_string()))
}

/// The request to cancel an order whose money was held in vain: the hold ends before the restaurant
/// has answered, or cannot be captured. Repeated requests, from any instance, are one.
pub(super) fn cancel_request(order: &Order, payment: &Payment, at: Timestamp) -> Request {
    let is_unanswered = payment.accepted_at.is_none() && payment.capture_failed_at.is_none();
    let action = if is_unanswered { Action::Cancel } else { Action::Reject };
    let name = [order.id.0.as_bytes(), action.name().as_bytes()].concat();
    Request {
        id: RequestId(Uuid::new_v5(&UNPAID, &name)),
        order_id: order.id,
        action,
        by: Requester::Timer,
        at,
        ready_in_min: None,
        reason: None,
    }
}
