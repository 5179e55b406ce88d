//! Optimistic locking: publishes only against the version that the actor saw, so that no change is
//! overwritten unseen.

use std::time::Duration;

use bytes::Bytes;
use domain::{
    ids::RestaurantId,
    menu::{Edit, Menu},
    money::{Currency, ExchangeRate},
    ports::{ChangeBook, OrderSearch},
    restaurant::Restaurant,
    staff::Actor,
    violation::Violations,
};
use events::{
    OutgoingRecord, Publisher,
    menu::{MenuBody, RestaurantBody, encode_menu, encode_restaurant},
};
use jiff::SignedDuration;

use super::{Backoffice, save_error::SaveError};
use web::Problem;

/// Lease of the claim on a version: longer than publishing takes.
const CLAIM_LEASE: SignedDuration = SignedDuration::from_secs(30);
/// How long the claim is held after publishing: until every instance has read the new version. It
/// ends, since versions are offsets, which start again in another cluster.
const CLAIM_HELD_AFTER: SignedDuration = SignedDuration::from_hours(1);
/// Timeout for a new version to reach the catalog, so that the next page shows it.
const VISIBLE_TIMEOUT: Duration = Duration::from_secs(1);
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// Maximum size of a menu's event, in bytes.
const MAX_MENU_BYTES: usize = 512 * 1_024;

/// The version of a menu or restaurant that was never published.
pub(super) const NEVER_PUBLISHED: i64 = -1;

impl<P: Publisher, C: ChangeBook, O: OrderSearch> Backoffice<P, C, O> {
    /// Applies an edit to the version that the actor saw, and publishes the result.
    pub(super) async fn edit_menu(
        &self,
        actor: &Actor,
        id: &RestaurantId,
        seen: i64,
        edit: Edit,
    ) -> Result<i64, SaveError> {
        let menu = self.menu_at_version(id, seen).await?;
        let edited = menu.apply_edit(edit).map_err(SaveError::Invalid)?;
        if edited == menu {
            return Ok(seen);
        }
        self.save_menu(actor, id, seen, &edited).await
    }

    /// The menu at the version that the actor saw; [`SaveError::Overtaken`] if there is another by
    /// now. They may have seen it at another instance before this one has read it.
    pub(super) async fn menu_at_version(
        &self,
        id: &RestaurantId,
        seen: i64,
    ) -> Result<Menu, SaveError> {
        self.wait_until_visible(|| self.whole_menu(id).0 >= seen).await;
        let (version, menu) = self.whole_menu(id);
        if version == seen { Ok(menu) } else { Err(SaveError::Overtaken) }
    }

    /// The current menu including hidden dishes, and its version.
    pub(super) fn whole_menu(&self, id: &RestaurantId) -> (i64, Menu) {
        let menu = self.catalog.shop(id).and_then(|shop| shop.published);
        match menu {
            Some(menu) => (menu.version, menu.whole.clone()),
            None => (NEVER_PUBLISHED, Menu::default()),
        }
    }

    /// Publishes a menu that replaces the version that the actor saw.
    pub(super) async fn save_menu(
        &self,
        actor: &Actor,
        id: &RestaurantId,
        seen: i64,
        menu: &Menu,
    ) -> Result<i64, SaveError> {
        let event = self.build_menu_event(id, menu, &MenuBody::from(menu))?;
        let version = self.publish_against(&format!("menu/{id}"), seen, event, actor).await?;
        self.wait_until_visible(|| self.whole_menu(id).0 >= version).await;
        Ok(version)
    }

    /// Builds the event of a menu. A menu is one record, and so is its dead letter, which bounds
    /// its size.
    pub(super) fn build_menu_event(
        &self,
        id: &RestaurantId,
        menu: &Menu,
        body: &MenuBody,
    ) -> Result<OutgoingRecord, Problem> {
        menu.refuse_oversized()?;
        if let Some(shop) = self.catalog.shop(id) {
            refuse_other_currency(menu, shop.restaurant.currency)?;
            menu.refuse_uneven(shop.restaurant.currency)?;
            if let Some(rules) = &shop.restaurant.tax {
                menu.refuse_unknown_rates(rules)?;
            }
        }
        self.encode_within_limit(id, body)
    }

