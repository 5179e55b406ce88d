//! The database server stops without notice and comes back.

use uuid::Uuid;

use crate::common::{
    Engine, Fleet, PlacedOrder, ok_if, on_real,
    orders::pizza,
    rush::{Rush, run_local, slow_gateway},
    services::Service,
    wait_until,
};

const ORDERS: usize = 400;

async fn the_database_restarts_under_load(_: Engine) {
    run_local(async {
        let fleet = Fleet::start(1).await;
        fleet.set_faults(&slow_gateway()).await;
        let rush = Rush::start(&fleet.api, ORDERS);
        let server = Service::named("postgres");
        // A fast shutdown, then an immediate one, which recovers from its write-ahead log.
        for (turn, signal) in [(1, "INT"), (2, "QUIT")] {
            rush.wait_for_accepted(ORDERS / 4 * turn).await;
            server.kill(signal).await;
            server.start();
        }
        let placed = rush.finish().await.check(&fleet).await;
        let mails = fleet.mails(&placed).await;
        assert!(mails.iter().all(|(_, mails)| *mails >= 1), "{mails:?}");
        fleet.finish().await;
    })
    .await;
}

/// An order needs no database to be accepted, unless its key may have been used before.
async fn orders_are_accepted_without_the_database(_: Engine) {
    run_local(async {
        let fleet = Fleet::start(1).await;
        let server = Service::named("postgres");
        server.kill("QUIT").await;
        let order = pizza("ada@example.com");
        let (young, old) = (Uuid::now_v7().to_string(), Uuid::new_v4().to_string());
        let taken = fleet.api.post_order(&order, Some(&young)).await.unwrap();
        assert_eq!(taken.status, 202, "{taken:?}");
        let again = fleet.api.post_order(&order, Some(&young)).await.unwrap();
        assert_eq!((again.status, again.json()), (202, taken.json()));
        let not_known = fleet.api.post_order(&order, Some(&old)).await.unwrap();
        assert_eq!(not_known.status, 503, "{not_known:?}");
        assert!(not_known.json()["order_id"].is_string(), "{not_known:?}");
        assert!(not_known.headers.contains_key("retry-after"), "{not_known:?}");
        server.start();
        let answer = wait_until("the key is looked up", async || {
            let answer = fleet.api.post_order(&order, Some(&old)).await?;
            ok_if(answer.status == 202, answer)
        });
        assert_eq!(answer.await.json()["order_id"], not_known.json()["order_id"]);
        fleet.api.wait_for_status(&PlacedOrder::of(&taken), "confirmed").await;
        fleet.finish().await;
    })
    .await;
}

on_real!(the_database_restarts_under_load, orders_are_accepted_without_the_database);
