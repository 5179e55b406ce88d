//! The payments in the tables that are due.

use domain::{
    order::Order,
    payment::{Payment, PaymentState},
    ports::{DuePayments, Unavailable},
};
use jiff::Timestamp;

use super::Tables;

impl DuePayments for Tables {
    async fn due_payments(
        &self,
        now: Timestamp,
        _limit: u32,
    ) -> Result<Vec<(Payment, Order)>, Unavailable> {
        self.call("due.payments", |rows| {
            let is_due = |row: &&Payment| row.due_at.is_some_and(|due| due <= now);
            let order = |id| rows.book.get(&id)?.order.clone();
            let due = rows.payments.values().filter(is_due);
            due.filter_map(|row| Some((row.clone(), order(row.order_id)?))).collect()
        })
    }

    async fn reschedule(&self, seen: &Payment, next: Option<Timestamp>) -> Result<(), Unavailable> {
        self.call("due.reschedule", |rows| {
            let Some(row) = rows.payments.get_mut(&seen.order_id) else { return };
            let waits = row.state == PaymentState::ActionRequired;
            if seen.due_at.is_some() && row.due_at == seen.due_at {
                row.due_at = next.or(row.due_at.filter(|_| waits));
            }
        })
    }
}
