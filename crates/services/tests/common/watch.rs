//! The order status that mails depend on, in memory.

use domain::{
    ids::OrderId,
    order::Order,
    ports::{
        MailKind, OrderSnapshot, OrderWatch, PlacedOrder, Unavailable, UndecidedOrders,
        UndecidedQuery,
    },
    status::Status,
};
use jiff::Timestamp;

use super::Tables;

impl OrderWatch for Tables {
    async fn snapshot(&self, order: OrderId) -> Result<OrderSnapshot, Unavailable> {
        self.call("watch.stand", |rows| OrderSnapshot {
            status: rows.book.get(&order).map(|row| row.standing.status),
            payment: rows.payments.get(&order).map(|payment| payment.state),
        })
    }

    async fn placed_order(&self, order: OrderId) -> Result<Option<PlacedOrder>, Unavailable> {
        self.call("watch.placed", |rows| {
            let payment = rows.payments.get(&order);
            Some(PlacedOrder {
                order: rows.book.get(&order)?.order.clone()?,
                number: payment.and_then(|payment| payment.number),
                intent: payment.and_then(|payment| payment.intent.clone()),
            })
        })
    }
}

impl UndecidedOrders for Tables {
    async fn undecided_orders(
        &self,
        kind: MailKind,
        which: UndecidedQuery,
    ) -> Result<Vec<Order>, Unavailable> {
        self.call("watch.waiting", |rows| {
            let open = rows.book.values().filter(|row| row.standing.status == Status::Placed);
            let mut orders: Vec<_> = open.filter_map(|row| row.order.clone()).collect();
            orders.retain(|order| {
                let mail = (order.id, kind.name());
                let claimed = rows.claims.get(&mail).is_some_and(|until| *until > which.now);
                let is_due = order.placed_at > which.after && order.placed_at <= which.until;
                let payment = rows.payments.get(&order.id).map(|payment| payment.state);
                is_due && kind.fits(payment) && !rows.mails.contains(&mail) && !claimed
            });
            orders.sort_by_key(|order| (order.placed_at, order.id));
            orders.truncate(which.limit as usize);
            orders
        })
    }

    async fn claim(
        &self,
        order: OrderId,
        kind: MailKind,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, Unavailable> {
        self.call("watch.claim", |rows| {
            let mail = (order, kind.name());
            let claimed = rows.claims.get(&mail).is_some_and(|until| *until > now);
            let free = !claimed && !rows.mails.contains(&mail);
            if free {
                rows.claims.insert(mail, until);
            }
            free
        })
    }
}
