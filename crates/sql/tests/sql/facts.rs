//! Facts are counted once, and the figures of all time equal those of a range that covers
//! everything.

use domain::{
    facts::{
        Fact, FactKind, Reason, Restock, Scope, Summary,
        board::{FactsQuery, Range, Window},
    },
    fixtures,
    ids::ChangeId,
    money::Currency,
    order::Order,
    payment::{DeclineReason, Refund, RefundId},
    ports::FactStore,
    status::Status,
    stock::{Change, StockLevel},
};
use jiff::tz::TimeZone;
use proptest::prelude::*;
use sql::SqlFacts;
use uuid::Uuid;

use super::common::{TestDatabase, counted, figures_equal_facts, order, time, wait};

fn fact(order: &Order, kind: Status, second: i64, customer: &str) -> Fact {
    Fact::new(order, kind, time(second), customer.to_owned())
}

/// The summary of a range that starts before and ends after everything.
async fn whole_span(facts: &SqlFacts) -> Summary {
    facts.summary(&Scope::All, Some(time(-1_000_000)), Some(time(10_000_000_000))).await.unwrap()
}

async fn a_repeated_fact_changes_nothing(test_db: TestDatabase) {
    let facts = SqlFacts::new(test_db.database.clone());
    let (one, two) = (order(1), fixtures::rich_order());
    let day = vec![
        fact(&one, Status::Placed, 1, "ada"),
        fact(&one, Status::Confirmed, 2, "ada"),
        fact(&two, Status::Confirmed, 4_000, "zoë"),
        fact(&one, Status::Confirmed, 99, "somebody else"),
    ];
    assert_eq!(facts.record(day.clone()).await.unwrap(), 3, "within a batch");
    let first = facts.summary(&Scope::All, None, None).await.unwrap();
    assert_eq!(facts.record(day).await.unwrap(), 0, "in another batch");
    assert_eq!(facts.record(vec![]).await.unwrap(), 0);
    assert_eq!(facts.summary(&Scope::All, None, None).await.unwrap(), first);
    assert_eq!((first.orders[&Status::Placed], first.orders[&Status::Confirmed]), (1, 2));
    assert_eq!(first.revenue_minor[&Currency::EUR], 2_200 + 3_205);
    assert_eq!((first.items_sold, first.customers, first.returning), (5, 2, 0));
    assert_eq!(first.event_time, Some(time(4_000)));
    let top: Vec<_> = first.top_items.iter().map(|d| (d.item_id.as_str(), d.quantity)).collect();
    assert_eq!(top, [("margherita", 4), ("tiramisu", 1)]);
    assert_eq!(whole_span(&facts).await, first);
}

async fn the_dashboard_of_a_shop_shows_only_the_shop(test_db: TestDatabase) {
    let facts = SqlFacts::new(test_db.database.clone());
    assert_eq!(facts.summary(&Scope::All, None, None).await.unwrap(), Summary::default());
    let elsewhere = |n| {
        let mut parts = fixtures::order_parts(n);
        parts.seller.id = "elsewhere".parse().unwrap();
        Order::try_from(parts).unwrap()
    };
    let sold = [order(1), order(2), elsewhere(3)];
    let facts_sold = sold.iter().map(|order| fact(order, Status::Confirmed, 10, "ada")).collect();
    facts.record(facts_sold).await.unwrap();
    let napoli = Scope::One("bella-napoli".parse().unwrap());
    let here = facts.summary(&napoli, None, None).await.unwrap();
    assert_eq!((here.orders[&Status::Confirmed], here.customers, here.returning), (2, 1, 1));
    let all = facts.summary(&Scope::All, None, None).await.unwrap();
    assert_eq!((all.orders[&Status::Confirmed], all.customers, all.returning), (3, 1, 1));
    // From is inclusive, to is exclusive.
    let from = facts.summary(&napoli, Some(time(10)), Some(time(11))).await.unwrap();
    assert_eq!(from, here);
    let to = facts.summary(&Scope::All, Some(time(9)), Some(time(10))).await.unwrap();
    assert_eq!((to.orders.len(), to.customers, to.event_time), (0, 0, None));
    let half_open = facts.summary(&Scope::All, None, Some(time(11))).await.unwrap();
    assert_eq!(half_open, all);
}

async fn two_instances_count_each_fact_once(test_db: TestDatabase) {
    let stores = [SqlFacts::new(test_db.database.clone()), SqlFacts::new(test_db.again().await)];
    let kinds = [Status::Placed, Status::Confirmed];
    // Customers return on other days, and both ends of a stage may be written concurrently.
    let day = |n: u128| 5 + i64::try_from(n % 5).unwrap() * 86_400;
    let facts_of = |n| kinds.map(move |kind| fact(&order(n), kind, day(n), &format!("c{}", n % 7)));
    let all: Vec<_> = (1..=100).flat_map(facts_of).collect();
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
    let summary = stores[0].summary(&Scope::All, None, None).await.unwrap();
    assert_eq!(summary.revenue_minor[&Currency::EUR], 100 * 2_200);
    assert_eq!((summary.customers, summary.returning), (7, 7));
    assert_eq!(whole_span(&stores[1]).await, summary);
    figures_equal_facts(&test_db.database).await;
}

