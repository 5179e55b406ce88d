//! Rebuilding the figures: what is written meanwhile goes into both projections, and both are
//! compared.

use domain::{
    facts::{Fact, Scope},
    ports::FactStore,
    status::Status,
};
use sql::{Rebuild, RebuildError, SqlFacts};

use super::common::{TestDatabase, figures_equal_facts, order, time};

fn facts(numbers: std::ops::Range<u128>) -> Vec<Fact> {
    let steps = [(Status::Placed, 10), (Status::Confirmed, 20), (Status::Accepted, 90_000)];
    let fact = move |n: u128| {
        steps.map(|(status, at)| {
            let customer = format!("c{}", n % 3);
            Fact::new(&order(n), status, time(at + i64::try_from(n % 7).unwrap()), customer)
        })
    };
    numbers.flat_map(fact).collect()
}

async fn placed(store: &SqlFacts) -> i64 {
    let summary = store.summary(&Scope::All, None, None).await.unwrap();
    summary.orders.get(&Status::Placed).copied().unwrap_or(0)
}

async fn a_rebuild_gives_the_same_figures(test_db: TestDatabase) {
    let store = SqlFacts::new(test_db.database.clone());
    store.record(facts(1..20)).await.unwrap();
    let rebuild = Rebuild::begin(test_db.again().await).await.unwrap();
    // Recorded during the rebuild: written to both projections, and found in the log again.
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
    figures_equal_facts(&test_db.database).await;
    // The other projection can be used again.
    store.record(facts(40..41)).await.unwrap();
    let again = Rebuild::begin(test_db.database.clone()).await.unwrap();
    again.record(facts(1..41)).await.unwrap();
    assert_eq!(again.differences().await.unwrap(), [] as [String; 0]);
    again.swap().await.unwrap();
    assert_eq!(placed(&store).await, 40);
}

async fn a_wrong_figure_is_listed_and_corrected(test_db: TestDatabase) {
    let store = SqlFacts::new(test_db.database.clone());
    store.record(facts(1..5)).await.unwrap();
    test_db
        .tamper("UPDATE sales_a SET orders = orders + 1 WHERE grain = 0 AND kind = 'placed'")
        .await;
    test_db.tamper("DELETE FROM visits_a WHERE scope = ''").await;
    let rebuild = Rebuild::begin(test_db.database.clone()).await.unwrap();
    rebuild.record(facts(1..5)).await.unwrap();
    let differences = rebuild.differences().await.unwrap();
    let has =
        |text: &str, side: &str| differences.iter().any(|t| t.contains(text) && t.ends_with(side));
    assert!(has("sales  event 0 0 placed  EUR 5", "only before"), "{differences:#?}");
    assert!(has("sales  event 0 0 placed  EUR 4", "only from the log"), "{differences:#?}");
    assert!(has("visits", "only from the log") && !has("customers", ""), "{differences:#?}");
    assert_eq!(placed(&store).await, 5, "until it is swapped");
    rebuild.swap().await.unwrap();
    assert_eq!(placed(&store).await, 4);
    figures_equal_facts(&test_db.database).await;
}

async fn the_later_of_two_rebuilds_continues(test_db: TestDatabase) {
    let store = SqlFacts::new(test_db.database.clone());
    store.record(facts(1..3)).await.unwrap();
    let given_up = Rebuild::begin(test_db.database.clone()).await.unwrap();
    given_up.record(facts(1..2)).await.unwrap();
    given_up.abandon().await.unwrap();
    let first = Rebuild::begin(test_db.database.clone()).await.unwrap();
    first.record(facts(1..2)).await.unwrap();
    let second = Rebuild::begin(test_db.database.clone()).await.unwrap();
    second.record(facts(1..3)).await.unwrap();
    let early = first.swap().await;
    assert!(matches!(early, Err(RebuildError::Overtaken)), "{early:?}");
    second.swap().await.unwrap();
    let late = first.record(facts(2..3)).await;
    assert!(matches!(late, Err(RebuildError::Overtaken)), "{late:?}");
    let late = first.swap().await;
    assert!(matches!(late, Err(RebuildError::Overtaken)), "{late:?}");
    assert_eq!(placed(&store).await, 2);
    figures_equal_facts(&test_db.database).await;
}

async fn writers_and_a_rebuild_do_not_lose_a_fact(test_db: TestDatabase) {
    let stores = [SqlFacts::new(test_db.database.clone()), SqlFacts::new(test_db.again().await)];
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
    let rebuild = Rebuild::begin(test_db.again().await).await.unwrap();
    for batch in facts(1..60).chunks(11) {
        rebuild.record(batch.to_vec()).await.unwrap();
    }
    for writer in writing {
        writer.await.unwrap();
    }
    assert_eq!(rebuild.differences().await.unwrap(), [] as [String; 0]);
    rebuild.swap().await.unwrap();
    assert_eq!(placed(&stores[0]).await, 59);
    figures_equal_facts(&test_db.database).await;
}

on_both!(
    the_later_of_two_rebuilds_continues,
    a_rebuild_gives_the_same_figures,
    a_wrong_figure_is_listed_and_corrected,
    writers_and_a_rebuild_do_not_lose_a_fact,
);
