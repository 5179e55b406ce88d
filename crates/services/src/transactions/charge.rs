//! Charges an order, in the steps that its payment row determines.

use domain::{
    order::Order,
    payment::{
        ChargeOutcome, Conclusion, DeclineReason, IntentId, IntentState, Payment, PaymentState,
        Step, cancel_key, confirm_key, create_key, next_step,
    },
    ports::{PaymentBook, PaymentGateway},
};

use super::payments::{HandleError, Payments};

impl<B: PaymentBook, G: PaymentGateway> Payments<B, G> {
    /// Charges the order and returns its row, which has an outcome.
    pub(super) async fn charge(
        &self,
        order: &Order,
        payment: &Payment,
    ) -> Result<Payment, HandleError> {
        match step(payment, false)? {
            Step::Create => {
                let created =
                    self.gateway.create(payment, order.seller.capture, &create_key(payment)).await;
                let intent = self.gateway_result(created)?;
                let stored = self.book.store_intent(order.id, intent).await?;
                self.take_step(order, &stored, true).await
            }
            _ => self.take_step(order, payment, false).await,
        }
    }

    /// Asks the gateway what became of an intent that the customer, the bank or a person at the
    /// gateway may have moved.
    pub(super) async fn refresh(
        &self,
        order: &Order,
        payment: &Payment,
        intent: &IntentId,
    ) -> Result<Payment, HandleError> {
        let state = self.gateway_result(self.gateway.retrieve(intent).await)?;
        self.settle_state(order, payment, intent, &state).await
    }

    /// Takes the step that the row determines. `is_fresh` if the intent was just created.
    async fn take_step(
        &self,
        order: &Order,
        payment: &Payment,
        is_fresh: bool,
    ) -> Result<Payment, HandleError> {
        match step(payment, is_fresh)? {
            Step::Publish(_) => Ok(payment.clone()),
            Step::Confirm(intent) => self.confirm(order, payment, &intent).await,
            Step::Retrieve(intent) => self.retrieve(order, payment, &intent).await,
            Step::Void => {
                let (reason, at) = (DeclineReason::Cancelled, self.clock.now());
                self.store(order, &ChargeOutcome::Declined { reason, at }).await
            }
            Step::CancelIntent(intent) => self.cancel_intent(order, payment, &intent).await,
            Step::Create => Err(HandleError::Dead("an intent was stored and is gone".into())),
        }
    }

    async fn confirm(
        &self,
        order: &Order,
        payment: &Payment,
        intent: &IntentId,
    ) -> Result<Payment, HandleError> {
        let (key, return_url) = (confirm_key(payment), self.return_url(order.id));
        let (method, capture) = (&order.payment_method, order.seller.capture);
        let asked = self.gateway.confirm(intent, method, capture, &return_url, &key).await;
        let error = match self.gateway_result(asked) {
            Ok(state) => return self.settle_state(order, payment, intent, &state).await,
            Err(error) => error,
        };
        // The charge may have succeeded: record that first, then retrieve the intent.
        self.book.mark_unknown(order.id).await?;
        tracing::warn!(order.id = %order.id, error = error.reason(), "a charge has no known outcome");
        let state = self.gateway_result(self.gateway.retrieve(intent).await)?;
        match state {
            // Not charged: an unknown result is retried, a refusal is not.
            IntentState::Unconfirmed => Err(error),
            state => self.settle_state(order, payment, intent, &state).await,
        }
    }

    async fn retrieve(
        &self,
        order: &Order,
        payment: &Payment,
        intent: &IntentId,
    ) -> Result<Payment, HandleError> {
        match self.gateway_result(self.gateway.retrieve(intent).await)? {
            IntentState::Unconfirmed => self.confirm(order, payment, intent).await,
            state => self.settle_state(order, payment, intent, &state).await,
        }
    }

    /// Cancels the intent, so that it can never be confirmed. One that was captured before stays
    /// captured.
    pub(super) async fn cancel_intent(
        &self,
        order: &Order,
        payment: &Payment,
        intent: &IntentId,
    ) -> Result<Payment, HandleError> {
        let asked = self.gateway.cancel(intent, &cancel_key(payment)).await;
        let state = self.gateway_result(asked)?;
        let payment = self.with_reason(payment, &state).await?;
        match self.conclude(&state, &payment, intent) {
            Conclusion::Known(charge) => self.store(order, &charge).await,
            Conclusion::Unknown(reason) => Err(HandleError::Retry(reason)),
            _ => Err(HandleError::Retry("the intent is not cancelled yet".into())),
        }
    }

    /// Declines the order. The reason is stored before the intent is cancelled, and published after
    /// it: until then, a browser could confirm the intent with another card.
    pub(super) async fn decline(
        &self,
        order: &Order,
        intent: &IntentId,
        reason: DeclineReason,
    ) -> Result<Payment, HandleError> {
        let payment = self.book.mark_declining(order.id, reason).await?;
        // The hold of an order that is declined already is released, too.
        let is_refused = matches!(payment.state, PaymentState::Declined | PaymentState::Void);
        if !payment.state.is_open() && !is_refused {
            return Ok(payment);
        }
        self.cancel_intent(order, &payment, intent).await
    }

    /// The row as it is now, if its intent was cancelled and the row does not say why: another
    /// attempt may have stored that since it was read.
    async fn with_reason(
        &self,
        payment: &Payment,
        state: &IntentState,
    ) -> Result<Payment, HandleError> {
        let says_why = payment.reason.is_some() || payment.cancellation.is_some();
        if *state != IntentState::Cancelled || says_why {
            return Ok(payment.clone());
        }
        Ok(self.book.mark_declining(payment.order_id, DeclineReason::Cancelled).await?)
    }

    /// Stores what the intent's state means.
    async fn settle_state(
        &self,
        order: &Order,
        payment: &Payment,
        intent: &IntentId,
        state: &IntentState,
    ) -> Result<Payment, HandleError> {
        let payment = self.with_reason(payment, state).await?;
        match self.conclude(state, &payment, intent) {
            Conclusion::Known(charge) => self.store(order, &charge).await,
            Conclusion::CancelIntent(reason) => self.decline(order, intent, reason).await,
            Conclusion::ConfirmAgain => {
                Err(HandleError::Retry("the intent is not confirmed yet".into()))
            }
            Conclusion::Unknown(reason) => {
                self.book.mark_unknown(order.id).await?;
                tracing::warn!(order.id = %order.id, error = reason, "a charge has no known outcome");
                Err(HandleError::Retry(reason))
            }
        }
    }

    /// Stores the outcome. If another attempt has stored one, that one counts.
    async fn store(&self, order: &Order, charge: &ChargeOutcome) -> Result<Payment, HandleError> {
        Ok(self.book.settle(order, charge).await?)
    }
}

/// The outcome in a payment row.
pub(super) fn stored_outcome(payment: &Payment) -> Result<ChargeOutcome, HandleError> {
    match step(payment, false)? {
        Step::Publish(charge) => Ok(charge),
        _ => Err(HandleError::Retry("the charge has no outcome yet".into())),
    }
}

fn step(payment: &Payment, is_fresh: bool) -> Result<Step, HandleError> {
    next_step(payment, is_fresh).map_err(|broken| HandleError::Dead(broken.to_string()))
}
