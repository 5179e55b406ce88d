//! The refunds of parts in the tables, as the domain says.

use domain::{
    ids::OrderId,
    order::Order,
    payment::{
        Dispute, GatewayRefund, LedgerAccount, LedgerEntry, PartRefund, Posting, RefundEntry,
        RefundId, RefundKey, RefundOutcome, RefundRequest, Refunder, refund_amount,
        refund_postings,
    },
    payment_method::MethodKind,
    ports::{RefundBook, Unavailable},
};
use jiff::Timestamp;

use super::{Tables, tables::Rows};

impl Rows {
    pub(super) fn refunds_of(&self, order: OrderId) -> Vec<PartRefund> {
        let mine = self.refunds.iter().filter(|((id, _), _)| *id == order);
        mine.map(|(_, refund)| refund.clone()).collect()
    }

    fn entry(&self, id: OrderId, key: &RefundKey) -> Option<RefundEntry> {
        let order = self.book.get(&id)?.order.clone()?;
        let payment = self.payments.get(&id)?.clone();
        let refund = self.refunds.get(&(id, key.clone()))?.clone();
        Some(RefundEntry { order, payment, refund })
    }

    /// Posts a return of money, spread over what is left of each account.
    pub(super) fn post_return(&mut self, order: &Order, entry: &LedgerEntry, minor: Option<i64>) {
        let key = (order.id, entry.to_string());
        let Some(minor) = minor.filter(|_| !self.ledger.contains_key(&key)) else { return };
        let mine = self.ledger.iter().filter(|((id, _), _)| *id == order.id);
        let mut credits: Vec<Posting> = Vec::new();
        let mut account = LedgerAccount::Gateway;
        for posting in mine.flat_map(|(_, postings)| postings) {
            match credits.iter_mut().find(|credit| credit.account == posting.account) {
                _ if posting.account.holds_money() => account = posting.account.clone(),
                Some(credit) => credit.amount_minor += posting.amount_minor,
                None => credits.push(posting.clone()),
            }
        }
        let postings = refund_postings(&credits, account, minor).unwrap();
        self.ledger.insert(key, postings);
    }

