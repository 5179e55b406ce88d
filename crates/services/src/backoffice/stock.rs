//! Stock, as staff see and change it.

use std::{slice, sync::Arc};

use axum::{
    Extension, Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
};
use domain::{
    ids::{ChangeId, ItemId},
    ports::{ChangeBook, Known, OrderSearch, Published},
    staff::Who,
    stock::{Change, Dish, StockChange, Supply},
    text::{Name, Note},
    violation::{Checks, Refused},
};
use events::{
    Publisher,
    stock_changes::{changed, one_change},
};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Backoffice;
use crate::catalog::{Shop, VersionedMenu};
use web::{Problem, StrictJson, key::idempotency_key, secret::digest};

/// A change as staff ask for it: exactly one of `delta`, `set` and `unlimited`.
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
    fn check(&self) -> Result<(ItemId, Change, Option<Note>), Refused> {
        let mut checks = Checks::default();
        let item = checks.take("item_id", self.item_id.parse());
        let change = match one_change(self.delta, self.set, self.unlimited) {
            Ok(change) => Some(change),
            Err(wrong) => {
                let fields = [
                    ("delta", self.delta.is_some()),
                    ("set", self.set.is_some()),
                    ("unlimited", self.unlimited.is_some()),
                ];
                let named = fields.iter().find(|(_, given)| *given).map_or("delta", |f| f.0);
                checks.add(named, wrong);
                None
            }
        };
        let reason = self.reason.as_deref().filter(|text| !text.trim().is_empty());
        let reason = reason.map(|text| checks.take("reason", text.parse()));
        let whole = item.zip(change);
        checks.finish(whole.map(|(item, change)| (item, change, reason.flatten())))
    }
}

/// `POST /api/restaurants/{id}/stock`. The record is the change; levels follow it.
pub(super) async fn change<P: Publisher, C: ChangeBook, O: OrderSearch>(
    State(backoffice): State<Arc<Backoffice<P, C, O>>>,
    Extension(who): Extension<Who>,
    Path(id): Path<String>,
    headers: HeaderMap,
    StrictJson(body): StrictJson<ChangeBody>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let (shop, _) = backoffice.shop(&id)?;
    let (item_id, change, reason) = body.check()?;
    let dish = Dish { restaurant_id: shop.restaurant.id.clone(), item_id };
    let key = idempotency_key(&headers)?;
    let change = backoffice.change(&who, Wish { dish, change, reason, key }).await?;
    let answer = json!({
        "change_id": change.id.to_string(),
        "restaurant_id": change.dish.restaurant_id.as_str(),
        "item_id": change.dish.item_id.as_str(),
    });
    Ok((StatusCode::ACCEPTED, Json(answer)))
}

/// `GET /api/restaurants/{id}/stock`: every dish of the menu with its level.
pub(super) async fn levels<P: Publisher, C: ChangeBook, O: OrderSearch>(
    State(backoffice): State<Arc<Backoffice<P, C, O>>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let (shop, menu) = backoffice.shop(&id)?;
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
            "supply": Supply::with_low(left, item.low_stock).name(),
            "version": level.as_ref().map(|level| level.version),
            "at": level.map(|level| level.at.to_string()),
        })
    };
    let items: Vec<_> = items.map(item).collect();
    Ok(Json(json!({"restaurant_id": restaurant_id.as_str(), "items": items})))
}

/// A change as somebody wishes it.
pub(super) struct Wish<'a> {
    pub(super) dish: Dish,
    pub(super) change: Change,
    /// Why, where somebody said so.
    pub(super) reason: Option<Note>,
    /// The same wish sent again carries the same key, and is the same change; another one under that
    /// key is refused.
    pub(super) key: Option<&'a str>,
}

impl Wish<'_> {
    /// Tells this wish from another one under the same key.
    fn digest(&self) -> String {
        let (name, amount) = (self.change.name(), self.change.amount());
        let reason = self.reason.as_ref().map(Note::as_str);
        digest(json!([self.dish.item_id.as_str(), name, amount, reason]).to_string().as_bytes())
    }
}

impl<P: Publisher, C: ChangeBook, O: OrderSearch> Backoffice<P, C, O> {
    /// Writes a change, if it can be made.
    pub(super) async fn change(&self, who: &Who, wish: Wish<'_>) -> Result<StockChange, Problem> {
        self.check(&wish)?;
        self.hold_key(&wish).await?;
        let Wish { dish, change, reason, key } = wish;
        let by = who.name().parse::<Name>();
        let by = by.map_err(|error| Problem::unavailable(error.to_string()))?;
        let id = match key {
            Some(key) => {
                let what = format!("{} {:?}", change.name(), change.amount());
                self.access.secret().change_id(&dish, &what, key)
            }
            None => ChangeId(Uuid::now_v7()),
        };
        let change = StockChange { id, dish, change, reason, by, at: self.clock.now() };
        self.publish(changed(&change)).await?;
        Ok(change)
    }

    /// Holds a key to the change that it was used for first, whichever instance took that one. The
    /// table is that of what is published: what is there at this version stays.
    async fn hold_key(&self, wish: &Wish<'_>) -> Result<(), Problem> {
        let Some(key) = wish.key else { return Ok(()) };
        let mark = self.access.secret().stock_key(&wish.dish.restaurant_id, key);
        let key = format!("stock-key/{mark}");
        let known = Known { version: 0, body: wish.digest() };
        self.changes.note(vec![Published { key: key.clone(), known, entry: None }]).await?;
        let first = self.changes.published(slice::from_ref(&key)).await?;
        match first.get(&key) {
            Some(first) if first.body != wish.digest() => Err(Problem::key_reused("change")),
            _ => Ok(()),
        }
    }

    /// How many there are of a dish that is counted.
    pub(super) fn left(&self, dish: &Dish) -> Option<u32> {
        let menu = self.catalog.shop(&dish.restaurant_id)?.menu?;
        self.catalog.supplies(&dish.restaurant_id, &menu.whole).left(&dish.item_id)
    }

    fn check(&self, wish: &Wish<'_>) -> Result<(), Problem> {
        let dish = &wish.dish;
        let (shop, menu) = self.shop(dish.restaurant_id.as_str())?;
        let Some(item) = menu.whole.item(&dish.item_id) else {
            let name = &shop.restaurant.name;
            let told = format!("{} is not on the menu of {name}", dish.item_id);
            return Err(Refused::one("item_id", told).into());
        };
        let left = self.catalog.supplies(&dish.restaurant_id, &menu.whole).left(&dish.item_id);
        if let (Change::Delta(_), None) = (wish.change, left) {
            let told = format!("{} is not counted: set how many there are first", item.name);
            return Err(Refused::one("delta", told).into());
        }
        Ok(())
    }

    /// A restaurant that has a menu.
    fn shop(&self, id: &str) -> Result<(Shop, Arc<VersionedMenu>), Problem> {
        let unknown = || Problem::not_found("restaurant");
        let shop = id.parse().ok().and_then(|id| self.catalog.shop(&id)).ok_or_else(unknown)?;
        let menu = shop.menu.clone().ok_or_else(|| Problem::not_found("menu"))?;
        Ok((shop, menu))
    }
}
