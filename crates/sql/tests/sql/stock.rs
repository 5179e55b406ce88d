//! Stock: never oversold under concurrency; reserved pieces are sold or released once.

use std::{collections::BTreeMap, time::Duration};

use domain::{
    fixtures,
    ids::ChangeId,
    order::{Line, Order, OrderParts},
    payment::{ChargeOutcome, DeclineReason, IntentId, Payment, PaymentState},
    payment_method::PaymentMethod,
    ports::{OrderBook, PaymentBook, StockBook},
    status::Status,
    stock::{Change, Dish, StockChange, StockLevel},
};
use futures::future::join_all;
use sql::{Database, Snapshot, SqlOrders, SqlPayments, SqlStock};
use uuid::Uuid;

use super::{
    common::{TestDatabase, time},
    refunds::off,
};

pub(super) fn dish(item: &str) -> Dish {
    format!("bella-napoli/{item}").parse().unwrap()
}

pub(super) fn change(n: u128, item: &str, change: Change) -> StockChange {
    StockChange {
        id: ChangeId(Uuid::from_u128(n)),
        dish: dish(item),
        change,
        reason: Some("gezählt: „5“ 🍕".parse().unwrap()),
        by: "Zoë 山田".parse().unwrap(),
        at: time(i64::try_from(n).unwrap()),
    }
}

/// An order with this number of pieces of each dish.
fn wants(n: u128, pieces: &[(&str, u32)]) -> Order {
    let mut parts = fixtures::order_parts(n);
    let line = |(item, quantity): &(&str, u32)| Line {
        item_id: item.parse().unwrap(),
        quantity: *quantity,
        total_minor: 1_100 * i64::from(*quantity),
        ..parts.lines[0].clone()
    };
    let lines: Vec<_> = pieces.iter().map(line).collect();
    let sum = lines.iter().map(|line| line.total_minor).sum();
    parts.lines = lines;
    (parts.totals.subtotal_minor, parts.totals.total_minor) = (sum, sum);
    Order::try_from(parts).unwrap()
}

async fn level(database: &Database, item: &str) -> (Option<u32>, i64) {
    let levels = SqlStock::new(database.clone()).read_levels(&[dish(item)]).await.unwrap();
    levels.first().map_or((None, 0), |level| (level.on_hand, level.version))
}

/// Reservations by order, with dish, pieces and state; checks that levels and sums agree.
async fn reservations(database: &Database) -> BTreeMap<String, Vec<(String, i64, String)>> {
    let mut snapshot = Snapshot::of(database).await.unwrap();
    let (mut orders, mut sums) = (BTreeMap::<_, Vec<_>>::new(), BTreeMap::<_, i64>::new());
    let mut levels = Vec::new();
    let read = snapshot.reservations(|row| {
        if row.state != "released" {
            *sums.entry(row.item_id.clone()).or_default() -= row.quantity;
        }
        orders.entry(row.order_id).or_default().push((row.item_id, row.quantity, row.state));
    });
    read.await.unwrap();
    let read = snapshot.stock_history(|row| *sums.entry(row.item_id).or_default() += row.added);
    read.await.unwrap();
    snapshot.stock(|row| levels.push(row)).await.unwrap();
    snapshot.close().await.unwrap();
    for row in levels {
        assert_eq!(sums.get(&row.item_id).copied().unwrap_or(0), row.counted, "{row:?}");
        assert!(row.on_hand.is_none_or(|left| left == row.counted && left >= 0), "{row:?}");
    }
    orders
}

fn captured(second: i64) -> ChargeOutcome {
    ChargeOutcome::Captured { intent: IntentId("pi_1".into()), at: time(second) }
}

fn declined(second: i64) -> ChargeOutcome {
    ChargeOutcome::Declined { reason: DeclineReason::CardDeclined, at: time(second) }
}

