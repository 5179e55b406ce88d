//! The stock API for staff, and changes of stock for the pages.

use std::{slice, sync::Arc};

use axum::{
    Extension, Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
};
use domain::{
    ids::{ChangeId, ItemId},
    ports::{ChangeBook, KnownVersion, OrderSearch, Publication},
    staff::Actor,
    stock::{Availability, Change, Dish, StockChange},
    text::{Name, Note},
    violation::{Checks, Violations},
};
use events::{
    Publisher,
    stock_changes::{encode_change, parse_change},
};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Backoffice;
use crate::catalog::{Shop, VersionedMenu};
use web::{Problem, StrictJson, key::idempotency_key, secret::digest};

/// The body of a change: exactly one of `delta`, `set` and `unlimited`.
#[derive(Debug, Deserialize)]
pub(super) struct ChangeBody {
    item_id: String,
    #[serde(default)]
    delta: Option<i64>,
    #[serde(default)]
    set: Option<u32>,
    #[serde(default)]
    unlimited: Option<bool>,
    #[serde(default)]
    reason: Option<String>,
}

impl ChangeBody {
    fn check(&self) -> Result<(ItemId, Change, Option<Note>), Violations> {
        let mut checks = Checks::default();
        let item = checks.ok_or_add("item_id", self.item_id.parse());
        let change = match parse_change(self.delta, self.set, self.unlimited) {
            Ok(change) => Some(change),
            Err(wrong) => {
                let fields = [
                    ("delta", self.delta.is_some()),
                    ("set", self.set.is_some()),
                    ("unlimited", self.unlimited.is_some()),
                ];
                let field = fields.iter().find(|(_, given)| *given).map_or("delta", |f| f.0);
                checks.add(field, wrong);
                None
            }
        };
        let reason = self.reason.as_deref().filter(|text| !text.trim().is_empty());
        let reason = reason.map(|text| checks.ok_or_add("reason", text.parse()));
        let whole = item.zip(change);
        checks.finish(whole.map(|(item, change)| (item, change, reason.flatten())))
    }
}

/// `POST /api/restaurants/{id}/stock`: publishes a change, from which the level follows.
pub(super) async fn post_change<P: Publisher, C: ChangeBook, O: OrderSearch>(
    State(backoffice): State<Arc<Backoffice<P, C, O>>>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    headers: HeaderMap,
    StrictJson(body): StrictJson<ChangeBody>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let (shop, _) = backoffice.shop_with_menu(&id)?;
    let (item_id, change, reason) = body.check()?;
    let dish = Dish { restaurant_id: shop.restaurant.id.clone(), item_id };
    let key = idempotency_key(&headers)?;
    let request = StockRequest { dish, change, reason, key };
    let change = backoffice.publish_change(&actor, request).await?;
    let response = json!({
        "change_id": change.id.to_string(),
        "restaurant_id": change.dish.restaurant_id.as_str(),
        "item_id": change.dish.item_id.as_str(),
    });
    Ok((StatusCode::ACCEPTED, Json(response)))
}

/// `GET /api/restaurants/{id}/stock`: every dish of the menu with its level.
pub(super) async fn list_levels<P: Publisher, C: ChangeBook, O: OrderSearch>(
    State(backoffice): State<Arc<Backoffice<P, C, O>>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let (shop, menu) = backoffice.shop_with_menu(&id)?;
    let restaurant_id = &shop.restaurant.id;
    let supplies = backoffice.catalog.supplies(restaurant_id, &menu.whole);
    let items = menu.whole.categories().iter().flat_map(|category| &category.items);
    let item = |item: &domain::menu::Item| {
        let left = supplies.left(&item.id);
        let dish = Dish { restaurant_id: restaurant_id.clone(), item_id: item.id.clone() };
        let level = backoffice.catalog.level(&dish);
        json!({
            "item_id": item.id.as_str(),
            "name": item.name.as_str(),
            "on_hand": left,
            "supply": Availability::with_low(left, item.low_stock).name(),
            "version": level.as_ref().map(|level| level.version),
            "at": level.map(|level| level.at.to_string()),
        })
    };
    let items: Vec<_> = items.map(item).collect();
    Ok(Json(json!({"restaurant_id": restaurant_id.as_str(), "items": items})))
}

