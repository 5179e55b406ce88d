//! kill -9 in the middle of a rush, at random moments. Whatever was accepted is charged once,
//! counted once and mailed; whatever was not accepted leaves all parts in agreement.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use serde_json::{Value, json};
use uuid::Uuid;

use crate::common::{
    Api, Engine, Placed, Platform,
    kafka::Rec,
    on_both,
    orders::{dumplings, pizza},
    seen, until,
};

const ORDERS: usize = 500;
const CLIENTS: usize = 32;
const CRASHES: usize = 3;

/// What the clients have done.
#[derive(Default)]
struct Rush {
    next: Cell<usize>,
    accepted: RefCell<BTreeMap<usize, Placed>>,
    /// Asked, never answered, and not asked again.
    given_up: RefCell<BTreeSet<usize>>,
}

impl Rush {
    fn accepted(&self) -> usize {
        self.accepted.borrow().len()
    }

    /// One of many customers. Most repeat a request without an answer, some give up.
    async fn order(&self, api: &Api) {
        loop {
            let n = self.next.replace(self.next.get() + 1);
            if n >= ORDERS {
                return;
            }
            let email = format!("customer{n}@example.com");
            let order = if n.is_multiple_of(3) { dumplings(&email) } else { pizza(&email) };
            let placed = self.place(api, n, &order).await;
            // Every other customer waits for the food, so that the rush lasts.
            if let Some(placed) = placed.filter(|_| n.is_multiple_of(2)) {
                confirmed(api, &placed).await;
            }
        }
    }

    /// Repeats a request until it is answered; every fifth customer gives up instead.
    async fn place(&self, api: &Api, n: usize, order: &Value) -> Option<Placed> {
        until(&format!("order {n} is answered"), async || {
            match api.post_order(order, Some("dinner")).await {
                Ok(answer) if answer.status == 202 => {
                    let placed = Placed::of(&answer);
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

/// Waits until an order is confirmed, whatever crashes meanwhile.
async fn confirmed(api: &Api, placed: &Placed) {
    let path = format!("/api/orders/{}?token={}", placed.id, placed.token);
    until(&format!("{} is confirmed", placed.id), async || {
        let answer = api.try_get(&path).await?;
        let further = answer.status == 200 && answer.json()["status"] != "placed";
        seen(further, answer.text)
    })
    .await;
}

/// A number that differs from run to run: v4 UUIDs are random.
fn random_below(bound: usize) -> usize {
    usize::from(Uuid::new_v4().as_bytes()[0]) * bound / 256
}

/// So slow that every crash finds charges in every state.
fn slow() -> Value {
    json!({"latency_ms": {"min": 20, "max": 200}})
}

async fn nothing_accepted_is_lost_and_nothing_is_charged_twice(engine: Engine) {
    tokio::task::LocalSet::new().run_until(rush_and_crash(engine)).await;
}

async fn rush_and_crash(engine: Engine) {
    let mut platform = Platform::start(engine).await;
    platform.set_faults(&slow()).await;
    let rush = Rc::new(Rush::default());
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let (rush, api) = (rush.clone(), platform.api.clone());
            tokio::task::spawn_local(async move { rush.order(&api).await })
        })
        .collect();
    let share = ORDERS / (CRASHES + 1);
    for crash in 0..CRASHES {
        let moment = crash * share + 1 + random_below(share);
        let charged = until(&format!("{moment} orders are charged"), async || {
            let charged = platform.captures().await.len();
            seen(charged >= moment, charged)
        })
        .await;
        eprintln!("kill -9 after {charged} charged orders, {} accepted", rush.accepted());
        platform.kill();
        platform.start_again().await;
        // A gateway that was restarted has forgotten its faults.
        platform.set_faults(&slow()).await;
    }
    for client in clients {
        client.await.unwrap();
    }
    let (accepted, given_up) = (rush.accepted.take(), rush.given_up.take());
    assert_eq!(accepted.len() + given_up.len(), ORDERS);
    check(platform, &accepted, given_up.len()).await;
}

async fn check(platform: Platform, accepted: &BTreeMap<usize, Placed>, given_up: usize) {
    platform.quiet().await;
    let ids: BTreeSet<_> = accepted.values().map(|placed| placed.id.clone()).collect();
    assert_eq!(ids.len(), accepted.len(), "no two customers share an order");
    let kafka = platform.kafka();
    let placed: BTreeSet<_> = kafka.read("order_details").iter().map(Rec::key_text).collect();
    assert!(placed.is_superset(&ids), "accepted means durable");
    assert!(placed.len() <= accepted.len() + given_up, "no order out of nothing");

    // Once by its id: after a crash the very same event may stand there again.
    let mut confirmed = BTreeMap::<_, BTreeSet<_>>::new();
    for record in kafka.read("order_confirmed") {
        let told = (record.header("ce_id").to_owned(), record.value.clone());
        confirmed.entry(record.key_text()).or_default().insert(told);
    }
    assert_eq!(confirmed.keys().cloned().collect::<BTreeSet<_>>(), placed);
    assert!(confirmed.values().all(|told| told.len() == 1), "two different confirmations");

    let captures = platform.captures().await;
    assert_eq!(captures.keys().cloned().collect::<BTreeSet<_>>(), placed);
    assert!(captures.values().all(|(times, _)| *times == 1), "{captures:?}");

    let summary = platform.api.summary().await;
    assert_eq!(summary["orders"]["confirmed"], placed.len());
    assert_eq!(summary["customers"]["unique"], placed.len());
    let total: i64 = captures.values().map(|(_, minor)| minor).sum();
    let revenue = &summary["revenue_minor"];
    let sum = |currency: &str| revenue[currency].as_i64().unwrap_or(0);
    assert_eq!(sum("EUR") + sum("GBP"), total);

    let mails = platform.api.mails().await;
    let missing: Vec<_> =
        placed.iter().filter(|id| !mails.iter().any(|mail| mail.page.contains(*id))).collect();
    assert_eq!(missing, [] as [&String; 0], "orders without a mail");
    platform.finish().await;
}

on_both!(nothing_accepted_is_lost_and_nothing_is_charged_twice,);
