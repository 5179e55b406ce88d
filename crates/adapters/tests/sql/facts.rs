//! Facts are counted once, and the figures of all time equal those of a span that holds them all.

use adapters::sql::SqlFacts;
use domain::{
    facts::{Fact, Summary},
    fixtures,
    money::Currency,
    order::Order,
    ports::FactStore,
    status::Status,
};
use proptest::prelude::*;

use super::common::{Place, figures_equal_facts, order, time, wait};

fn fact(order: &Order, kind: Status, second: i64, customer: &str) -> Fact {
    Fact::new(order, kind, time(second), customer.to_owned())
}

/// What a span says that begins before everything and ends after it.
async fn whole_span(facts: &SqlFacts) -> Summary {
    facts.summary(None, Some(time(-1_000_000)), Some(time(10_000_000_000))).await.unwrap()
}

async fn a_fact_told_again_changes_nothing(place: Place) {
    let facts = SqlFacts::new(place.database.clone());
    let (one, two) = (order(1), fixtures::rich_order());
    let day = vec![
        fact(&one, Status::Placed, 1, "ada"),
        fact(&one, Status::Confirmed, 2, "ada"),
        fact(&two, Status::Confirmed, 4_000, "zoë"),
        fact(&one, Status::Confirmed, 99, "somebody else"),
    ];
    assert_eq!(facts.record(day.clone()).await.unwrap(), 3, "within a batch");
    let first = facts.summary(None, None, None).await.unwrap();
    assert_eq!(facts.record(day).await.unwrap(), 0, "in another batch");
    assert_eq!(facts.record(vec![]).await.unwrap(), 0);
    assert_eq!(facts.summary(None, None, None).await.unwrap(), first);
    assert_eq!((first.orders[&Status::Placed], first.orders[&Status::Confirmed]), (1, 2));
    assert_eq!(first.revenue_minor[&Currency::EUR], 2_200 + 3_205);
    assert_eq!((first.items_sold, first.customers, first.returning), (5, 2, 0));
    assert_eq!(first.hours, [(0, 1, 2_200), (3_600, 1, 3_205)]);
    assert_eq!(first.event_time, Some(time(4_000)));
    let top: Vec<_> = first.top_items.iter().map(|(id, i)| (id.as_str(), i.quantity)).collect();
    assert_eq!(top, [("margherita", 4), ("tiramisu", 1)]);
    assert_eq!(whole_span(&facts).await, first);
}

async fn the_dashboard_of_a_shop_shows_only_the_shop(place: Place) {
    let facts = SqlFacts::new(place.database.clone());
    assert_eq!(facts.summary(None, None, None).await.unwrap(), Summary::default());
    let elsewhere = |n| {
        let mut parts = fixtures::order_parts(n);
        parts.seller.id = "elsewhere".parse().unwrap();
        Order::try_from(parts).unwrap()
    };
    let sold = [order(1), order(2), elsewhere(3)];
    let told = sold.iter().map(|order| fact(order, Status::Confirmed, 10, "ada")).collect();
    facts.record(told).await.unwrap();
    let napoli = "bella-napoli".parse().unwrap();
    let here = facts.summary(Some(&napoli), None, None).await.unwrap();
    assert_eq!((here.orders[&Status::Confirmed], here.customers, here.returning), (2, 1, 1));
    let all = facts.summary(None, None, None).await.unwrap();
    assert_eq!((all.orders[&Status::Confirmed], all.customers, all.returning), (3, 1, 1));
    // From is inclusive, to is exclusive.
    let from = facts.summary(Some(&napoli), Some(time(10)), Some(time(11))).await.unwrap();
    assert_eq!(from, here);
    let to = facts.summary(None, Some(time(9)), Some(time(10))).await.unwrap();
    assert_eq!((to.orders.len(), to.customers, to.event_time), (0, 0, None));
    let half_open = facts.summary(None, None, Some(time(11))).await.unwrap();
    assert_eq!(half_open, all);
}