async fn a_change_counts_once_and_in_order(test_db: TestDatabase) {
    let (book, again) = (SqlStock::new(test_db.database.clone()), test_db.again().await);
    let first = change(1, "cola", Change::First(5));
    book.apply_changes(vec![first.clone(), change(2, "cola", Change::Delta(3))], time(8))
        .await
        .unwrap();
    assert_eq!(level(&test_db.database, "cola").await, (Some(8), 2));
    // Repeated, in another batch and by another instance.
    let repeated = vec![first.clone(), first, change(2, "cola", Change::Delta(99))];
    SqlStock::new(again).apply_changes(repeated, time(8)).await.unwrap();
    assert_eq!(level(&test_db.database, "cola").await, (Some(8), 2));
    let more = vec![
        change(4, "cola", Change::Set(1)),
        change(3, "cola", Change::Delta(-9)),
        change(5, "cola", Change::Delta(2)),
        change(6, "soup", Change::Unlimited),
    ];
    book.apply_changes(more, time(8)).await.unwrap();
    assert_eq!(level(&test_db.database, "cola").await, (Some(2), 5));
    assert_eq!(level(&test_db.database, "soup").await, (None, 1));
    // A later menu, and one that arrives after a change.
    book.apply_changes(vec![change(7, "cola", Change::First(50))], time(8)).await.unwrap();
    assert_eq!(level(&test_db.database, "cola").await.0, Some(2));
    book.apply_changes(vec![change(8, "tea", Change::Delta(4))], time(8)).await.unwrap();
    assert_eq!(level(&test_db.database, "tea").await.0, None);
    book.apply_changes(vec![change(9, "tea", Change::First(5))], time(8)).await.unwrap();
    assert_eq!(level(&test_db.database, "tea").await.0, Some(9));
    assert_eq!(book.levels(None, 2).await.unwrap().len(), 2);
    let rest = book.levels(Some(&dish("cola")), 9).await.unwrap();
    let items: Vec<_> = rest.iter().map(|level| level.dish.item_id.as_str()).collect();
    assert_eq!(items, ["soup", "tea"]);
    reservations(&test_db.database).await;
}

async fn an_order_reserves_all_it_needs_or_nothing(test_db: TestDatabase) {
    let (book, orders) =
        (SqlPayments::new(&test_db.database), SqlOrders::new(test_db.database.clone()));
    book.apply_changes(
        vec![change(1, "cola", Change::Set(5)), change(2, "cake", Change::Set(1))],
        time(8),
    )
    .await
    .unwrap();
    let fits = wants(1, &[("cola", 2), ("cake", 1), ("soup", 9), ("cola", 1)]);
    let row = book.begin(&fits, time(10)).await.unwrap();
    assert_eq!((row.state, row.attempts), (PaymentState::Pending, 1));
    assert_eq!(book.begin(&fits, time(11)).await.unwrap().attempts, 2);
    assert_eq!(
        level(&test_db.database, "cola").await,
        (Some(2), 2),
        "each piece once, for all lines"
    );

    let short = wants(2, &[("cola", 1), ("cake", 1)]);
    let row = book.begin(&short, time(12)).await.unwrap();
    assert_eq!((row.state, row.attempts), (PaymentState::Declined, 1));
    assert_eq!((row.reason, row.decided_at), (Some(DeclineReason::OutOfStock), Some(time(12))));
    assert_eq!(book.begin(&short, time(13)).await.unwrap(), row, "it stays declined");
    let view = orders.read_order(short.id).await.unwrap().unwrap();
    assert_eq!(view.standing.status, Status::Declined);
    assert_eq!(view.standing.reason.as_deref(), Some("out_of_stock"));
    assert_eq!((view.order, view.history.len()), (Some(short), 2));
    assert_eq!(orders.read_order(fits.id).await.unwrap(), None, "nothing is known yet");

    let held = reservations(&test_db.database).await;
    let reserved = |item: &str, pieces| (item.to_owned(), pieces, "reserved".to_owned());
    let all = vec![reserved("cake", 1), reserved("cola", 3)];
    assert_eq!(held, BTreeMap::from([(fits.id.to_string(), all)]), "soup is not counted");
}

