//! Refunds of parts. They are few, so each call is a transaction of its own, which locks the payment
//! row first.

use domain::{
    ids::OrderId,
    order::Order,
    payment::{
        GatewayRefund, LedgerEntry, PartRefund, Payment, RefundEntry, RefundId, RefundKey,
        RefundOutcome, RefundRequest, Refunder, refund_amount,
    },
    payment_method::MethodKind,
};
use jiff::Timestamp;

use super::part_rows::{self, read_refunds};
use crate::{
    Arg, Connection, Database, Failure,
    failure::corrupt,
    ledger::{Movement, record_movements},
    order_view::{VIEW, decode_view},
    rows,
};

/// An order, its locked payment row and its refunds.
struct Locked {
    order: Order,
    payment: Payment,
    refunds: Vec<PartRefund>,
}

pub(super) async fn reserve(
    database: &Database,
    request: &RefundRequest,
    at: Timestamp,
) -> Result<Option<RefundEntry>, Failure> {
    let mut tx = database.begin().await?;
    let Some(mut locked) = lock(tx.connection(), request.order_id).await? else {
        return tx.commit().await.map(|()| None);
    };
    let found = locked.refunds.iter().find(|refund| refund.key == request.key).cloned();
    let refund = match found {
        Some(mut refund) => {
            if refund.outcome == RefundOutcome::Reserved {
                refund.attempts = refund.attempts.saturating_add(1);
                part_rows::write(tx.connection(), request.order_id, &refund, None).await?;
            }
            refund
        }
        None => locked.add(tx.connection(), request, at).await?,
    };
    tx.commit().await?;
    let Locked { order, payment, .. } = locked;
    Ok(Some(RefundEntry { order, payment, refund }))
}

pub(super) async fn book(
    database: &Database,
    id: OrderId,
    refund: &GatewayRefund,
    at: Timestamp,
    due_at: Option<Timestamp>,
) -> Result<Option<RefundEntry>, Failure> {
    let Some(own_key) = refund.own_key() else { return Ok(None) };
    let mut tx = database.begin().await?;
    let Some(mut locked) = lock(tx.connection(), id).await? else {
        return tx.commit().await.map(|()| None);
    };
    let booked = match (refund.booked_row(&locked.refunds), refund.row_to_book(&locked.refunds)) {
        (Some(booked), _) => booked.clone(),
        (None, Some(row)) => {
            let row = row.clone();
            locked.book(tx.connection(), row, refund.id.clone(), at, due_at).await?
        }
        (None, None) => {
            locked.payment.parts.count = locked.payment.parts.count.saturating_add(1);
            let made = made_at_gateway(own_key, refund, at)?;
            locked.book(tx.connection(), made, refund.id.clone(), at, due_at).await?
        }
    };
    tx.commit().await?;
    let Locked { order, payment, .. } = locked;
    Ok(Some(RefundEntry { order, payment, refund: booked }))
}

pub(super) async fn fail(
    database: &Database,
    id: OrderId,
    key: &RefundKey,
    reason: &str,
    at: Timestamp,
) -> Result<Option<RefundEntry>, Failure> {
    let mut tx = database.begin().await?;
    let Some(mut locked) = lock(tx.connection(), id).await? else {
        return tx.commit().await.map(|()| None);
    };
    let Some(mut refund) = locked.refunds.iter().find(|refund| refund.key == *key).cloned() else {
        return tx.commit().await.map(|()| None);
    };
    if refund.outcome == RefundOutcome::Reserved {
        locked.payment = locked.payment.with_released(refund.amount_minor);
        refund.outcome = RefundOutcome::Failed { reason: reason.to_owned(), at };
        part_rows::write(tx.connection(), id, &refund, None).await?;
        part_rows::write_sums(tx.connection(), &locked.payment).await?;
    }
    tx.commit().await?;
    let Locked { order, payment, .. } = locked;
    Ok(Some(RefundEntry { order, payment, refund }))
}