    fn reserve_part(&mut self, request: &RefundRequest, at: Timestamp) -> Option<RefundEntry> {
        let id = request.order_id;
        let order = self.book.get(&id)?.order.clone()?;
        let payment = self.payments.get(&id)?.clone();
        let key = (id, request.key.clone());
        if let Some(known) = self.refunds.get_mut(&key) {
            known.attempts += u32::from(known.outcome == RefundOutcome::Reserved);
            return self.entry(id, &request.key);
        }
        let row = self.payments.get_mut(&id)?;
        row.parts.count += 1;
        let earlier = self.refunds_of(id);
        let amount = refund_amount(&order, &payment, &earlier, &request.part);
        let (amount_minor, outcome) = match &amount {
            Ok(minor) => (*minor, RefundOutcome::Reserved),
            Err(why) => {
                let reason = why.to_string();
                (why.asked_minor(&request.part), RefundOutcome::Failed { reason, at })
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
        self.refunds.insert(key, refund);
        if amount.is_ok() {
            let row = self.payments.get_mut(&id)?;
            *row = row.clone().with_reserved(amount_minor);
            if row.method == MethodKind::Cash {
                self.settle_part(&order, &request.key, RefundId(request.key.to_string()), at);
            }
        }
        self.entry(id, &request.key)
    }

    fn settle_part(&mut self, order: &Order, key: &RefundKey, id: RefundId, at: Timestamp) {
        let refund = self.refunds.get_mut(&(order.id, key.clone())).unwrap();
        let row = self.payments.get_mut(&order.id).unwrap();
        let was_reserved = refund.outcome == RefundOutcome::Reserved;
        *row = row.clone().with_booked(refund.amount_minor, was_reserved);
        assert!(row.remainder_minor() >= 0, "more is refunded than was taken");
        let refunded_total_minor = row.refunded_minor();
        refund.outcome = RefundOutcome::Booked { id, at, refunded_total_minor };
        let minor = refund.amount_minor;
        self.post_return(order, &LedgerEntry::PartRefund(key.clone()), Some(minor));
    }

    fn book_made(
        &mut self,
        id: OrderId,
        made: &GatewayRefund,
        at: Timestamp,
        due_at: Option<Timestamp>,
    ) -> Option<RefundEntry> {
        let own_key = made.own_key()?;
        let order = self.book.get(&id)?.order.clone()?;
        let rows = self.refunds_of(id);
        if let Some(known) = made.booked_row(&rows) {
            return self.entry(id, &known.key);
        }
        let key = if let Some(row) = made.row_to_book(&rows) {
            row.key.clone()
        } else {
            self.payments.get_mut(&id)?.parts.count += 1;
            let refund = PartRefund {
                key: own_key.clone(),
                amount_minor: made.amount.minor,
                lines: Vec::new(),
                reason: GatewayRefund::REASON.parse().unwrap(),
                by: Refunder::Gateway,
                person: None,
                requested_at: at,
                attempts: 0,
                outcome: RefundOutcome::Failed { reason: String::new(), at },
            };
            self.refunds.insert((id, own_key.clone()), refund);
            own_key
        };
        self.settle_part(&order, &key, made.id.clone(), at);
        if let Some(due_at) = due_at {
            self.refunds_due.insert((id, key.clone()), due_at);
        }
        self.entry(id, &key)
    }

    fn fail(
        &mut self,
        id: OrderId,
        key: &RefundKey,
        reason: &str,
        at: Timestamp,
    ) -> Option<RefundEntry> {
        let refund = self.refunds.get_mut(&(id, key.clone()))?;
        if refund.outcome == RefundOutcome::Reserved {
            refund.outcome = RefundOutcome::Failed { reason: reason.to_owned(), at };
            let row = self.payments.get_mut(&id)?;
            *row = row.clone().with_released(refund.amount_minor);
        }
        self.entry(id, key)
    }
}

impl RefundBook for Tables {
    async fn reserve_refund(
        &self,
        request: &RefundRequest,
        at: Timestamp,
    ) -> Result<Option<RefundEntry>, Unavailable> {
        self.call("refunds.reserve", |rows| rows.reserve_part(request, at))
    }

    async fn book_refund(
        &self,
        order: OrderId,
        refund: &GatewayRefund,
        at: Timestamp,
        due_at: Option<Timestamp>,
    ) -> Result<Option<RefundEntry>, Unavailable> {
        self.call("refunds.book", |rows| rows.book_made(order, refund, at, due_at))
    }

    async fn fail_refund(
        &self,
        order: OrderId,
        key: &RefundKey,
        reason: &str,
        at: Timestamp,
    ) -> Result<Option<RefundEntry>, Unavailable> {
        self.call("refunds.fail", |rows| rows.fail(order, key, reason, at))
    }

    async fn booked_refunds(
        &self,
        refunds: &[GatewayRefund],
    ) -> Result<Vec<RefundId>, Unavailable> {
        self.call("refunds.booked", |rows| {
            let is_rest = |made: &GatewayRefund| {
                let row = made.order_id.and_then(|id| rows.payments.get(&id));
                row.is_some_and(|row| row.refund.as_ref() == Some(&made.id))
            };
            let is_part = |made: &GatewayRefund| {
                rows.refunds.values().any(|row| {
                    matches!(&row.outcome, RefundOutcome::Booked { id, .. } if *id == made.id)
                })
            };
            let booked = refunds.iter().filter(|made| is_rest(made) || is_part(made));
            booked.map(|made| made.id.clone()).collect()
        })
    }

    async fn due_refunds(
        &self,
        now: Timestamp,
        _limit: u32,
    ) -> Result<Vec<RefundEntry>, Unavailable> {
        self.call("refunds.due", |rows| {
            let due = rows.refunds_due.iter().filter(|(_, due)| **due <= now);
            due.filter_map(|((id, key), _)| rows.entry(*id, key)).collect()
        })
    }

    async fn record_published(&self, order: OrderId, key: &RefundKey) -> Result<(), Unavailable> {
        self.call("refunds.published", |rows| {
            rows.refunds_due.remove(&(order, key.clone()));
        })
    }

    async fn record_dispute(&self, order: OrderId, dispute: &Dispute) -> Result<(), Unavailable> {
        self.call("disputes.record", |rows| {
            let known = rows.disputes.entry(order).or_default();
            if known.iter().all(|known| known.id != dispute.id) {
                known.push(dispute.clone());
            }
        })
    }
}
