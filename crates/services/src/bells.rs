//! Change notifications for open pages, one channel for each restaurant: a busy kitchen does not
//! wake the pages of a quiet one.

use std::collections::HashMap;

use parking_lot::Mutex;

use domain::ids::RestaurantId;
use tokio::sync::watch;

/// The bells of all restaurants. A listener that is busy while its bell rings several times hears
/// it once.
#[derive(Debug, Default)]
pub(crate) struct Bells {
    /// For boards that show every restaurant.
    any: watch::Sender<()>,
    /// The bells that have, or had, listeners.
    single: Mutex<HashMap<RestaurantId, watch::Sender<()>>>,
}

impl Bells {
    /// Listens to one restaurant, or to all. Earlier rings are not heard.
    pub(crate) fn listen(&self, restaurant: Option<&RestaurantId>) -> watch::Receiver<()> {
        let Some(id) = restaurant else { return self.any.subscribe() };
        let mut single = self.single.lock();
        // Requests may name any restaurant; bells without listeners must not accumulate.
        single.retain(|_, bell| bell.receiver_count() > 0);
        single.entry(id.clone()).or_default().subscribe()
    }

    /// Rings for a restaurant.
    pub(crate) fn ring(&self, restaurant: &RestaurantId) {
        self.any.send_replace(());
        let single = self.single.lock();
        if let Some(bell) = single.get(restaurant) {
            bell.send_replace(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> RestaurantId {
        text.parse().unwrap()
    }

    #[test]
    fn each_restaurant_has_its_own_bell() {
        let bells = Bells::default();
        let (wok, any) = (bells.listen(Some(&id("wok"))), bells.listen(None));
        // Far more than any backlog.
        for _ in 0..10_000 {
            bells.ring(&id("napoli"));
        }
        assert!(!wok.has_changed().unwrap() && any.has_changed().unwrap());
        bells.ring(&id("wok"));
        assert!(wok.has_changed().unwrap());
    }

    #[test]
    fn bells_without_listeners_are_removed() {
        let bells = Bells::default();
        for n in 0..100 {
            drop(bells.listen(Some(&id(&format!("r{n}")))));
        }
        let kept = bells.listen(Some(&id("wok")));
        assert_eq!(bells.single.lock().len(), 1);
        drop(kept);
    }
}