async fn reserved_pieces_are_sold_or_released_once(test_db: TestDatabase) {
    let book = SqlPayments::new(&test_db.database);
    book.apply_changes(vec![change(1, "cola", Change::Set(5))], time(8)).await.unwrap();
    let (paid, broke) = (wants(1, &[("cola", 2)]), wants(2, &[("cola", 3)]));
    for order in [&paid, &broke] {
        book.begin(order, time(1)).await.unwrap();
    }
    assert_eq!(level(&test_db.database, "cola").await.0, Some(0));
    for second in [2, 3] {
        book.settle(&paid, &captured(second)).await.unwrap();
        book.settle(&broke, &declined(second)).await.unwrap();
        // The first outcome stays, and so does its effect.
        book.settle(&broke, &captured(second)).await.unwrap();
        book.settle(&paid, &declined(second)).await.unwrap();
        assert_eq!(level(&test_db.database, "cola").await.0, Some(3), "{second}");
        let held = reservations(&test_db.database).await;
        assert_eq!(held[&paid.id.to_string()][0].2, "sold");
        assert_eq!(held[&broke.id.to_string()][0].2, "released");
    }
    assert_eq!(book.begin(&wants(3, &[("cola", 3)]), time(9)).await.unwrap().decided_at, None);
}

/// An order in cash waits for no payment.
async fn pieces_of_an_order_in_cash_are_sold_at_once(test_db: TestDatabase) {
    let book = SqlPayments::new(&test_db.database);
    book.apply_changes(vec![change(1, "cola", Change::Set(5))], time(8)).await.unwrap();
    let mut parts = OrderParts::clone(&wants(1, &[("cola", 2)]));
    parts.payment_method = PaymentMethod::Cash;
    let order = Order::try_from(parts).unwrap();
    for second in [2, 3] {
        assert_eq!(book.begin(&order, time(second)).await.unwrap().state, PaymentState::Due);
        let held = reservations(&test_db.database).await;
        assert_eq!(held[&order.id.to_string()], [("cola".to_owned(), 2, "sold".to_owned())]);
    }
    for second in [4, 5] {
        book.record_cancellation(&order, &off(second)).await.unwrap();
        let held = reservations(&test_db.database).await;
        assert_eq!(held[&order.id.to_string()][0].2, "released");
        assert_eq!(level(&test_db.database, "cola").await.0, Some(5));
    }
}

/// Pieces released while a dish is not counted are not lost, and are not added to a number set
/// later.
async fn a_dish_that_is_not_counted_for_a_while_keeps_its_sum(test_db: TestDatabase) {
    let book = SqlPayments::new(&test_db.database);
    book.apply_changes(vec![change(1, "cola", Change::Set(5))], time(8)).await.unwrap();
    let order = wants(1, &[("cola", 2)]);
    book.begin(&order, time(1)).await.unwrap();
    book.apply_changes(vec![change(2, "cola", Change::Unlimited)], time(8)).await.unwrap();
    book.begin(&wants(2, &[("cola", 99)]), time(2)).await.unwrap();
    book.settle(&order, &declined(3)).await.unwrap();
    assert_eq!(level(&test_db.database, "cola").await.0, None);
    book.apply_changes(vec![change(3, "cola", Change::Set(7))], time(8)).await.unwrap();
    assert_eq!(level(&test_db.database, "cola").await.0, Some(7));
    assert_eq!(reservations(&test_db.database).await.len(), 1);
}