/// A refund that is in no row: it was made at the gateway.
fn made_at_gateway(
    key: RefundKey,
    refund: &GatewayRefund,
    at: Timestamp,
) -> Result<PartRefund, Failure> {
    Ok(PartRefund {
        key,
        amount_minor: refund.amount.minor,
        lines: Vec::new(),
        reason: rows::parse(GatewayRefund::REASON)?,
        by: Refunder::Gateway,
        person: None,
        requested_at: at,
        attempts: 0,
        // Booked in the same transaction.
        outcome: RefundOutcome::Failed { reason: String::new(), at },
    })
}

/// Locks the payment row of an order, and reads it with the order; `None` if one is missing.
async fn lock(connection: &mut Connection, id: OrderId) -> Result<Option<Locked>, Failure> {
    let text = id.to_string();
    let args = [Arg::Text(Some(&text))];
    let sql = "SELECT order_id FROM payments WHERE order_id = $1 {for_update}";
    if connection.run(sql, &args).await?.is_empty() {
        return Ok(None);
    }
    let found = connection.run(&format!("{VIEW} WHERE o.order_id = $1"), &args).await?;
    let Some(view) = found.first().map(decode_view).transpose()? else { return Ok(None) };
    let Some((order, payment)) = view.order.zip(view.payment) else { return Ok(None) };
    if !payment.belongs_to(&order, None) {
        return Ok(None);
    }
    let refunds = read_refunds(connection, id).await?;
    Ok(Some(Locked { order, payment, refunds }))
}

impl Locked {
    /// Stores a new request.
    async fn add(
        &mut self,
        connection: &mut Connection,
        request: &RefundRequest,
        at: Timestamp,
    ) -> Result<PartRefund, Failure> {
        self.payment.parts.count = self.payment.parts.count.saturating_add(1);
        let amount = refund_amount(&self.order, &self.payment, &self.refunds, &request.part);
        let (amount_minor, outcome) = match &amount {
            Ok(minor) => (*minor, RefundOutcome::Reserved),
            Err(refused) => {
                let reason = refused.to_string();
                (refused.asked_minor(&request.part), RefundOutcome::Failed { reason, at })
            }
        };
        let refund = PartRefund {
            key: request.key.clone(),
            amount_minor,
            lines: request.part.lines().to_vec(),
            reason: request.reason.clone(),
            by: request.by,
            person: request.person.clone(),
            requested_at: request.at,
            attempts: 1,
            outcome,
        };
        if amount.is_ok() {
            self.payment = self.payment.clone().with_reserved(amount_minor);
            if self.payment.method == MethodKind::Cash {
                // A person returns it by hand.
                let id = RefundId(refund.key.to_string());
                return self.book(connection, refund, id, at, None).await;
            }
        }
        part_rows::write(connection, self.order.id, &refund, None).await?;
        part_rows::write_sums(connection, &self.payment).await?;
        Ok(refund)
    }

    /// Books a refund with its postings.
    async fn book(
        &mut self,
        connection: &mut Connection,
        mut refund: PartRefund,
        id: RefundId,
        at: Timestamp,
        due_at: Option<Timestamp>,
    ) -> Result<PartRefund, Failure> {
        let was_reserved = refund.outcome == RefundOutcome::Reserved;
        self.payment = self.payment.clone().with_booked(refund.amount_minor, was_reserved);
        if self.payment.remainder_minor() < 0 {
            return Err(corrupt(format!("{} has refunds of more than was taken", self.order.id)));
        }
        let refunded_total_minor = self.payment.refunded_minor();
        refund.outcome = RefundOutcome::Booked { id, at, refunded_total_minor };
        part_rows::write(connection, self.order.id, &refund, due_at).await?;
        part_rows::write_sums(connection, &self.payment).await?;
        let entry = LedgerEntry::PartRefund(refund.key.clone());
        let amount_minor = Some(refund.amount_minor);
        let movement = Movement { order: &self.order, entry, amount_minor, at };
        record_movements(connection, vec![movement]).await?;
        Ok(refund)
    }
}
