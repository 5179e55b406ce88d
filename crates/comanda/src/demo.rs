//! Demo restaurants, for a system without any.

use clock::SystemClock;
use domain::{ids::RestaurantId, ports::Clock};
use events::{
    OutgoingRecord, Publisher,
    menu::{MenuBody, RestaurantBody, encode_menu, encode_restaurant},
};
use kafka::KafkaPublisher;
use serde::Deserialize;
use services::catalog::Shop;

use crate::fault::Fault;

const FILES: &[(&str, &str)] = &[
    ("bella-napoli", include_str!("../demo/bella-napoli.json")),
    ("golden-wok", include_str!("../demo/golden-wok.json")),
    ("fornaio-alba", include_str!("../demo/fornaio-alba.json")),
    ("taqueria-sol", include_str!("../demo/taqueria-sol.json")),
];

/// Whether a system lacks demo restaurants: it is empty, or was stopped while they were published.
/// A system with restaurants of its own needs none.
pub(crate) fn is_missing(shops: &[Shop]) -> bool {
    let is_demo = |shop: &Shop| FILES.iter().any(|(id, _)| *id == shop.restaurant.id.as_str());
    let complete = shops.iter().filter(|shop| shop.menu.is_some()).count();
    shops.iter().all(is_demo) && complete < FILES.len()
}

#[derive(Deserialize)]
struct Demo {
    restaurant: RestaurantBody,
    menu: MenuBody,
}

/// Publishes the demo restaurants with their menus.
pub(crate) async fn publish(publisher: &KafkaPublisher) -> Result<(), Fault> {
    let mut events = Vec::new();
    for (id, json) in FILES {
        events.extend(
            demo_records(id, json)
                .map_err(|e| Fault::usage(format!("the demo {id} is wrong")).with_cause(e))?,
        );
    }
    publisher.publish(events).await.map_err(Fault::unavailable)?;
    Ok(())
}

fn demo_records(id: &str, json: &str) -> Result<[OutgoingRecord; 2], String> {
    let demo: Demo = serde_json::from_str(json).map_err(|e| e.to_string())?;
    let id: RestaurantId = id.parse().map_err(|e| format!("{e}"))?;
    demo.restaurant.check(id.clone()).map_err(|e| e.to_string())?;
    demo.menu.check().map_err(|e| e.to_string())?;
    let now = SystemClock.now();
    let events = [encode_restaurant(&id, &demo.restaurant, now), encode_menu(&id, &demo.menu, now)];
    Ok(events.map(|event| event.signed("Comanda")))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use services::catalog::VersionedMenu;

    use super::*;

    fn shop(id: &str, with_menu: bool) -> Shop {
        let (_, json) = FILES[0];
        let demo: Demo = serde_json::from_str(json).unwrap();
        let menu = VersionedMenu::new(0, demo.menu.check().unwrap());
        Shop {
            restaurant: Arc::new(demo.restaurant.check(id.parse().unwrap()).unwrap()),
            version: 0,
            menu: with_menu.then(|| Arc::new(menu)),
        }
    }

    #[test]
    fn only_a_system_without_own_restaurants_is_filled() {
        let all = |with_menu| FILES.iter().map(|(id, _)| shop(id, with_menu)).collect::<Vec<_>>();
        assert!(is_missing(&[]));
        assert!(is_missing(&all(false)) && is_missing(&all(true)[..1]));
        assert!(!is_missing(&all(true)));
        assert!(!is_missing(&[shop("my-own", false)]));
    }

    #[test]
    fn the_demo_restaurants_are_valid() {
        for (id, json) in FILES {
            demo_records(id, json).unwrap();
        }
    }
}