/// Many instances with batches in different orders, and more orders than pieces.
async fn no_piece_is_sold_twice(test_db: TestDatabase) {
    const ORDERS: u32 = 150;
    let databases = [test_db.database.clone(), test_db.again().await, test_db.again().await];
    let stock = SqlStock::new(test_db.database.clone());
    let items = ["a", "b", "c"];
    let first = |(n, item): (usize, &&str)| change(n as u128 + 1, item, Change::Set(40));
    stock.apply_changes(items.iter().enumerate().map(first).collect(), time(8)).await.unwrap();
    let order = |n: u32| {
        let pair = (items[n as usize % 3], items[(n as usize + 1) % 3]);
        wants(u128::from(n) + 1, &[(pair.0, n % 3 + 1), (pair.1, 1)])
    };
    let mut tasks = Vec::new();
    for (i, database) in databases.iter().cycle().take(6).enumerate() {
        let book = SqlPayments::new(database);
        let mut mine: Vec<_> = (0..ORDERS).map(order).collect();
        mine.rotate_left(i * 20);
        if i % 2 == 1 {
            mine.reverse();
        }
        tasks.push(tokio::spawn(async move {
            // Restocked meanwhile by each instance with the same change ids.
            let restock = change(100, "b", Change::Delta(10));
            let one = async |order: &Order| {
                let row = book.begin(order, time(1)).await.unwrap();
                let outcome =
                    if order.id.0.as_u128().is_multiple_of(4) { declined(2) } else { captured(2) };
                match row.state {
                    PaymentState::Declined => row,
                    _ => book.settle(order, &outcome).await.unwrap(),
                }
            };
            let restocked = async { book.apply_changes(vec![restock], time(8)).await.unwrap() };
            tokio::join!(join_all(mine.iter().map(one)), restocked).0.len()
        }));
    }
    for task in tasks {
        assert_eq!(task.await.unwrap(), ORDERS as usize);
    }
    let held = reservations(&test_db.database).await;
    assert!(held.values().flatten().all(|(_, _, state)| state != "reserved"));
    let sold: i64 = held.values().flatten().filter(|r| r.2 == "sold").map(|r| r.1).sum();
    let mut left = 0;
    for item in items {
        left += i64::from(level(&test_db.database, item).await.0.unwrap());
    }
    assert_eq!(sold + left, 3 * 40 + 10);
    assert!(sold > 60, "demand exceeds stock by far: {sold}");
    assert!(held.len() < ORDERS as usize, "some orders got nothing");
}

/// Each instance has its own orders, as with partitions: they share only the level.
async fn instances_share_the_last_pieces(test_db: TestDatabase) {
    const EACH: u32 = 60;
    SqlStock::new(test_db.database.clone())
        .apply_changes(
            vec![change(1, "a", Change::Set(100)), change(2, "b", Change::Set(100))],
            time(8),
        )
        .await
        .unwrap();
    let mut tasks = Vec::new();
    for instance in 0..4_u32 {
        let book = SqlPayments::new(&test_db.again().await);
        tasks.push(tokio::spawn(async move {
            let mut taken = 0;
            for few in (0..EACH).collect::<Vec<_>>().chunks(3) {
                let order = |n: &u32| {
                    let id = u128::from(instance * EACH + n + 1);
                    wants(
                        id,
                        if n.is_multiple_of(2) {
                            &[("a", 1), ("b", 1)]
                        } else {
                            &[("b", 1), ("a", 1)]
                        },
                    )
                };
                let orders: Vec<_> = few.iter().map(order).collect();
                let rows = join_all(orders.iter().map(|order| book.begin(order, time(1)))).await;
                let fits = |row: Result<Payment, _>| row.unwrap().state == PaymentState::Pending;
                taken += rows.into_iter().map(fits).filter(|fits| *fits).count();
            }
            taken
        }));
    }
    let mut taken = 0;
    for task in tasks {
        taken += task.await.unwrap();
    }
    assert_eq!(taken, 100);
    assert_eq!(level(&test_db.database, "a").await.0, Some(0));
    assert_eq!(reservations(&test_db.database).await.len(), 100);
}

/// Calls are served in order, whatever their ids.
async fn bulk_of_any_size_is_served_in_the_order_of_the_calls(test_db: TestDatabase) {
    for (round, count) in [(1_u128, 1_u32), (2, 2), (3, 100), (4, 1_000)] {
        let item = format!("dish-{round}");
        let book = SqlPayments::new(&test_db.database);
        let half = count.div_ceil(2);
        book.apply_changes(vec![change(round, &item, Change::Set(half))], time(8)).await.unwrap();
        // Ids fall while calls rise.
        let orders: Vec<_> =
            (0..count).map(|n| wants(round * 10_000 - u128::from(n), &[(&item, 1)])).collect();
        let rows = join_all(orders.iter().map(|order| book.begin(order, time(1)))).await;
        let served: Vec<_> =
            rows.into_iter().map(|row| row.unwrap().state == PaymentState::Pending).collect();
        assert_eq!(served.iter().filter(|served| **served).count(), half as usize);
        // Beyond the budget of a tokio task, the calls of one task arrive in any order.
        let in_order = count > 100 || served[..half as usize].iter().all(|served| *served);
        assert!(in_order, "{served:?}");
        assert_eq!(level(&test_db.database, &item).await.0, Some(0));
    }
    let held = reservations(&test_db.database).await;
    assert_eq!(held.len(), 1 + 1 + 50 + 500);
}

