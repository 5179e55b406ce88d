//! What the topics tell: the first thing read, and what everything else is held against.

use domain::{
    ids::OrderId,
    order::{Fulfilment, Order as Contents},
    payment::Refund,
    status::Status,
    stock::needs,
};
use events::{
    Readability, Record, Topic, menu, order_confirmed, order_declined, order_details,
    order_details::OrderDetails, order_progress, order_refunded, order_requests,
    record::DecodeError, stock_changes, stock_levels,
};
use jiff::Timestamp;

use super::{
    evidence::{Evidence, Placed, Placing, Print, print},
    letters::Unreadable,
    stock,
    tables::Sale,
};

/// Topics that are read, in the order of the flow.
pub(super) const READ: [Topic; 9] = [
    Topic::OrderDetails,
    Topic::OrderConfirmed,
    Topic::OrderDeclined,
    Topic::OrderProgress,
    Topic::OrderRefunded,
    Topic::OrderRequests,
    Topic::Menu,
    Topic::StockChanges,
    Topic::StockLevels,
];

/// The ones among them that are counted as facts.
pub(super) const ORDERS: [Topic; 5] = [
    Topic::OrderDetails,
    Topic::OrderConfirmed,
    Topic::OrderDeclined,
    Topic::OrderProgress,
    Topic::OrderRefunded,
];

/// The print of a whole order.
pub(super) fn contents(order: &Contents) -> Print {
    // Plain structs with text keys always serialise.
    print(&serde_json::to_vec(&OrderDetails::from(order)).unwrap_or_default())
}

impl Evidence {
    /// Adds a record of one of [`READ`].
    pub(super) fn record(&mut self, record: &Record) {
        if let Err(error) = self.read(record) {
            self.unreadable.push(Unreadable { place: record.place(), reason: error.to_string() });
        }
    }

    fn read(&mut self, record: &Record) -> Result<(), DecodeError> {
        match record.readability() {
            Readability::Readable => {}
            // A later release wrote it for itself.
            Readability::UnknownType(_) => return Ok(()),
            Readability::UnknownVersion(reason) => return Err(DecodeError(reason)),
        }
        match record.topic {
            Topic::OrderDetails => self.placed(&order_details::read(record)?),
            Topic::OrderConfirmed => {
                let (order, payment, at) = order_confirmed::read(record)?;
                self.confirmed(&order, &payment, at);
            }
            Topic::OrderDeclined => {
                let (order, reason, at) = order_declined::read(record)?;
                self.step(record.topic, &order, Status::Declined, at);
                let entry = self.orders.entry(order.id).or_default();
                if *entry.reason.get_or_insert(reason) != reason {
                    self.wrong(&order.id, "is declined for two different reasons");
                }
            }
            Topic::OrderProgress => {
                let (order, change, _) = order_progress::read(record)?;
                self.step(record.topic, &order, change.status, change.at);
            }
            Topic::OrderRefunded => {
                let (order, refund) = order_refunded::read(record)?;
                self.refunded(&order, &refund);
            }
            // Only whether each can be read.
            Topic::OrderRequests => {
                order_requests::read(record)?;
            }
            Topic::Menu => drop(menu::read(record)?),
            Topic::StockChanges => self.stock_change(&stock_changes::read(record)?),
            Topic::StockLevels => self.stock_level(&stock_levels::read(record)?),
        }
        Ok(())
    }

    /// The first record of an id is the order; services count later ones and go on.
    fn placed(&mut self, order: &Contents) {
        let sale = domain::facts::Sale::of(order, String::new());
        let placed = Placed {
            total: order.total(),
            order: contents(order),
            restaurant: print(order.seller.id.as_str()),
            sale: Sale::of(&sale).print(),
            customer: print(&order.customer.email.canonical()),
            delivery: matches!(order.fulfilment, Fulfilment::Delivery { .. }),
        };
        let (needs, at_us) = (stock::small(&needs(order)), order.placed_at.as_microsecond());
        let placing = Placing { placed, needs, at_us };
        let entry = self.orders.entry(order.id).or_default();
        entry.moved |= self.is_late;
        let Some(known) = entry.placed else { return entry.is_placed_as(placing) };
        *self.duplicates.entry(Topic::OrderDetails.name()).or_default() += 1;
        if known.order != placed.order {
            self.others.entry(order.id).or_default().push(placing);
        }
    }

    /// A writer with another partitioner may have put a later record of an id where it is read
    /// before the first. Which one was first, its outcome says.
    fn find_first(&mut self, order: &Contents) {
        let Some(others) = self.others.get(&order.id) else { return };
        let contents = contents(order);
        let entry = self.orders.entry(order.id).or_default();
        let is_another = entry.placed.is_some_and(|placed| placed.order != contents);
        let first = others.iter().find(|other| other.placed.order == contents);
        if let Some(first) = first.filter(|_| is_another && !entry.is_decided()) {
            entry.is_placed_as(first.clone());
        }
    }

    fn confirmed(&mut self, order: &Contents, payment: &str, at: Timestamp) {
        self.step(Topic::OrderConfirmed, order, Status::Confirmed, at);
        let payment = print(payment);
        let entry = self.orders.entry(order.id).or_default();
        if *entry.payment.get_or_insert(payment) != payment {
            self.wrong(&order.id, "is confirmed with two different payments");
        }
    }

    fn refunded(&mut self, order: &Contents, refund: &Refund) {
        let late = self.is_late;
        let entry = self.orders.entry(order.id).or_default();
        entry.moved |= late;
        let altered = entry.placed.is_some_and(|placed| placed.order != contents(order));
        let told = (print(&refund.id.0), refund.amount_minor);
        let again = entry.refund.is_some();
        if *entry.refund.get_or_insert(told) != told {
            self.wrong(&order.id, "is refunded in two different ways");
        } else if again {
            *self.duplicates.entry(Topic::OrderRefunded.name()).or_default() += 1;
        }
        if altered {
            self.altered(order.id, Topic::OrderRefunded.name());
        }
    }

    fn step(&mut self, topic: Topic, order: &Contents, status: Status, at: Timestamp) {
        self.find_first(order);
        let late = self.is_late;
        let entry = self.orders.entry(order.id).or_default();
        entry.moved |= late;
        let again = entry.told.has(status);
        let same_time = entry.reach(status, at.as_microsecond());
        let altered = entry.placed.is_some_and(|placed| placed.order != contents(order));
        if again {
            *self.duplicates.entry(topic.name()).or_default() += 1;
        }
        if !same_time {
            self.wrong(&order.id, format!("is {status} at two different times ({topic})"));
        }
        if altered {
            self.altered(order.id, topic.name());
        }
    }

    /// An order that one part holds otherwise than `order_details`.
    pub(super) fn altered(&mut self, id: OrderId, source: &str) {
        self.wrong(&id, format!("is another order in {source} than in order_details"));
    }
}
