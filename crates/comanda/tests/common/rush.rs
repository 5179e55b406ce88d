//! Many concurrent customers while something breaks: their responses, and the agreement of all
//! parts afterwards.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use serde_json::{Value, json};
use tokio::task::{JoinHandle, LocalSet, spawn_local};

use super::{
    Api, PlacedOrder, View,
    kafka::CopiedRecord,
    ok_if,
    orders::{dumplings, pizza},
    wait_until,
};

/// Minimum number of clients; a large rush has one per fifty orders.
const CLIENTS: usize = 32;

/// Gateway latencies so long that a crash meets charges in every state.
pub fn slow_gateway() -> Value {
    json!({"latency_ms": {"min": 20, "max": 200}})
}

/// Runs a test with a rush, whose clients are tasks of this thread.
pub async fn run_local(test: impl Future<Output = ()>) {
    LocalSet::new().run_until(test).await;
}

/// The order of the `n`th customer.
type Order = fn(usize) -> Value;

struct State {
    order: Order,
    /// The number of orders, and the number after that of the last customer.
    orders: usize,
    end: usize,
    next: Cell<usize>,
    accepted: RefCell<BTreeMap<usize, PlacedOrder>>,
    /// Customers who got no response and did not retry.
    given_up: RefCell<BTreeSet<usize>>,
}

/// A running rush.
pub struct Rush {
    state: Rc<State>,
    clients: Vec<JoinHandle<()>>,
}

/// The responses to its clients.
pub struct RushResult {
    pub accepted: BTreeMap<usize, PlacedOrder>,
    pub given_up: usize,
}

impl Rush {
    /// Starts a rush of orders, by clients with one order each at a time.
    pub fn start(api: &Api, orders: usize) -> Self {
        Self::of(api, 0, orders, order_by_card)
    }

    /// Starts a rush of orders of other kinds.
    pub fn start_with(api: &Api, orders: usize, order: Order) -> Self {
        Self::of(api, 0, orders, order)
    }

    /// Starts a second rush, by other customers.
    pub fn second_wave(api: &Api, orders: usize) -> Self {
        Self::wave(api, 1, orders)
    }

    /// Starts the `n`th rush, counted from 0; each has customers of its own.
    pub fn wave(api: &Api, n: usize, orders: usize) -> Self {
        Self::of(api, orders * n, orders * (n + 1), order_by_card)
    }

    fn of(api: &Api, first: usize, end: usize, order: Order) -> Self {
        let (accepted, given_up) = (RefCell::default(), RefCell::default());
        let next = Cell::new(first);
        let state = State { order, orders: end - first, end, next, accepted, given_up };
        let state = Rc::new(state);
        let client = |_| {
            let (state, api) = (state.clone(), api.clone());
            spawn_local(async move { state.run_client(&api).await })
        };
        let clients = (0..CLIENTS.max((end - first) / 50)).map(client).collect();
        Self { state, clients }
    }

    /// The number of orders accepted so far.
    pub fn accepted(&self) -> usize {
        self.state.accepted.borrow().len()
    }

    /// The orders accepted so far.
    pub fn accepted_orders(&self) -> Vec<PlacedOrder> {
        self.state.accepted.borrow().values().cloned().collect()
    }

    /// Waits until this many orders are accepted.
    pub async fn wait_for_accepted(&self, orders: usize) {
        wait_until(&format!("{orders} orders are accepted"), async || {
            ok_if(self.accepted() >= orders, self.accepted())
        })
        .await;
    }

    /// Waits for every client.
    pub async fn finish(self) -> RushResult {
        for client in self.clients {
            client.await.unwrap();
        }
        let (accepted, given_up) = (self.state.accepted.take(), self.state.given_up.take());
        assert_eq!(accepted.len() + given_up.len(), self.state.orders);
        RushResult { accepted, given_up: given_up.len() }
    }
}