/// A renamed dish has the name of its latest sale; of two at the same moment, the greater one, byte
/// by byte.
async fn a_dish_has_its_latest_name(test_db: TestDatabase) {
    let facts = SqlFacts::new(test_db.database.clone());
    for (n, (at, name)) in (1_u128..).zip([(-9, "Z"), (5, "B"), (5, "a"), (5, "Z"), (1, "é")]) {
        let mut named = fact(&order(n), Status::Confirmed, at, "ada");
        named.sale.items[0].name = name.parse().unwrap();
        facts.record(vec![named]).await.unwrap();
    }
    for (from, until, name) in [(-10, 6, "a"), (0, 5, "é"), (-10, 0, "Z")] {
        let span = facts.summary(&Scope::All, Some(time(from)), Some(time(until))).await.unwrap();
        assert_eq!(span.top_items[0].name.as_str(), name);
    }
    assert_eq!(whole_span(&facts).await.top_items[0].name.as_str(), "a");
}

/// The names of one dish over time.
const NAMES: [&str; 3] = ["Zuppa", "alba", "Élite"];

/// A few orders with arbitrary steps. They share a dish that is renamed all the time.
fn any_day() -> impl Strategy<Value = Vec<Fact>> {
    let step = (0..Status::ALL.len(), -20_000_i64..20_000, 0_u8..4);
    prop::collection::vec((fixtures::any_order(), prop::collection::vec(step, 1..4)), 1..6)
        .prop_map(|orders| {
            let facts_of = |(order, steps): (Order, Vec<(usize, i64, u8)>)| {
                let fact = move |(kind, second, customer): (usize, i64, u8)| {
                    let customer = format!("c{customer}");
                    let mut fact = fact(&order, Status::ALL[kind], second, &customer);
                    let sold = &mut fact.sale.items[0];
                    sold.item_id = "renamed".parse().unwrap();
                    sold.name =
                        NAMES[usize::try_from(order.pieces() % 3).unwrap()].parse().unwrap();
                    fact
                };
                steps.into_iter().map(fact)
            };
            orders.into_iter().flat_map(facts_of).collect()
        })
}

fn check_any_day(test_db: &TestDatabase) {
    let facts = SqlFacts::new(test_db.database.clone());
    proptest!(ProptestConfig::with_cases(24), |(day in any_day(), batch in 1_usize..8)| {
        wait(async {
            for batch in day.chunks(batch) {
                facts.record(batch.to_vec()).await.unwrap();
            }
            let all = facts.summary(&Scope::All, None, None).await.unwrap();
            assert!(all.top_items.len() <= 10);
            assert_eq!(whole_span(&facts).await, all);
            figures_equal_facts(&test_db.database).await;
            check_boards(test_db, &facts).await;
        });
    });
}

/// The stored board equals the one that the domain computes from the facts.
async fn check_boards(test_db: &TestDatabase, facts: &SqlFacts) {
    let counted = counted(&test_db.database).await;
    let rome = TimeZone::get("Europe/Rome").unwrap();
    for range in Range::ALL {
        let window = Window::new(*range, time(20_000), &rome);
        let ask = window.ask(Scope::All, time(20_000), &rome);
        let (mut stored, mut expected) = (facts.board(&ask).await.unwrap(), counted.board(&ask));
        for board in [&mut stored, &mut expected] {
            board.sales.sort_by_key(|row| (row.start_s, row.kind, row.reason, row.currency));
            board.placed.sort_by_key(|row| (row.kind, row.reason, row.currency));
        }
        assert_eq!(stored, expected, "{range}");
    }
}

async fn the_orders_behind_a_figure_are_listed(test_db: TestDatabase) {
    let facts = SqlFacts::new(test_db.database.clone());
    let ran_out = Reason::OUT_OF_STOCK;
    let orders = vec![
        fact(&order(1), Status::Confirmed, 10, "ada"),
        fact(&order(2), Status::Confirmed, 20, "ada"),
        fact(&order(3), Status::Declined, 20, "ada").because(ran_out),
        fact(&order(4), Status::Declined, 20, "ada").because(DeclineReason::CardDeclined.into()),
    ];
    facts.record(orders.clone()).await.unwrap();
    let ask = |kind: Status, reason, limit| FactsQuery {
        scope: Scope::One("bella-napoli".parse().unwrap()),
        kind: kind.into(),
        reason,
        span: (time(10), time(21)),
        limit,
    };
    let behind = async |ask: FactsQuery| facts.facts_behind(&ask).await.unwrap();
    let paid = behind(ask(Status::Confirmed, None, 9)).await;
    assert_eq!(paid, [orders[1].clone(), orders[0].clone()], "newest first, complete");
    assert_eq!(behind(ask(Status::Confirmed, None, 1)).await.len(), 1);
    assert_eq!(behind(ask(Status::Declined, Some(ran_out), 9)).await, [orders[2].clone()]);
    let elsewhere = Scope::One("elsewhere".parse().unwrap());
    let nothing = FactsQuery { scope: elsewhere, ..ask(Status::Confirmed, None, 9) };
    assert!(behind(nothing).await.is_empty());
    let all = FactsQuery { scope: Scope::All, ..ask(Status::Declined, None, 9) };
    assert_eq!(behind(all).await.len(), 2);
}

