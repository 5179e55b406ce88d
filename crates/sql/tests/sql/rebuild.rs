//! Figures made anew: what is written meanwhile is counted in both, and both are compared.

use domain::{
    facts::{Fact, Scope},
    ports::FactStore,
    status::Status,
};
use sql::{Rebuild, RebuildError, SqlFacts};

use super::common::{TestDatabase, figures_equal_facts, order, time};

fn facts(numbers: std::ops::Range<u128>) -> Vec<Fact> {
    let steps = [(Status::Placed, 10), (Status::Confirmed, 20), (Status::Accepted, 90_000)];
    let told = move |n: u128| {
        steps.map(|(status, at)| {
            let customer = format!("c{}", n % 3);
            Fact::new(&order(n), status, time(at + i64::try_from(n % 7).unwrap()), customer)
        })
    };
    numbers.flat_map(told).collect()
}

async fn placed(store: &SqlFacts) -> i64 {
    let summary = store.summary(&Scope::All, None, None).await.unwrap();
    summary.orders.get(&Status::Placed).copied().unwrap_or(0)
}

async fn what_is_made_anew_is_the_same(place: TestDatabase) {
    let store = SqlFacts::new(place.database.clone());
    store.record(facts(1..20)).await.unwrap();
    let rebuild = Rebuild::begin(place.again().await).await.unwrap();
    // Told while the log is read: counted in both, and found in the log once more.
    store.record(facts(20..30)).await.unwrap();
    let mut all = facts(1..30);
    all.reverse();
    for batch in all.chunks(7) {
        rebuild.record(batch.to_vec()).await.unwrap();
    }
    store.record(facts(30..40)).await.unwrap();
    assert_eq!(rebuild.differences().await.unwrap(), [] as [String; 0]);
    rebuild.swap().await.unwrap();
    assert_eq!(placed(&store).await, 39);
    figures_equal_facts(&place.database).await;
    // The other one is of use again.
    store.record(facts(40..41)).await.unwrap();
    let again = Rebuild::begin(place.database.clone()).await.unwrap();
    again.record(facts(1..41)).await.unwrap();
    assert_eq!(again.differences().await.unwrap(), [] as [String; 0]);
    again.swap().await.unwrap();
    assert_eq!(placed(&store).await, 40);
}

async fn what_was_wrong_is_told_and_gone(place: TestDatabase) {
    let store = SqlFacts::new(place.database.clone());
    store.record(facts(1..5)).await.unwrap();
    place
        .tamper("UPDATE sales_a SET orders = orders + 1 WHERE grain = 0 AND kind = 'placed'")
        .await;
    place.tamper("DELETE FROM visits_a WHERE scope = ''").await;
    let rebuild = Rebuild::begin(place.database.clone()).await.unwrap();
    rebuild.record(facts(1..5)).await.unwrap();
    let told = rebuild.differences().await.unwrap();
    let has = |text: &str, side: &str| told.iter().any(|t| t.contains(text) && t.ends_with(side));
    assert!(has("sales  event 0 0 placed  EUR 5", "only before"), "{told:#?}");
    assert!(has("sales  event 0 0 placed  EUR 4", "only from the log"), "{told:#?}");
    assert!(has("visits", "only from the log") && !has("customers", ""), "{told:#?}");
    assert_eq!(placed(&store).await, 5, "until it is swapped");
    rebuild.swap().await.unwrap();
    assert_eq!(placed(&store).await, 4);
    figures_equal_facts(&place.database).await;
}

async fn of_two_the_later_one_goes_on(place: TestDatabase) {
    let store = SqlFacts::new(place.database.clone());
    store.record(facts(1..3)).await.unwrap();
    let given_up = Rebuild::begin(place.database.clone()).await.unwrap();
    given_up.record(facts(1..2)).await.unwrap();
    given_up.abandon().await.unwrap();
    let first = Rebuild::begin(place.database.clone()).await.unwrap();
    first.record(facts(1..2)).await.unwrap();
    let second = Rebuild::begin(place.database.clone()).await.unwrap();
    second.record(facts(1..3)).await.unwrap();
    let early = first.swap().await;
    assert!(matches!(early, Err(RebuildError::Overtaken)), "{early:?}");
    second.swap().await.unwrap();
    let late = first.record(facts(2..3)).await;
    assert!(matches!(late, Err(RebuildError::Overtaken)), "{late:?}");
    let late = first.swap().await;
    assert!(matches!(late, Err(RebuildError::Overtaken)), "{late:?}");
    assert_eq!(placed(&store).await, 2);
    figures_equal_facts(&place.database).await;
}

async fn writers_and_a_rebuild_do_not_lose_a_fact(place: TestDatabase) {
    let stores = [SqlFacts::new(place.database.clone()), SqlFacts::new(place.again().await)];
    let writing: Vec<_> = stores
        .iter()
        .enumerate()
        .map(|(n, store)| {
            let (store, mut mine) = (store.clone(), facts(1..60));
            mine.rotate_left(n * 50);
            tokio::spawn(async move {
                for batch in mine.chunks(5) {
                    store.record(batch.to_vec()).await.unwrap();
                }
            })
        })
        .collect();
    let rebuild = Rebuild::begin(place.again().await).await.unwrap();
    for batch in facts(1..60).chunks(11) {
        rebuild.record(batch.to_vec()).await.unwrap();
    }
    for writer in writing {
        writer.await.unwrap();
    }
    assert_eq!(rebuild.differences().await.unwrap(), [] as [String; 0]);
    rebuild.swap().await.unwrap();
    assert_eq!(placed(&stores[0]).await, 59);
    figures_equal_facts(&place.database).await;
}

on_both!(
    of_two_the_later_one_goes_on,
    what_is_made_anew_is_the_same,
    what_was_wrong_is_told_and_gone,
    writers_and_a_rebuild_do_not_lose_a_fact,
);
