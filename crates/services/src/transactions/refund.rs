//! What becomes of the payment of an order that was cancelled.

use domain::{
    kitchen::Requester,
    order::Order,
    payment::{
        Cancellation, DeclineReason, IntentId, Outcome as Charge, Payment, RefundId, RefundStep,
        refund_key, refund_step,
    },
    ports::{PaymentBook, PaymentGateway, StockBook},
    status::{Status, StatusChange},
    text::Note,
};
use events::{Outgoing, Record, order_progress, order_refunded};

use super::{Stop, Transactions, event};

impl<B: PaymentBook + StockBook, G: PaymentGateway> Transactions<B, G> {
    pub(super) async fn progress(&self, record: &Record) -> Result<Vec<Outgoing>, Stop> {
        let (order, change, by) =
            order_progress::read(record).map_err(|e| Stop::Never(e.to_string()))?;
        match change.status {
            Status::Cancelled => self.cancelled(&order, &cancellation(&change, by)?).await,
            // Whatever else a kitchen does costs nothing more.
            _ => Ok(Vec::new()),
        }
    }

    /// The events that tell what became of the money; the same ones at every call.
    async fn cancelled(
        &self,
        order: &Order,
        cancellation: &Cancellation,
    ) -> Result<Vec<Outgoing>, Stop> {
        let payment = self.book.call_off(order, cancellation).await?;
        if !payment.is_of(order, None) {
            return Err(Stop::Never("another order of this id was placed before".into()));
        }
        match step(&payment)? {
            RefundStep::Wait => {
                Err(Stop::Later("the order is cancelled, and its charge is under way".into()))
            }
            RefundStep::Nothing => Ok(Vec::new()),
            RefundStep::TellVoid { at } => {
                Ok(vec![event(order, &Charge::Declined { reason: DeclineReason::Cancelled, at })])
            }
            RefundStep::Tell(refund) => Ok(vec![order_refunded::refunded(order, &refund)]),
            RefundStep::GiveBack(intent) => self.give_back(order, &payment, &intent).await,
            RefundStep::AskFirst(intent) => {
                match self.asked(self.gateway.find_refund(&intent).await)? {
                    Some(refund) => self.given_back(order, refund).await,
                    None => self.give_back(order, &payment, &intent).await,
                }
            }
        }
    }

    async fn give_back(
        &self,
        order: &Order,
        payment: &Payment,
        intent: &IntentId,
    ) -> Result<Vec<Outgoing>, Stop> {
        let asked = self.gateway.refund(payment, intent, &refund_key(payment)).await;
        let refund = self.asked(asked)?;
        self.given_back(order, refund).await
    }

    /// Stores the refund. What was stored first is the refund, whatever this attempt thinks.
    async fn given_back(&self, order: &Order, refund: RefundId) -> Result<Vec<Outgoing>, Stop> {
        let stored = self.book.settle_refund(order, refund, self.clock.now()).await?;
        match step(&stored)? {
            RefundStep::Tell(refund) => Ok(vec![order_refunded::refunded(order, &refund)]),
            _ => Err(Stop::Never("a refund was stored and is gone".into())),
        }
    }
}

fn step(payment: &Payment) -> Result<RefundStep, Stop> {
    refund_step(payment).map_err(|broken| Stop::Never(broken.to_string()))
}

/// A cancellation says why; one without a reason says who.
fn cancellation(change: &StatusChange, by: Requester) -> Result<Cancellation, Stop> {
    let words = change.reason.clone().unwrap_or_else(|| format!("cancelled by the {by}"));
    let reason: Note = words.parse().map_err(|_| Stop::Never("the reason is no text".into()))?;
    Ok(Cancellation { at: change.at, reason })
}