async fn wait_for_change(book: &SqlPayments) {
    tokio::time::timeout(Duration::from_mins(1), book.wait_for_change()).await.unwrap();
}

async fn a_changed_level_is_unpublished_until_it_is_recorded(test_db: TestDatabase) {
    let book = SqlPayments::new(&test_db.database);
    let quiet = tokio::time::timeout(Duration::from_millis(20), book.wait_for_change()).await;
    assert!(quiet.is_err(), "nothing has changed");
    book.apply_changes(
        vec![change(1, "cola", Change::Set(5)), change(2, "tea", Change::Unlimited)],
        time(8),
    )
    .await
    .unwrap();
    wait_for_change(&book).await;
    let dirty = book.unpublished(9).await.unwrap();
    let levels: Vec<_> = dirty.iter().map(|l| (l.dish.item_id.as_str(), l.on_hand)).collect();
    assert_eq!(levels, [("cola", Some(5)), ("tea", None)]);
    assert_eq!(book.unpublished(1).await.unwrap().len(), 1);
    book.begin(&wants(1, &[("cola", 1)]), time(7)).await.unwrap();
    wait_for_change(&book).await;
    book.note_published(&dirty).await.unwrap();
    let dirty = book.unpublished(9).await.unwrap();
    let now = StockLevel { dish: dish("cola"), on_hand: Some(4), version: 2, at: time(7) };
    assert_eq!(dirty, std::slice::from_ref(&now), "it changed in between");
    book.note_published(&dirty).await.unwrap();
    // Neither an older nor a future version changes what is recorded.
    for version in [1, 99] {
        book.note_published(&[StockLevel { version, ..now.clone() }]).await.unwrap();
    }
    assert_eq!(book.unpublished(9).await.unwrap(), []);
    book.apply_changes(vec![change(3, "cola", Change::Delta(1))], time(8)).await.unwrap();
    assert_eq!(book.unpublished(9).await.unwrap().len(), 1);
}

/// The last table of each transaction is missing, so it fails after writing the others.
async fn a_payment_row_and_its_reservation_are_written_together(test_db: TestDatabase) {
    let book = SqlPayments::new(&test_db.database);
    book.apply_changes(vec![change(1, "cola", Change::Set(1))], time(8)).await.unwrap();
    let (one, two) = (wants(1, &[("cola", 1)]), wants(2, &[("cola", 1)]));
    test_db.tamper("ALTER TABLE reservations RENAME TO away").await;
    book.begin(&one, time(1)).await.unwrap_err();
    test_db.tamper("ALTER TABLE away RENAME TO reservations").await;
    assert_eq!(level(&test_db.database, "cola").await, (Some(1), 1));
    assert_eq!(book.begin(&one, time(2)).await.unwrap().attempts, 1, "as if for the first time");
    test_db.tamper("ALTER TABLE order_history RENAME TO away").await;
    book.begin(&two, time(3)).await.unwrap_err();
    book.settle(&one, &declined(3)).await.unwrap_err();
    test_db.tamper("ALTER TABLE away RENAME TO order_history").await;
    assert_eq!(level(&test_db.database, "cola").await, (Some(0), 2));
    book.settle(&one, &declined(4)).await.unwrap();
    assert_eq!(book.begin(&two, time(5)).await.unwrap().state, PaymentState::Pending);
    test_db.tamper("ALTER TABLE stock_history RENAME TO away").await;
    test_db.tamper("ALTER TABLE away RENAME TO stock_history").await;
    reservations(&test_db.database).await;
}

on_both!(
    a_change_counts_once_and_in_order,
    an_order_reserves_all_it_needs_or_nothing,
    reserved_pieces_are_sold_or_released_once,
    pieces_of_an_order_in_cash_are_sold_at_once,
    a_dish_that_is_not_counted_for_a_while_keeps_its_sum,
    no_piece_is_sold_twice,
    instances_share_the_last_pieces,
    bulk_of_any_size_is_served_in_the_order_of_the_calls,
    a_changed_level_is_unpublished_until_it_is_recorded,
    a_payment_row_and_its_reservation_are_written_together,
);
