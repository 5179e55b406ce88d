//! Demo restaurants, for a system that has none.

use adapters::{clock::SystemClock, kafka::KafkaPublisher};
use domain::{ids::RestaurantId, ports::Clock};
use events::{
    Outgoing, Publisher,
    menu::{MenuBody, RestaurantBody, menu_put, restaurant_put},
};
use serde::Deserialize;

use crate::fault::Fault;

const FILES: &[(&str, &str)] = &[
    ("bella-napoli", include_str!("../demo/bella-napoli.json")),
    ("golden-wok", include_str!("../demo/golden-wok.json")),
    ("taqueria-sol", include_str!("../demo/taqueria-sol.json")),
];

/// How many there are.
pub(crate) const RESTAURANTS: usize = FILES.len();

#[derive(Deserialize)]
struct Demo {
    restaurant: RestaurantBody,
    menu: MenuBody,
}

/// Publishes the demo restaurants as their owners would.
pub(crate) async fn publish(publisher: &KafkaPublisher) -> Result<(), Fault> {
    let mut events = Vec::new();
    for (id, json) in FILES {
        events.extend(
            read(id, json).map_err(|e| Fault::usage(format!("the demo {id} is wrong: {e}")))?,
        );
    }
    publisher.publish(events).await.map_err(|e| Fault::unavailable(e.to_string()))?;
    Ok(())
}

fn read(id: &str, json: &str) -> Result<[Outgoing; 2], String> {
    let demo: Demo = serde_json::from_str(json).map_err(|e| e.to_string())?;
    let id: RestaurantId = id.parse().map_err(|e| format!("{e}"))?;
    demo.restaurant.check(id.clone()).map_err(|e| e.to_string())?;
    demo.menu.check().map_err(|e| e.to_string())?;
    let now = SystemClock.now();
    Ok([restaurant_put(&id, &demo.restaurant, now), menu_put(&id, &demo.menu, now)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_restaurants_are_right() {
        for (id, json) in FILES {
            read(id, json).unwrap();
        }
    }
}
