//! Benchmark of the figures: `cargo xtask bench figures`, or
//! `cargo run --release -p sql --example figures -- [orders] [address of a database]`.
//!
//! Orders of three restaurants go through six steps each, in batches of a thousand records: first
//! within one hour, then over sixty days, where hardly two fall into the same minute. Then the
//! dashboard is queried and the figures are rebuilt. Without an address, the database is SQLite in
//! a file.

#![allow(clippy::print_stdout, reason = "it is for reading")]
#![allow(clippy::unwrap_used, reason = "samples are known to be good")]

use std::time::{Duration, Instant};

use domain::{
    facts::{
        Fact, FactKind, Sale, Scope, Sold,
        board::{Range, Window},
    },
    ids::OrderId,
    money::Currency,
    ports::FactStore,
    status::Status,
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use sql::{Database, Rebuild, SqlFacts};
use uuid::Uuid;

const STEPS: [(Status, i64); 6] = [
    (Status::Placed, 0),
    (Status::Confirmed, 2),
    (Status::Accepted, 90),
    (Status::Preparing, 100),
    (Status::Ready, 1_200),
    (Status::Completed, 2_400),
];
/// Number of orders and the time over which they are spread.
#[derive(Clone, Copy)]
struct Times {
    first_id: u64,
    orders: u64,
    span_s: i64,
}
const BATCH: usize = 1_000;
const QUESTIONS: usize = 200;

fn end() -> Timestamp {
    "2026-11-22T18:23:00Z".parse().unwrap()
}

fn sale(n: u64, Times { first_id, orders, span_s }: Times) -> Sale {
    let shop = ["bella-napoli", "jade-garden", "corner-grill"][usize::try_from(n % 3).unwrap()];
    // Random ids, like those of orders with a key, but the same in each run.
    let mixed = u128::from(n + first_id).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    let span_us = span_s * 1_000_000;
    let at = i64::try_from(u128::from(n) * u128::try_from(span_us).unwrap() / u128::from(orders));
    let dish = |d: u64| Sold {
        item_id: format!("dish-{}", (n * 7 + d * 5) % 30).parse().unwrap(),
        name: format!("Dish {}", (n * 7 + d * 5) % 30).parse().unwrap(),
        quantity: 1 + d,
        revenue_minor: 950,
    };
    Sale {
        order_id: OrderId(Uuid::from_u128(mixed)),
        restaurant_id: shop.parse().unwrap(),
        time_zone: "Europe/Rome".parse().unwrap(),
        currency: Currency::EUR,
        placed_at: end() - SignedDuration::from_micros(span_us - at.unwrap()),
        total_minor: 2_450,
        customer: format!("{:024x}", mixed % (u128::from(orders) / 4).max(1)),
        items: (0..=n % 3).map(dish).collect(),
    }
}

fn fact(n: u64, times: Times, step: usize) -> Fact {
    let (sale, (status, after)) = (sale(n, times), STEPS[step]);
    let at = sale.placed_at + SignedDuration::from_secs(after);
    let (kind, reason) = (FactKind::Reached(status), domain::facts::Reason::NONE);
    Fact { sale, kind, at, reason, refunded: None }
}

/// The records in log order: each step of an order comes some thousands of records after the one
/// before.
fn records(times: Times) -> impl Iterator<Item = Fact> {
    let (apart, orders) = (300, times.orders);
    let last = u64::try_from(STEPS.len() - 1).unwrap() * apart;
    (0..orders + last).flat_map(move |now| {
        let step = move |step: usize| {
            let n = now.checked_sub(u64::try_from(step).unwrap() * apart)?;
            (n < orders).then(|| fact(n, times, step))
        };
        (0..STEPS.len()).filter_map(step)
    })
}

/// CPU time of this process so far.
fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<_> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
    let ticks = |n: usize| fields.get(n).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    Duration::from_millis((ticks(11) + ticks(12)) * 10)
}

