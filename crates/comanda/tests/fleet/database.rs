//! The database server stops, at once and without good-bye, and comes back.

use uuid::Uuid;

use crate::common::{
    Engine, Fleet, Placed, on_real,
    orders::pizza,
    rush::{Rush, locally, slow},
    seen,
    services::Service,
    until,
};

const ORDERS: usize = 400;

async fn it_restarts_in_mid_load(_: Engine) {
    locally(async {
        let fleet = Fleet::start(1).await;
        fleet.set_faults(&slow()).await;
        let rush = Rush::start(&fleet.api, ORDERS);
        let server = Service::named("postgres");
        // A fast shutdown, then an immediate one, which recovers from its write-ahead log.
        for (turn, signal) in [(1, "INT"), (2, "QUIT")] {
            rush.reaches(ORDERS / 4 * turn).await;
            server.end(signal).await;
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
async fn orders_are_taken_while_it_is_away(_: Engine) {
    locally(async {
        let fleet = Fleet::start(1).await;
        let server = Service::named("postgres");
        server.end("QUIT").await;
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
        let answer = until("the key is looked up", async || {
            let answer = fleet.api.post_order(&order, Some(&old)).await?;
            seen(answer.status == 202, answer)
        });
        assert_eq!(answer.await.json()["order_id"], not_known.json()["order_id"]);
        fleet.api.reaches(&Placed::of(&taken), "confirmed").await;
        fleet.finish().await;
    })
    .await;
}

on_real!(it_restarts_in_mid_load, orders_are_taken_while_it_is_away);