impl State {
    /// Runs one client. Most customers repeat a request without a response, some give up.
    async fn run_client(&self, api: &Api) {
        loop {
            let n = self.next.replace(self.next.get() + 1);
            if n >= self.end {
                return;
            }
            let placed = self.place_order(api, n, &(self.order)(n)).await;
            // Every other customer waits for the confirmation, so that the rush lasts.
            if let Some(placed) = placed.filter(|_| n.is_multiple_of(2)) {
                wait_until_confirmed(api, &placed).await;
            }
        }
    }

    /// Repeats a request until it gets a response; every fifth customer gives up instead.
    async fn place_order(&self, api: &Api, n: usize, order: &Value) -> Option<PlacedOrder> {
        wait_until(&format!("order {n} is answered"), async || {
            match api.post_order(order, Some("dinner")).await {
                Ok(answer) if answer.status == 202 => {
                    let placed = PlacedOrder::of(&answer);
                    self.accepted.borrow_mut().insert(n, placed.clone());
                    Ok(Some(placed))
                }
                _ if n % 5 == 4 => {
                    self.given_up.borrow_mut().insert(n);
                    Ok(None)
                }
                Ok(answer) if answer.status == 503 => Err(answer.text),
                Ok(answer) => panic!("order {n}: {answer:?}"),
                Err(lost) => Err(lost),
            }
        })
        .await
    }
}

/// An order at one of two restaurants: one accepts automatically, at the other people accept.
fn order_by_card(n: usize) -> Value {
    let email = format!("customer{n}@example.com");
    if n.is_multiple_of(3) { dumplings(&email) } else { pizza(&email) }
}

/// Waits until an order is confirmed, across crashes.
async fn wait_until_confirmed(api: &Api, placed: &PlacedOrder) {
    let path = format!("/api/orders/{}?token={}", placed.id, placed.token);
    wait_until(&format!("{} is confirmed", placed.id), async || {
        let answer = api.try_get(&path).await?;
        let further = answer.status == 200 && answer.json()["status"] != "placed";
        ok_if(further, answer.text)
    })
    .await;
}

impl RushResult {
    /// Both rushes together.
    pub fn merge(mut self, other: Self) -> Self {
        self.accepted.extend(other.accepted);
        self.given_up += other.given_up;
        self
    }

    /// Asserts that every accepted order is charged once and counted once, and that all parts agree
    /// about the others. Returns the ids of all orders.
    pub async fn check(&self, view: &View) -> BTreeSet<String> {
        view.wait_until_idle().await;
        let ids: BTreeSet<_> = self.accepted.values().map(|placed| placed.id.clone()).collect();
        assert_eq!(ids.len(), self.accepted.len(), "no two customers share an order");
        let kafka = view.kafka();
        let placed: BTreeSet<_> =
            kafka.read_topic("order_details").iter().map(CopiedRecord::key_text).collect();
        assert!(placed.is_superset(&ids), "accepted means durable");
        assert!(placed.len() <= ids.len() + self.given_up, "no order out of nothing");

        // By event id, since a crash may repeat the same event.
        let mut confirmed = BTreeMap::<_, BTreeSet<_>>::new();
        for record in kafka.read_topic("order_confirmed") {
            let event = (record.header("ce_id").to_owned(), record.value.clone());
            confirmed.entry(record.key_text()).or_default().insert(event);
        }
        assert_eq!(confirmed.keys().cloned().collect::<BTreeSet<_>>(), placed);
        assert!(confirmed.values().all(|events| events.len() == 1), "two different confirmations");

        let captures = view.charges().await;
        assert_eq!(captures.keys().cloned().collect::<BTreeSet<_>>(), placed);
        assert!(captures.values().all(|(times, _)| *times == 1), "{captures:?}");

        let summary = view.api.summary().await;
        assert_eq!(summary["orders"]["confirmed"], placed.len());
        assert_eq!(summary["customers"]["unique"], placed.len());
        let total: i64 = captures.values().map(|(_, minor)| minor).sum();
        let revenue = &summary["revenue_minor"];
        let sum = |currency: &str| revenue[currency].as_i64().unwrap_or(0);
        assert_eq!(sum("EUR") + sum("GBP"), total);
        placed
    }
}