async fn measured(what: &str, work: impl Future<Output = u64>) {
    let (begun, used) = (Instant::now(), cpu());
    let events = work.await;
    let (took, used) = (begun.elapsed(), cpu().saturating_sub(used));
    let rate = u128::from(events) * 1_000_000 / took.as_micros().max(1);
    let each = used.as_nanos() / u128::from(events.max(1));
    println!("{what:<44}{rate:>10} events/s   {each:>7} ns own CPU an event");
}

async fn asked<F: Future<Output = ()>>(what: &str, mut ask: impl FnMut() -> F) {
    let mut all = Vec::with_capacity(QUESTIONS);
    for _ in 0..QUESTIONS {
        let begun = Instant::now();
        ask().await;
        all.push(begun.elapsed());
    }
    all.sort_unstable();
    let (p50, p99) = (all[QUESTIONS / 2].as_micros(), all[QUESTIONS * 99 / 100].as_micros());
    println!("{what:<44}{p50:>10} µs p50   {p99:>10} µs p99");
}

async fn questions(store: &SqlFacts) {
    let zone = TimeZone::get("Europe/Rome").unwrap();
    for (name, scope) in [
        ("all restaurants", Scope::All),
        ("one restaurant", Scope::One("bella-napoli".parse().unwrap())),
    ] {
        let ask = || async { drop(store.summary(&scope, None, None).await.unwrap()) };
        asked(&format!("summary, {name}"), ask).await;
        for range in Range::ALL {
            let ask = Window::new(*range, end(), &zone).ask(scope.clone(), end(), &zone);
            let ask = &ask;
            let question = || async move { drop(store.board(ask).await.unwrap()) };
            asked(&format!("dashboard, {range}, {name}"), question).await;
        }
    }
    let ask = || async {
        store.pulse().await.unwrap();
    };
    asked("has anything changed?", ask).await;
}

/// Records the facts in log order.
async fn count(store: &SqlFacts, times: Times) -> u64 {
    let (mut all, mut events) = (records(times), 0);
    loop {
        let batch: Vec<_> = all.by_ref().take(BATCH).collect();
        if batch.is_empty() {
            return events;
        }
        events += store.record(batch).await.unwrap();
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut args = std::env::args().skip(1);
    let orders: u64 = args.next().and_then(|text| text.parse().ok()).unwrap_or(20_000);
    let folder = tempfile::tempdir().unwrap();
    let file = format!("sqlite:{}", folder.path().join("figures.db").display());
    let address = args.next().unwrap_or(file);
    let database = Database::open(&address).await.unwrap();
    let store = SqlFacts::new(database.clone());
    let kind = address.split(':').next().unwrap_or_default();
    println!("{kind}: {orders} orders, {} records", orders * STEPS.len() as u64);
    let rush = Times { first_id: orders, orders: orders.min(20_000), span_s: 3_600 };
    measured("facts and aggregates, in a rush", Box::pin(count(&store, rush))).await;
    let times = Times { first_id: 0, orders, span_s: 60 * 86_400 };
    measured("facts and aggregates, over sixty days", Box::pin(count(&store, times))).await;
    questions(&store).await;
    let rebuild = Rebuild::begin(database.clone()).await.unwrap();
    measured(
        "made anew, topic by topic",
        Box::pin(async {
            for step in 0..STEPS.len() {
                for times in [rush, times] {
                    for from in (0..times.orders).step_by(4_000) {
                        let to = times.orders.min(from + 4_000);
                        let batch = (from..to).map(|n| fact(n, times, step));
                        rebuild.record(batch.collect()).await.unwrap();
                    }
                }
            }
            (rush.orders + orders) * STEPS.len() as u64
        }),
    )
    .await;
    let begun = Instant::now();
    let differences = rebuild.differences().await.unwrap();
    println!(
        "{:<44}{:>10} ms, {} differences",
        "compared, row by row",
        begun.elapsed().as_millis(),
        differences.len()
    );
    rebuild.swap().await.unwrap();
    database.close().await;
}
