//! The order book in memory, by the domain's rules for joins and decisions.

use domain::{
    ids::{OrderId, RequestId, RestaurantId},
    kitchen::{self, Decision, Request, RequestOutcome},
    order::Order,
    ports::{BookEntry, Hop, MoneyBack, OrderBook, OrderView, PlacedBy, Unavailable},
    status::{OrderStanding, Status},
};
use jiff::{SignedDuration, Timestamp};

use super::{
    lock,
    tables::{BookRow, Rows, Tables},
};

impl Rows {
    pub(super) fn join(&mut self, entry: BookEntry) {
        let (id, status, at) = (entry.change.order_id, entry.change.status, entry.change.at);
        let news = OrderStanding::from(entry.change);
        let row = self.book.entry(id).or_insert_with(|| BookRow {
            standing: news.clone(),
            order: None,
            request: None,
            history: std::collections::BTreeMap::default(),
        });
        row.standing = row.standing.clone().join(news);
        let same = row.order.is_none() || row.order == entry.order;
        row.request = row.request.take().or(entry.request.filter(|_| same));
        row.order = row.order.take().or(entry.order);
        let reached = row.history.entry(status).or_insert(at);
        *reached = at.min(*reached);
    }

    fn decide(&mut self, request: &Request) -> (Decision, Option<Order>) {
        let row = self.book.get(&request.order_id);
        let order = row.and_then(|row| row.order.clone());
        let known = order.as_ref().zip(row.map(|row| row.standing.status));
        let number = row.and_then(|row| row.standing.number);
        let RequestOutcome { mut decision, is_new } =
            kitchen::decide_request(request, self.decisions.get(&request.id), known);
        if let Some(change) = &mut decision.change {
            change.number = number;
        }
        if is_new {
            if let Some(change) = decision.change.clone() {
                self.join(BookEntry { change, order: None, request: None });
            }
            self.decisions.insert(request.id, decision.clone());
        }
        (decision, order)
    }

    fn unanswered(&self, now: Timestamp) -> Vec<(OrderId, Timestamp)> {
        let over = |(id, row): (&OrderId, &BookRow)| {
            let seller = &row.order.as_ref()?.seller;
            let within = SignedDuration::from_secs(seller.accept_within_s.into());
            let over = row.standing.at + within;
            let waits = row.standing.status == Status::Confirmed && !seller.auto_accept;
            (waits && over <= now).then_some((*id, over))
        };
        let mut found: Vec<_> = self.book.iter().filter_map(over).collect();
        found.sort_by_key(|(_, over)| *over);
        found
    }

    fn view(&self, id: OrderId) -> Option<OrderView> {
        let row = self.book.get(&id)?;
        Some(OrderView {
            order_id: id,
            standing: row.standing.clone(),
            order: row.order.clone(),
            history: row.history.iter().map(|(status, at)| (*status, *at)).collect(),
            payment: self.payments.get(&id).cloned(),
        })
    }
}

impl OrderBook for Tables {
    async fn record_with_hops(
        &self,
        entries: Vec<BookEntry>,
        hops: Vec<Hop>,
    ) -> Result<(), Unavailable> {
        self.call("book.record", |rows| {
            for entry in entries {
                rows.join(entry);
            }
            for hop in hops {
                rows.travel.entry((hop.order_id, hop.status)).or_insert(hop);
            }
        })
    }

    async fn travel(&self, order: OrderId) -> Result<Vec<Hop>, Unavailable> {
        let rows = lock(&self.rows);
        let hops = rows.travel.values().filter(|hop| hop.order_id == order);
        Ok(hops.cloned().collect())
    }

    async fn decide(
        &self,
        requests: Vec<Request>,
    ) -> Result<Vec<(Decision, Option<Order>)>, Unavailable> {
        self.call("book.decide", |rows| requests.iter().map(|r| rows.decide(r)).collect())
    }

    async fn decision(&self, request: RequestId) -> Result<Option<Decision>, Unavailable> {
        Ok(lock(&self.rows).decisions.get(&request).cloned())
    }

    async fn unanswered(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<(OrderId, Timestamp)>, Unavailable> {
        let mut found = lock(&self.rows).unanswered(now);
        found.truncate(limit as usize);
        Ok(found)
    }

    async fn read_order(&self, order: OrderId) -> Result<Option<OrderView>, Unavailable> {
        Ok(lock(&self.rows).view(order))
    }

    async fn money_back(&self, order: OrderId) -> Result<MoneyBack, Unavailable> {
        self.call("book.money_back", |rows| {
            let refunds = rows.refunds_of(order);
            let disputes = rows.disputes.get(&order).cloned().unwrap_or_default();
            MoneyBack { refunds, disputes }
        })
    }

    async fn placed_by(&self, order: OrderId) -> Result<Option<PlacedBy>, Unavailable> {
        self.call("book.placed_by", |rows| {
            let row = rows.book.get(&order)?;
            let total = row.order.as_ref().map(Order::total);
            Some(PlacedBy { digest: row.request.clone(), order: row.order.clone(), total })
        })
    }

    async fn board(
        &self,
        restaurant: Option<&RestaurantId>,
        limit: u32,
    ) -> Result<Vec<OrderView>, Unavailable> {
        let rows = lock(&self.rows);
        let views = rows.book.keys().filter_map(|id| rows.view(*id));
        let views = views.filter(|view| {
            let here = |order: &Order| restaurant.is_none_or(|id| *id == order.seller.id);
            let open = (Status::Confirmed..Status::Completed).contains(&view.standing.status);
            open && view.order.as_ref().is_some_and(here)
        });
        Ok(views.take(limit as usize).collect())
    }
    async fn handed_over(
        &self,
        restaurant: Option<&RestaurantId>,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<OrderView>, Unavailable> {
        let rows = lock(&self.rows);
        let views = rows.book.keys().filter_map(|id| rows.view(*id));
        let here = |order: &Order| restaurant.is_none_or(|id| *id == order.seller.id);
        let views = views.filter(|view| {
            view.standing.status == Status::Completed
                && view.standing.at >= since
                && view.order.as_ref().is_some_and(here)
        });
        let mut views: Vec<_> = views.collect();
        views.sort_by_key(|view| std::cmp::Reverse(view.standing.at));
        views.truncate(limit as usize);
        Ok(views)
    }
}
