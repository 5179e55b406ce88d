//! The topics. They are read first, and all other sources are compared with them.

use domain::{
    business_day::BusinessDay,
    ids::OrderId,
    number::OrderNumber,
    order::{Fulfilment, Order as Contents},
    payment::{DeclineReason, Refund},
    status::Status,
    stock::needs,
};
use events::{
    Readability, Record, Topic, menu, number::decode_number, order_confirmed, order_declined,
    order_details, order_details::OrderDetails, order_payments, order_progress, order_refunded,
    order_requests, record::DecodeError, stock_changes, stock_levels,
};
use jiff::Timestamp;

use super::{
    evidence::{Evidence, Fingerprint, PlacedOrder, PlacedRecord, fingerprint},
    letters::InvalidRecord,
    stock,
    tables::Sale,
};

/// Topics to read, in the order of the flow.
pub(super) const AUDITED: [Topic; 10] = [
    Topic::OrderDetails,
    Topic::OrderConfirmed,
    Topic::OrderDeclined,
    Topic::OrderProgress,
    Topic::OrderRefunded,
    Topic::OrderPayments,
    Topic::OrderRequests,
    Topic::Menu,
    Topic::StockChanges,
    Topic::StockLevels,
];

/// The topics that are counted as facts.
pub(super) const COUNTED: [Topic; 6] = [
    Topic::OrderDetails,
    Topic::OrderConfirmed,
    Topic::OrderDeclined,
    Topic::OrderProgress,
    Topic::OrderRefunded,
    Topic::OrderPayments,
];

/// The fingerprint of a whole order.
pub(super) fn contents_fingerprint(order: &Contents) -> Fingerprint {
    // Plain structs with text keys always serialise.
    fingerprint(&serde_json::to_vec(&OrderDetails::from(order)).unwrap_or_default())
}

impl Evidence {
    /// Adds a record of one of [`AUDITED`].
    pub(super) fn add_record(&mut self, record: &Record) {
        if let Err(error) = self.decode_record(record) {
            self.unreadable
                .push(InvalidRecord { position: record.position(), reason: error.to_string() });
        }
    }

    fn decode_record(&mut self, record: &Record) -> Result<(), DecodeError> {
        match record.readability() {
            Readability::Readable => {}
            // A later release wrote it.
            Readability::UnknownType(_) => return Ok(()),
            Readability::UnknownVersion(reason) => return Err(DecodeError(reason)),
        }
        match record.topic {
            Topic::OrderDetails => {
                let order = order_details::decode_order(record)?;
                self.in_scope(&order, |evidence| evidence.add_placed(&order));
            }
            Topic::OrderConfirmed => {
                let (order, payment, at) = order_confirmed::decode_confirmed(record)?;
                let verified = order_confirmed::decode_state(record)?;
                let number = decode_number(record)?;
                self.in_scope(&order, |evidence| {
                    evidence.add_confirmed(&order, &payment, at);
                    evidence.orders.entry(order.id).or_default().held.verified = Some(verified);
                    number.into_iter().for_each(|number| evidence.add_number(&order, number));
                });
            }
            Topic::OrderDeclined => {
                let (order, reason, at) = order_declined::decode_declined(record)?;
                self.in_scope(&order, |evidence| evidence.add_declined(&order, reason, at));
            }
            Topic::OrderProgress => {
                let (order, change, _) = order_progress::decode_progress(record)?;
                let (status, at) = (change.status, change.at);
                self.in_scope(&order, |evidence| {
                    evidence.add_status(record.topic, &order, status, at);
                });
            }
            Topic::OrderRefunded => {
                let (order, refund) = order_refunded::decode_refunded(record)?;
                self.in_scope(&order, |evidence| evidence.add_refunded(&order, &refund));
            }
            Topic::OrderPayments => {
                let event = order_payments::decode_payment(record)?;
                // It does not say when its order was placed.
                let is_left_out = |id| self.scope.is_partial() && !self.orders.contains_key(&id);
                if let Some(event) = event.filter(|event| !is_left_out(event.order_id)) {
                    self.add_payment_news(&event);
                }
            }
            Topic::OrderRequests => {
                order_requests::decode_request(record)?;
            }
            Topic::Menu => drop(menu::decode_menu_event(record)?),
            Topic::StockChanges => self.add_stock_change(&stock_changes::decode_change(record)?),
            Topic::StockLevels => self.add_stock_level(&stock_levels::decode_level(record)?),
        }
        Ok(())
    }

    /// Calls `add` unless the order is left out.
    fn in_scope(&mut self, order: &Contents, add: impl FnOnce(&mut Self)) {
        if self.scope.has(order.placed_at) {
            add(self);
        }
    }