    fn encode_within_limit(
        &self,
        id: &RestaurantId,
        body: &MenuBody,
    ) -> Result<OutgoingRecord, Problem> {
        let event = encode_menu(id, body, self.clock.now());
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

    /// Refuses a change of tax rules that the menu does not fit. Other changes, such as a pause, are
    /// never refused for the menu's sake.
    pub(super) fn refuse_unfit_terms(&self, restaurant: &Restaurant) -> Result<(), Violations> {
        let Some(shop) = self.catalog.shop(&restaurant.id) else { return Ok(()) };
        let (before, (_, menu)) = (&shop.restaurant, self.whole_menu(&restaurant.id));
        match &restaurant.tax {
            Some(rules) if before.tax != restaurant.tax => {
                let fits = menu.refuse_unknown_rates(rules);
                fits.map_err(|refused| in_menu("tax.rates", &refused))
            }
            _ => Ok(()),
        }
    }

    /// The menu of a restaurant in its new currency, with the version that it replaces; `None` if its
    /// prices are in that currency, or if there are none. Prices are exchanged at `rate`: without
    /// one, a person has to say what becomes of them.
    pub(super) fn exchanged_menu(
        &self,
        restaurant: &Restaurant,
        rate: Option<ExchangeRate>,
    ) -> Result<Option<(i64, OutgoingRecord)>, SaveError> {
        let Some(shop) = self.catalog.shop(&restaurant.id) else { return Ok(None) };
        let (version, menu) = self.whole_menu(&restaurant.id);
        let from = menu.currency().unwrap_or(shop.restaurant.currency);
        let to = restaurant.currency;
        let is_asked = shop.restaurant.currency != to || rate.is_some();
        if from == to || !is_asked || menu.items().next().is_none() {
            return Ok(None);
        }
        let rate = rate.ok_or(SaveError::Prices { from, to })?;
        let menu = menu.exchanged(from, to, rate);
        let menu = menu.map_err(|refused| SaveError::Invalid(in_menu("rate", &refused)))?;
        let event = self.encode_within_limit(&restaurant.id, &MenuBody::from(&menu))?;
        Ok(Some((version, event)))
    }

    /// Publishes a restaurant that replaces the version that the actor saw, and its menu, if its
    /// prices are exchanged. The shop sells nothing while it knows only one of both.
    pub(super) async fn save_restaurant(
        &self,
        actor: &Actor,
        seen: i64,
        restaurant: &Restaurant,
        rate: Option<ExchangeRate>,
    ) -> Result<i64, SaveError> {
        let id = &restaurant.id;
        let version = || self.catalog.shop(id).map_or(NEVER_PUBLISHED, |shop| shop.version);
        self.wait_until_visible(|| version() >= seen).await;
        if version() != seen {
            return Err(SaveError::Overtaken);
        }
        self.refuse_unfit_terms(restaurant).map_err(SaveError::Invalid)?;
        if let Some((menu_version, event)) = self.exchanged_menu(restaurant, rate)? {
            self.publish_against(&format!("menu/{id}"), menu_version, event, actor).await?;
        }
        let event = encode_restaurant(id, &RestaurantBody::from(restaurant), self.clock.now());
        let published =
            self.publish_against(&format!("restaurant/{id}"), seen, event, actor).await?;
        self.wait_until_visible(|| version() >= published).await;
        Ok(published)
    }

    /// Publishes unless another actor has published against the same version. The catalog shows
    /// earlier ones; a claim in the database decides between concurrent ones at any instance.
    async fn publish_against(
        &self,
        key: &str,
        seen: i64,
        event: OutgoingRecord,
        actor: &Actor,
    ) -> Result<i64, SaveError> {
        let now = self.clock.now();
        let until = now + CLAIM_LEASE;
        if !self.changes.claim(key, seen, now, until).await? {
            return Err(SaveError::Overtaken);
        }
        match self.publish(event.signed(actor.name())).await {
            Ok(version) => {
                // If this fails, the lease still outlasts the time that followers need.
                let held = self.changes.claim(key, seen, until, until + CLAIM_HELD_AFTER).await;
                if let Err(unavailable) = held {
                    tracing::warn!(error = %unavailable, key, "a claim could not be extended; it expires");
                }
                Ok(version.unwrap_or(NEVER_PUBLISHED))
            }
            Err(problem) => {
                // The event may be in the log nevertheless; then a retry is refused as overtaken.
                if let Err(unavailable) = self.changes.release_claim(key, seen).await {
                    tracing::warn!(error = %unavailable, key, "a claim could not be released; it expires");
                }
                Err(problem.into())
            }
        }
    }

    /// Waits until a publication is visible at this instance, at most [`VISIBLE_TIMEOUT`].
    pub(super) async fn wait_until_visible(&self, is_visible: impl Fn() -> bool) {
        let deadline = tokio::time::Instant::now() + VISIBLE_TIMEOUT;
        while !is_visible() && tokio::time::Instant::now() < deadline {
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }
}

/// Refuses a menu that says to be in another currency than its restaurant.
fn refuse_other_currency(menu: &Menu, currency: Currency) -> Result<(), Violations> {
    match menu.may_be_in(currency) {
        true => Ok(()),
        false => Err(Violations::one("currency", format!("must be the restaurant's, {currency}"))),
    }
}

/// Violations in the menu as one of a restaurant's field.
fn in_menu(field: &str, refused: &Violations) -> Violations {
    Violations::one(field, format!("does not fit the menu: {refused}"))
}