/// A requested change of stock.
pub(super) struct StockRequest<'a> {
    pub(super) dish: Dish,
    pub(super) change: Change,
    /// Reason, if given.
    pub(super) reason: Option<Note>,
    /// Idempotency key: a repeated request is the same change, and another request under the same
    /// key is refused.
    pub(super) key: Option<&'a str>,
}

impl StockRequest<'_> {
    /// Digest of the request: differs for another request under the same key.
    fn digest(&self) -> String {
        let (name, amount) = (self.change.name(), self.change.amount());
        let reason = self.reason.as_ref().map(Note::as_str);
        digest(json!([self.dish.item_id.as_str(), name, amount, reason]).to_string().as_bytes())
    }
}

impl<P: Publisher, C: ChangeBook, O: OrderSearch> Backoffice<P, C, O> {
    /// Publishes a change if the menu allows it.
    pub(super) async fn publish_change(
        &self,
        actor: &Actor,
        request: StockRequest<'_>,
    ) -> Result<StockChange, Problem> {
        self.check_request(&request)?;
        self.reserve_key(&request).await?;
        let StockRequest { dish, change, reason, key } = request;
        let by = actor.name().parse::<Name>();
        let by = by.map_err(|error| Problem::unavailable(error.to_string()))?;
        let id = match key {
            Some(key) => {
                let what = format!("{} {:?}", change.name(), change.amount());
                self.access.secret().change_id(&dish, &what, key)
            }
            None => ChangeId(Uuid::now_v7()),
        };
        let change = StockChange { id, dish, change, reason, by, at: self.clock.now() };
        self.publish(encode_change(&change)).await?;
        Ok(change)
    }

    /// Reserves a key for the first request that uses it, at any instance. Uses the table of
    /// published versions: the first row of a key and version stays.
    async fn reserve_key(&self, request: &StockRequest<'_>) -> Result<(), Problem> {
        let Some(key) = request.key else { return Ok(()) };
        let mark = self.access.secret().stock_key(&request.dish.restaurant_id, key);
        let key = format!("stock-key/{mark}");
        let known = KnownVersion { version: 0, body: request.digest() };
        self.changes.record(vec![Publication { key: key.clone(), known, entry: None }]).await?;
        let first = self.changes.published(slice::from_ref(&key)).await?;
        match first.get(&key) {
            Some(first) if first.body != request.digest() => Err(Problem::key_reused("change")),
            _ => Ok(()),
        }
    }

    /// Pieces left of a dish; `None` if it is not counted.
    pub(super) fn pieces_left(&self, dish: &Dish) -> Option<u32> {
        let menu = self.catalog.shop(&dish.restaurant_id)?.menu?;
        self.catalog.supplies(&dish.restaurant_id, &menu.whole).left(&dish.item_id)
    }

    fn check_request(&self, request: &StockRequest<'_>) -> Result<(), Problem> {
        let dish = &request.dish;
        let (shop, menu) = self.shop_with_menu(dish.restaurant_id.as_str())?;
        let Some(item) = menu.whole.item(&dish.item_id) else {
            let name = &shop.restaurant.name;
            let reason = format!("{} is not on the menu of {name}", dish.item_id);
            return Err(Violations::one("item_id", reason).into());
        };
        let left = self.catalog.supplies(&dish.restaurant_id, &menu.whole).left(&dish.item_id);
        if let (Change::Delta(_), None) = (request.change, left) {
            let reason = format!("{} is not counted: set how many there are first", item.name);
            return Err(Violations::one("delta", reason).into());
        }
        Ok(())
    }

    /// A restaurant that has a menu.
    fn shop_with_menu(&self, id: &str) -> Result<(Shop, Arc<VersionedMenu>), Problem> {
        let unknown = || Problem::not_found("restaurant");
        let shop = id.parse().ok().and_then(|id| self.catalog.shop(&id)).ok_or_else(unknown)?;
        let menu = shop.menu.clone().ok_or_else(|| Problem::not_found("menu"))?;
        Ok((shop, menu))
    }
}