    /// The first record of an id is the order; services ignore later ones.
    fn add_placed(&mut self, order: &Contents) {
        let sale = domain::facts::Sale::of(order, String::new());
        let placed = PlacedOrder {
            total: order.total(),
            order: contents_fingerprint(order),
            restaurant: fingerprint(order.seller.id.as_str()),
            sale: Sale::from_sale(&sale).fingerprint(),
            customer: fingerprint(&order.customer.email.canonical()),
            is_delivery: matches!(order.fulfilment, Fulfilment::Delivery { .. }),
        };
        let (needs, at_us) = (stock::fingerprints(&needs(order)), order.placed_at.as_microsecond());
        let record = PlacedRecord { placed, needs, at_us };
        let entry = self.orders.entry(order.id).or_default();
        entry.has_moved |= self.is_late;
        let Some(known) = entry.placed else { return entry.set_contents(record) };
        *self.duplicates.entry(Topic::OrderDetails.name()).or_default() += 1;
        if known.order != placed.order {
            self.others.entry(order.id).or_default().push(record);
        }
    }

    /// Makes the record that matches an outcome the order. A producer with another partitioner may
    /// have put a later record of the id into a partition that is read before the first one.
    fn find_first(&mut self, order: &Contents) {
        let Some(others) = self.others.get(&order.id) else { return };
        let contents = contents_fingerprint(order);
        let entry = self.orders.entry(order.id).or_default();
        let is_another = entry.placed.is_some_and(|placed| placed.order != contents);
        let first = others.iter().find(|other| other.placed.order == contents);
        if let Some(first) = first.filter(|_| is_another && !entry.is_decided()) {
            entry.set_contents(first.clone());
        }
    }

    fn add_confirmed(&mut self, order: &Contents, payment: &str, at: Timestamp) {
        self.add_status(Topic::OrderConfirmed, order, Status::Confirmed, at);
        let payment = fingerprint(payment);
        let entry = self.orders.entry(order.id).or_default();
        if *entry.payment.get_or_insert(payment) != payment {
            self.add_contradiction(&order.id, "is confirmed with two different payments");
        }
    }

    fn add_declined(&mut self, order: &Contents, reason: DeclineReason, at: Timestamp) {
        self.add_status(Topic::OrderDeclined, order, Status::Declined, at);
        let entry = self.orders.entry(order.id).or_default();
        if *entry.reason.get_or_insert(reason) != reason {
            self.add_contradiction(&order.id, "is declined for two different reasons");
        }
    }

    fn add_number(&mut self, order: &Contents, number: OrderNumber) {
        let entry = self.orders.entry(order.id).or_default();
        if *entry.number.get_or_insert(number) != number {
            self.add_contradiction(&order.id, "is confirmed with two different numbers");
        }
        let date = BusinessDay::of(order).date;
        let key = fingerprint(&(order.seller.id.as_str(), date, number));
        let first = *self.numbers.entry(key).or_insert(order.id);
        if first != order.id {
            let problem = format!("has the number {number} of {date}, as {first} has");
            self.add_contradiction(&order.id, problem);
        }
    }

    fn add_refunded(&mut self, order: &Contents, refund: &Refund) {
        let late = self.is_late;
        let entry = self.orders.entry(order.id).or_default();
        entry.has_moved |= late;
        let altered =
            entry.placed.is_some_and(|placed| placed.order != contents_fingerprint(order));
        let published = (fingerprint(&refund.id.0), refund.amount_minor);
        let again = entry.refund.is_some();
        if *entry.refund.get_or_insert(published) != published {
            self.add_contradiction(&order.id, "is refunded in two different ways");
        } else if again {
            *self.duplicates.entry(Topic::OrderRefunded.name()).or_default() += 1;
        }
        if altered {
            self.add_altered(order.id, Topic::OrderRefunded.name());
        }
    }

    fn add_status(&mut self, topic: Topic, order: &Contents, status: Status, at: Timestamp) {
        self.find_first(order);
        let late = self.is_late;
        let entry = self.orders.entry(order.id).or_default();
        entry.has_moved |= late;
        let again = entry.reached.has(status);
        let same_time = entry.record_status(status, at.as_microsecond());
        let altered =
            entry.placed.is_some_and(|placed| placed.order != contents_fingerprint(order));
        if again {
            *self.duplicates.entry(topic.name()).or_default() += 1;
        }
        if !same_time {
            self.add_contradiction(
                &order.id,
                format!("is {status} at two different times ({topic})"),
            );
        }
        if altered {
            self.add_altered(order.id, topic.name());
        }
    }

    /// Adds the contradiction that a source has other contents than `order_details`.
    pub(super) fn add_altered(&mut self, id: OrderId, source: &str) {
        self.add_contradiction(&id, format!("is another order in {source} than in order_details"));
    }
}