async fn two_instances_count_each_fact_once(place: Place) {
    let stores = [SqlFacts::new(place.database.clone()), SqlFacts::new(place.again().await)];
    let kinds = [Status::Placed, Status::Confirmed];
    let told = |n| kinds.map(move |kind| fact(&order(n), kind, 5, &format!("c{}", n % 7)));
    let all: Vec<_> = (1..=100).flat_map(told).collect();
    let mut counting = Vec::new();
    for (n, store) in stores.iter().cycle().take(6).enumerate() {
        let (store, mut mine) = (store.clone(), all.clone());
        mine.rotate_left(n * 31);
        counting.push(tokio::spawn(async move {
            let mut new = 0;
            for batch in mine.chunks(13) {
                new += store.record(batch.to_vec()).await.unwrap();
            }
            new
        }));
    }
    let mut new = 0;
    for count in counting {
        new += count.await.unwrap();
    }
    assert_eq!(new, 200);
    let summary = stores[0].summary(None, None, None).await.unwrap();
    assert_eq!(summary.revenue_minor[&Currency::EUR], 100 * 2_200);
    assert_eq!((summary.customers, summary.returning), (7, 7));
    assert_eq!(whole_span(&stores[1]).await, summary);
    figures_equal_facts(&place.database).await;
}

/// A dish under several names stands in a span under the last of them, byte by byte.
async fn names_compare_as_bytes(place: Place) {
    let facts = SqlFacts::new(place.database.clone());
    for (n, name) in (1_u128..).zip(["B", "a", "Z"]) {
        let mut named = fact(&order(n), Status::Confirmed, 1, "ada");
        named.items[0].name = name.parse().unwrap();
        facts.record(vec![named]).await.unwrap();
    }
    let span = facts.summary(None, Some(time(0)), Some(time(2))).await.unwrap();
    assert_eq!(span.top_items[0].1.name.as_str(), "a");
}

/// Any day: a few orders with the steps they reached. Names of dishes follow their ids, as they do
/// unless an owner renames one.
fn any_day() -> impl Strategy<Value = Vec<Fact>> {
    let step = (0..Status::ALL.len(), -20_000_i64..20_000, 0_u8..4);
    prop::collection::vec((fixtures::any_order(), prop::collection::vec(step, 1..4)), 1..6)
        .prop_map(|orders| {
            let told = |(order, steps): (Order, Vec<(usize, i64, u8)>)| {
                let fact = move |(kind, second, customer): (usize, i64, u8)| {
                    let customer = format!("c{customer}");
                    let mut fact = fact(&order, Status::ALL[kind], second, &customer);
                    for sold in &mut fact.items {
                        sold.name = sold.item_id.as_str().parse().unwrap();
                    }
                    fact
                };
                steps.into_iter().map(fact)
            };
            orders.into_iter().flat_map(told).collect()
        })
}

fn check_any_day(place: &Place) {
    let facts = SqlFacts::new(place.database.clone());
    proptest!(ProptestConfig::with_cases(24), |(day in any_day(), batch in 1_usize..8)| {
        wait(async {
            for batch in day.chunks(batch) {
                facts.record(batch.to_vec()).await.unwrap();
            }
            let all = facts.summary(None, None, None).await.unwrap();
            assert!(all.top_items.len() <= 10);
            let by_hour: i64 = all.hours.iter().map(|(_, orders, _)| orders).sum();
            assert_eq!(all.confirmed.values().sum::<i64>(), by_hour);
            assert_eq!(whole_span(&facts).await, all);
            figures_equal_facts(&place.database).await;
        });
    });
}

async fn all_time_is_the_span_that_holds_everything(place: Place) {
    check_any_day(&place);
}

on_both!(
    names_compare_as_bytes,
    all_time_is_the_span_that_holds_everything,
    a_fact_told_again_changes_nothing,
    the_dashboard_of_a_shop_shows_only_the_shop,
    two_instances_count_each_fact_once
);