async fn stock_has_its_latest_level(test_db: TestDatabase) {
    let facts = SqlFacts::new(test_db.database.clone());
    let level = |version, on_hand| StockLevel {
        dish: "bella-napoli/margherita".parse().unwrap(),
        on_hand,
        version,
        at: time(version),
    };
    let change = |n: u128, change| Restock {
        id: ChangeId(Uuid::from_u128(n)),
        dish: "bella-napoli/margherita".parse().unwrap(),
        change,
        reason: None,
        at: time(100 + i64::try_from(n).unwrap()),
    };
    let changes = vec![change(1, Change::Set(9)), change(2, Change::Delta(-4))];
    let levels = vec![level(2, Some(7)), level(3, Some(5)), level(1, Some(9))];
    facts.record_stock(levels, changes.clone()).await.unwrap();
    facts.record_stock(vec![level(2, Some(7))], changes.clone()).await.unwrap();
    facts.record(vec![fact(&order(1), Status::Confirmed, 3_600, "ada")]).await.unwrap();
    let window = Window::new(Range::Day, time(4_000), &TimeZone::UTC);
    for scope in [Scope::All, Scope::One("bella-napoli".parse().unwrap())] {
        let board = facts.board(&window.ask(scope, time(4_000), &TimeZone::UTC)).await.unwrap();
        let [supply] = board.supplies.as_slice() else { panic!("{board:?}") };
        assert_eq!((supply.on_hand, supply.sold_3h, supply.sold_7d), (5, 2, 2));
        assert_eq!(supply.name.as_ref().unwrap().as_str(), "Margherita");
        assert_eq!(board.restocks, [changes[1].clone(), changes[0].clone()]);
    }
    // No longer counted.
    facts.record_stock(vec![level(4, None)], vec![]).await.unwrap();
    let ask = window.ask(Scope::All, time(4_000), &TimeZone::UTC);
    assert!(facts.board(&ask).await.unwrap().supplies.is_empty());
}

/// Refunds of parts are facts of their own, and count with their amounts.
async fn refunds_of_parts_are_counted_once_each(test_db: TestDatabase) {
    let facts = SqlFacts::new(test_db.database.clone());
    let (one, two) = (order(1), order(2));
    let (id, reason) = (RefundId("re_1".into()), "Cold".parse().unwrap());
    let whole = Refund::of_whole(id, 2200, time(30), reason);
    let part = |key: &str, amount_minor, second| Refund {
        part: Some(key.parse().unwrap()),
        amount_minor,
        at: time(second),
        ..whole.clone()
    };
    let rest = Refund { amount_minor: 1500, at: time(4_000), ..whole.clone() };
    let refunds =
        [(&one, part("a", 500, 10)), (&one, part("b", 200, 20)), (&one, rest), (&two, whole)];
    let mut all: Vec<_> = refunds
        .iter()
        .map(|(order, refund)| Fact::of_refund(order, refund, "ada".into()))
        .collect();
    all.push(fact(&one, Status::Confirmed, 1, "ada"));
    for new in [5, 0] {
        assert_eq!(facts.record(all.clone()).await.unwrap(), new);
    }
    let summary = facts.summary(&Scope::All, None, None).await.unwrap();
    assert_eq!(summary.refunded_minor[&Currency::EUR], 4400);
    assert_eq!(whole_span(&facts).await, summary);
    let early = facts.summary(&Scope::All, Some(time(0)), Some(time(30))).await.unwrap();
    assert_eq!(early.refunded_minor[&Currency::EUR], 700);
    figures_equal_facts(&test_db.database).await;
    let ask = FactsQuery {
        scope: Scope::All,
        kind: FactKind::Refunded,
        reason: None,
        span: (time(0), time(5_000)),
        limit: 9,
    };
    let behind = facts.facts_behind(&ask).await.unwrap();
    let newest_first = [2, 3, 1, 0].map(|n: usize| all[n].clone());
    assert_eq!(behind, newest_first);
}

async fn all_time_equals_a_range_that_covers_everything(test_db: TestDatabase) {
    check_any_day(&test_db);
}

on_both!(
    the_orders_behind_a_figure_are_listed,
    stock_has_its_latest_level,
    a_dish_has_its_latest_name,
    all_time_equals_a_range_that_covers_everything,
    refunds_of_parts_are_counted_once_each,
    a_repeated_fact_changes_nothing,
    the_dashboard_of_a_shop_shows_only_the_shop,
    two_instances_count_each_fact_once
);
