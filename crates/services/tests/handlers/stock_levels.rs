//! `stock_levels`: the last record of a dish is its level, with several publishers and any crash.

use std::sync::{Arc, Mutex};

use domain::{
    ports::StockBook,
    stock::{Change, StockLevel},
};
use events::{OutgoingRecord, PublishError, Publisher, RecordPosition, Topic, stock_levels};
use futures::FutureExt;
use services::transactions::LevelPublisher;

use super::{
    common::{Fault, How, Log, Tables, When, World, lock},
    inputs::time,
    stock::{change, dish},
};

fn levels(world: &World) -> LevelPublisher<Tables, Log> {
    LevelPublisher::new(world.tables.clone(), world.log.clone())
}

async fn set(world: &World, n: u128, pieces: u32) {
    world.tables.apply_changes(vec![change(n, Change::Set(pieces))], time(1)).await.unwrap();
}

fn published(world: &World) -> Vec<StockLevel> {
    let records = world.log.read(&[Topic::StockLevels]);
    records.iter().map(|record| stock_levels::decode_level(record).unwrap()).collect()
}

/// The level in the table.
fn row(world: &World) -> StockLevel {
    let level = lock(&world.tables.rows).stock[&dish()];
    let (on_hand, version) = (level.level.on_hand(), level.level.version);
    StockLevel { dish: dish(), on_hand, version, at: level.at }
}

#[tokio::test]
async fn a_changed_level_is_published_once() {
    let world = World::new();
    let publisher = levels(&world);
    assert!(!publisher.publish_changed().await.unwrap());
    set(&world, 1, 5).await;
    assert!(publisher.publish_changed().await.unwrap());
    assert!(!publisher.publish_changed().await.unwrap());
    set(&world, 2, 4).await;
    set(&world, 3, 3).await;
    assert!(publisher.publish_changed().await.unwrap());
    let levels: Vec<_> = published(&world).iter().map(|l| (l.on_hand, l.version)).collect();
    assert_eq!(levels, [(Some(5), 1), (Some(3), 3)]);
}

type Meanwhile = fn(&World);

/// A publisher that runs something else before it writes.
#[derive(Clone)]
struct Overtaken {
    world: World,
    meanwhile: Arc<Mutex<Option<Meanwhile>>>,
}

impl Publisher for Overtaken {
    async fn publish(
        &self,
        events: Vec<OutgoingRecord>,
    ) -> Result<Vec<RecordPosition>, PublishError> {
        if let Some(meanwhile) = lock(&self.meanwhile).take() {
            meanwhile(&self.world);
        }
        self.world.log.publish(events).await
    }
}

/// A record is outdated when it is written, after the newer one of another instance, which has
/// recorded its publication.
#[tokio::test]
async fn an_outdated_last_record_is_followed_by_the_current_level() {
    let world = World::new();
    set(&world, 1, 5).await;
    let meanwhile: Meanwhile = |world| {
        let other = levels(world);
        let newer = async {
            set(world, 2, 4).await;
            assert!(other.publish_changed().await.unwrap());
        };
        // The log yields once; in memory nothing else waits.
        let mut newer = Box::pin(newer);
        while newer.as_mut().now_or_never().is_none() {}
    };
    let meanwhile = Arc::new(Mutex::new(Some(meanwhile)));
    let slow =
        LevelPublisher::new(world.tables.clone(), Overtaken { world: world.clone(), meanwhile });
    assert!(slow.publish_changed().await.unwrap());
    let versions: Vec<_> = published(&world).iter().map(|level| level.version).collect();
    assert_eq!(versions, [2, 1], "the last record is outdated");
    assert!(world.tables.unpublished(9).await.unwrap().is_empty(), "the table shows nothing");
    assert!(slow.publish_changed().await.unwrap());
    assert_eq!(published(&world).last(), Some(&row(&world)));
    assert!(!slow.publish_changed().await.unwrap());
}

/// Publishes until nothing is left; a crashed process restarts without memory.
async fn publish_all_changes(world: &World, publisher: &mut LevelPublisher<Tables, Log>, how: How) {
    loop {
        match publisher.publish_changed().await {
            Ok(true) => {}
            Ok(false) => return,
            Err(_) if how == How::Call => {}
            Err(_) => {
                world.faults.restart();
                *publisher = levels(world);
                publisher.publish_all().await.unwrap();
            }
        }
    }
}

/// Every effect fails before and after, as a lost call or a crash.
#[tokio::test]
async fn whatever_fails_the_last_record_is_the_level() {
    for how in [How::Call, How::Process] {
        for when in [When::Before, When::After] {
            for at in 0.. {
                let world = World::new();
                set(&world, 1, 5).await;
                world.faults.plan(Fault { at, when, how });
                let mut publisher = levels(&world);
                for n in 2..9_u32 {
                    publish_all_changes(&world, &mut publisher, how).await;
                    let sold = change(n.into(), Change::Delta(-1));
                    while world.tables.apply_changes(vec![sold.clone()], time(1)).await.is_err() {
                        world.faults.restart();
                    }
                }
                publish_all_changes(&world, &mut publisher, how).await;
                assert_eq!(published(&world).last(), Some(&row(&world)), "{at} {how:?}");
                if world.faults.hit().is_none() {
                    assert!(at > 5, "few effects: {at}");
                    break;
                }
            }
        }
    }
}

/// A crashed process may leave an outdated record that the table does not show.
#[tokio::test]
async fn a_start_publishes_every_level() {
    let world = World::new();
    set(&world, 1, 5).await;
    levels(&world).publish_changed().await.unwrap();
    let truth = row(&world);
    let old = StockLevel { on_hand: Some(9), version: 0, ..truth.clone() };
    world.log.append(&stock_levels::encode_level(&StockLevel { version: 1, ..old }));
    levels(&world).publish_all().await.unwrap();
    assert_eq!(published(&world).last(), Some(&truth));
}

/// The loop is notified of changes of its own process and polls for those of others.
#[tokio::test(start_paused = true)]
async fn the_loop_is_notified_and_polls() {
    let world = World::new();
    set(&world, 1, 5).await;
    let publisher = levels(&world);
    let watch = async {
        for n in 2..6_u32 {
            set(&world, n.into(), n).await;
            while published(&world).last().and_then(|level| level.on_hand) != Some(n) {
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
        }
        // Another process changes a level and dies: no notification here.
        lock(&world.tables.rows).stock.get_mut(&dish()).unwrap().level.version += 1;
        while published(&world).last().map(|level| level.version) != Some(6) {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::select! {
        () = publisher.run() => unreachable!("it has no end"),
        () = watch => {}
    }
}
