//! The change log, known publications, and claims to publish.

use domain::{
    changes::{ChangeEntry, ChangeKind, Difference, Field},
    ids::{ChangeId, RestaurantId},
    ports::{ChangeBook, ChangesQuery, KnownVersion, Publication, StockBook, StockNote},
    stock::{Change, StockChange},
};
use sql::{SqlChanges, SqlStock};
use uuid::Uuid;

use super::common::{TestDatabase, time};

fn published(key: &str, version: i64, second: i64) -> Publication {
    let restaurant: RestaurantId = key.rsplit('/').next().unwrap().parse().unwrap();
    let differences = vec![Difference {
        of: "Margherita".into(),
        field: Field::Price,
        old: Some("€9.50".into()),
        new: None,
    }];
    let entry = ChangeEntry {
        id: Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{key}@{version}").as_bytes()),
        at: time(second),
        by: "Ada".into(),
        by_id: None,
        restaurant: Some(restaurant),
        kind: ChangeKind::Menu,
        subject: "Bella".into(),
        differences,
    };
    let known = KnownVersion { version, body: format!("body {version}") };
    Publication { key: key.to_owned(), known, entry: Some(entry) }
}

fn wanted(restaurant: Option<&str>, limit: u32) -> ChangesQuery {
    let restaurant = restaurant.map(|id| id.parse().unwrap());
    ChangesQuery { restaurant, before: None, limit }
}

async fn a_publication_is_recorded_once(test_db: TestDatabase) {
    let book = SqlChanges::new(test_db.database.clone());
    let (one, two) = (published("menu/a", 1, 10), published("menu/a", 2, 20));
    let other = published("menu/b", 1, 15);
    book.record(vec![one.clone(), two.clone(), other.clone()]).await.unwrap();
    // Repeated and out of order.
    book.record(vec![one.clone(), two.clone()]).await.unwrap();
    book.record(vec![one.clone()]).await.unwrap();
    let known = book.published(&["menu/a".into(), "menu/x".into()]).await.unwrap();
    assert_eq!(known.into_iter().collect::<Vec<_>>(), [("menu/a".to_owned(), two.known.clone())]);
    let entry = |published: &Publication| published.entry.clone().unwrap();
    let all = book.changes(&wanted(None, 10)).await.unwrap();
    assert_eq!(all, [entry(&two), entry(&other), entry(&one)]);
    let of_a = book.changes(&wanted(Some("a"), 1)).await.unwrap();
    assert_eq!(of_a, [entry(&two)]);
    let before = Some((of_a[0].at, of_a[0].id));
    let next = ChangesQuery { before, ..wanted(Some("a"), 9) };
    assert_eq!(book.changes(&next).await.unwrap(), [entry(&one)]);
}

async fn of_two_writers_on_the_same_version_one_publishes(test_db: TestDatabase) {
    let (one, two) =
        (SqlChanges::new(test_db.database.clone()), SqlChanges::new(test_db.again().await));
    let claim = async |book: &SqlChanges, version, now, until| {
        book.claim("menu/a", version, time(now), time(until)).await.unwrap()
    };
    assert!(claim(&one, 7, 0, 30).await);
    assert!(!claim(&two, 7, 1, 31).await);
    assert!(claim(&two, 8, 1, 31).await, "the next version is free");
    assert!(!claim(&one, 8, 30, 60).await);
    assert!(!claim(&one, 7, 30, 60).await, "a later version was claimed");
    assert!(claim(&one, 8, 31, 60).await, "the claim has expired");
    one.release_claim("menu/a", 8).await.unwrap();
    assert!(claim(&two, 8, 32, 60).await);
}

async fn stock_changes_have_the_level_before_and_after(test_db: TestDatabase) {
    let stock = SqlStock::new(test_db.database.clone());
    let changes =
        [Change::First(9), Change::Delta(-2), Change::Unlimited, Change::Set(5), Change::Delta(1)];
    let dish = "a/margherita".parse::<domain::stock::Dish>().unwrap();
    let change = |(n, change): (usize, &Change)| StockChange {
        id: ChangeId(Uuid::from_u128(n as u128)),
        dish: dish.clone(),
        change: *change,
        reason: (n == 1).then(|| "burnt".parse().unwrap()),
        by: "Carla".parse().unwrap(),
        at: time(i64::try_from(n).unwrap()),
    };
    let all: Vec<_> = changes.iter().enumerate().map(change).collect();
    stock.apply_changes(all, time(99)).await.unwrap();
    let book = SqlChanges::new(test_db.database.clone());
    let notes = book.stock_notes(&wanted(Some("a"), 9), None).await.unwrap();
    let levels = |note: &StockNote| (note.change, note.before, note.after);
    assert_eq!(
        notes.iter().map(levels).collect::<Vec<_>>(),
        [
            (Change::Delta(1), Some(5), Some(6)),
            (Change::Set(5), None, Some(5)),
            (Change::Unlimited, Some(7), None),
            (Change::Delta(-2), Some(9), Some(7)),
        ]
    );
    assert_eq!(notes[3].reason.as_ref().unwrap().as_str(), "burnt");
    assert_eq!((notes[3].by.as_str(), notes[3].at), ("Carla", time(1)));
    let one = book.stock_notes(&wanted(None, 1), Some(&dish)).await.unwrap();
    assert_eq!(one, notes[..1]);
    let other = "a/calzone".parse().unwrap();
    assert!(book.stock_notes(&wanted(None, 9), Some(&other)).await.unwrap().is_empty());
    assert!(book.stock_notes(&wanted(Some("b"), 9), None).await.unwrap().is_empty());
}

on_both!(
    a_publication_is_recorded_once,
    of_two_writers_on_the_same_version_one_publishes,
    stock_changes_have_the_level_before_and_after,
);
