//! Publishing on top of what somebody has seen, so that nobody overwrites what they have not.

use std::time::Duration;

use bytes::Bytes;
use domain::{
    ids::RestaurantId,
    menu::{Edit, Menu},
    ports::{ChangeBook, OrderSearch},
    restaurant::Restaurant,
    staff::Who,
};
use events::{
    Outgoing, Publisher,
    menu::{MenuBody, RestaurantBody, menu_put, restaurant_put},
};
use jiff::SignedDuration;

use super::{Backoffice, unsaved::NotSaved};
use web::Problem;

/// Who publishes on top of a version has it for so long: longer than any publishing takes.
const CLAIMED: SignedDuration = SignedDuration::from_secs(30);
/// Who has published keeps the claim for so long: until every instance has seen the new version. Not
/// for ever, since versions are offsets, which begin anew on another cluster.
const KEPT: SignedDuration = SignedDuration::from_hours(1);
/// How long a new version is waited for in memory, so that the next page shows it.
const SHOWN_WITHIN: Duration = Duration::from_secs(1);
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Most bytes of a menu's event (DESIGN §4).
const MAX_MENU_BYTES: usize = 512 * 1_024;

/// The version of what was never published.
pub(super) const NEVER: i64 = -1;

impl<P: Publisher, C: ChangeBook, O: OrderSearch> Backoffice<P, C, O> {
    /// Publishes a menu after an edit, on top of the version that somebody saw.
    pub(super) async fn edit_menu(
        &self,
        who: &Who,
        id: &RestaurantId,
        seen: i64,
        edit: Edit,
    ) -> Result<i64, NotSaved> {
        let menu = self.menu_seen(id, seen).await?;
        let edited = menu.edited(edit).map_err(NotSaved::Refused)?;
        if edited == menu {
            return Ok(seen);
        }
        self.save_menu(who, id, seen, &edited).await
    }

    /// The menu that somebody saw, if it is still the one; an empty one if there was none. They may
    /// have seen it at another instance, and be faster than the topic.
    pub(super) async fn menu_seen(&self, id: &RestaurantId, seen: i64) -> Result<Menu, NotSaved> {
        self.shown(|| self.whole_menu(id).0 >= seen).await;
        let (version, menu) = self.whole_menu(id);
        if version == seen { Ok(menu) } else { Err(NotSaved::Overtaken) }
    }

    /// The menu as it is, with what is hidden, and its version.
    pub(super) fn whole_menu(&self, id: &RestaurantId) -> (i64, Menu) {
        let menu = self.catalog.shop(id).and_then(|shop| shop.menu);
        match menu {
            Some(menu) => (menu.version, menu.whole.clone()),
            None => (NEVER, Menu::default()),
        }
    }

    /// Publishes a menu on top of the version that somebody saw.
    pub(super) async fn save_menu(
        &self,
        who: &Who,
        id: &RestaurantId,
        seen: i64,
        menu: &Menu,
    ) -> Result<i64, NotSaved> {
        let event = self.menu_event(id, menu, &MenuBody::from(menu))?;
        let version = self.publish_on(&format!("menu/{id}"), seen, event, who).await?;
        self.shown(|| self.whole_menu(id).0 >= version).await;
        Ok(version)
    }

    /// The event of a menu, if it fits: a menu travels whole, and so does its dead letter.
    pub(super) fn menu_event(
        &self,
        id: &RestaurantId,
        menu: &Menu,
        body: &MenuBody,
    ) -> Result<Outgoing, Problem> {
        menu.refuse_oversized()?;
        let event = menu_put(id, body, self.clock.now());
        match event.payload.as_ref().map_or(0, Bytes::len) {
            ..=MAX_MENU_BYTES => Ok(event),
            bytes => Err(Problem::too_large(format!(
                "This menu takes {} KiB, and a menu may take {} KiB: shorten descriptions, or leave \
                 out dishes and options.",
                bytes.div_ceil(1_024),
                MAX_MENU_BYTES / 1_024,
            ))),
        }
    }

    /// Publishes a restaurant on top of the version that somebody saw.
    pub(super) async fn save_restaurant(
        &self,
        who: &Who,
        seen: i64,
        restaurant: &Restaurant,
    ) -> Result<i64, NotSaved> {
        let id = &restaurant.id;
        let version = || self.catalog.shop(id).map_or(NEVER, |shop| shop.version);
        self.shown(|| version() >= seen).await;
        if version() != seen {
            return Err(NotSaved::Overtaken);
        }
        let event = restaurant_put(id, &RestaurantBody::from(restaurant), self.clock.now());
        let published = self.publish_on(&format!("restaurant/{id}"), seen, event, who).await?;
        self.shown(|| version() >= published).await;
        Ok(published)
    }

    /// Of two who saw the same version, one publishes. Whether the other has seen it by now, its
    /// memory says; whether both come at once, or to two instances, the database.
    async fn publish_on(
        &self,
        key: &str,
        seen: i64,
        event: Outgoing,
        who: &Who,
    ) -> Result<i64, NotSaved> {
        let now = self.clock.now();
        let until = now + CLAIMED;
        if !self.changes.claim(key, seen, now, until).await? {
            return Err(NotSaved::Overtaken);
        }
        match self.publish(event.signed(who.name())).await {
            Ok(version) => {
                // Should that not be noted, the claim still outlasts the moment that followers take.
                let kept = self.changes.claim(key, seen, until, until + KEPT).await;
                if let Err(unavailable) = kept {
                    tracing::warn!(error = %unavailable, key, "a claim runs out");
                }
                Ok(version.unwrap_or(NEVER))
            }
            Err(problem) => {
                // It may be there all the same; then whoever tries again is overtaken by it.
                if let Err(unavailable) = self.changes.give_back(key, seen).await {
                    tracing::warn!(error = %unavailable, key, "a claim runs out");
                }
                Err(problem.into())
            }
        }
    }

    /// Waits a moment until what was published shows here.
    pub(super) async fn shown(&self, is_there: impl Fn() -> bool) {
        let deadline = tokio::time::Instant::now() + SHOWN_WITHIN;
        while !is_there() && tokio::time::Instant::now() < deadline {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}
