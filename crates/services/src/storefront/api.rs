//! The JSON API of the storefront.

use std::sync::Arc;

use ::events::{
    Publisher,
    menu::{ItemBody, TaxRulesBody},
    seller::{AddressBody, LegalBody},
};
use axum::{
    Json,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{
    hours::Opening,
    menu::{Category, Item},
    ports::OrderBook,
};
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    Storefront,
    body::{NewOrder, OrderBody},
    key::Key,
};
use crate::catalog::Supplies;
use web::{Problem, Sender, StrictJson, key::idempotency_key};

pub(super) async fn place_order<B: OrderBook, P: Publisher>(
    State(storefront): State<Arc<Storefront<B, P>>>,
    sender: Sender,
    StrictJson(body): StrictJson<OrderBody>,
) -> Result<Response, Problem> {
    let by_staff = storefront.access.is_staff_bearer(&sender);
    if !by_staff {
        storefront.limit.check(sender.from)?;
    }
    let key = idempotency_key(&sender.headers)?;
    let order = NewOrder { by_staff, ..body.check()? };
    let placed = storefront.place_order(order, key.map(Key::of_client)).await?;
    let id = placed.order_id;
    let token = storefront.access.secret().order_token(id);
    let location = format!("/api/orders/{id}");
    let response = json!({
        "order_id": id.to_string(),
        "token": token,
        "status": "placed",
        "total_minor": placed.total.minor,
        "currency": placed.total.currency.code(),
        "links": {
            "self": location,
            "events": format!("/api/orders/{id}/events"),
            "page": format!("/orders/{id}?token={token}"),
        },
    });
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, location)], Json(response)).into_response())
}

pub(super) async fn list_restaurants<B: OrderBook, P: Publisher>(
    State(storefront): State<Arc<Storefront<B, P>>>,
) -> Json<Value> {
    let now = storefront.clock.now();
    let restaurant = |shop: crate::catalog::Shop| {
        let r = shop.restaurant;
        let opening = r.opening(now);
        let closes_at = match opening {
            Opening::Open { until } => until,
            Opening::Closed { .. } | Opening::Paused { .. } => None,
        };
        json!({
            "id": r.id.as_str(),
            "name": r.name.as_str(),
            "tagline": r.tagline.as_ref().map(ToString::to_string),
            "currency": r.currency.code(),
            "time_zone": r.time_zone.as_str(),
            "delivery_fee_minor": r.delivery_fee_minor,
            "minimum_order_minor": r.minimum_order_minor,
            "preparation_min": r.preparation_min,
            "tax": r.tax.as_ref().map(TaxRulesBody::from),
            "legal": r.legal.as_ref().map(LegalBody::from),
            "address": r.address.as_ref().map(AddressBody::from),
            "open": opening.is_open(),
            "closes_at": closes_at,
            "opens_at": opening.opens(),
            "version": shop.version,
            "menu_version": shop.menu.map(|menu| menu.version),
            "links": {"menu": format!("/api/restaurants/{}/menu", r.id), "page": format!("/r/{}", r.id)},
        })
    };
    let all: Vec<_> = storefront.catalog.shops().into_iter().map(restaurant).collect();
    Json(json!({"restaurants": all}))
}

pub(super) async fn show_menu<B: OrderBook, P: Publisher>(
    State(storefront): State<Arc<Storefront<B, P>>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let unknown = || Problem::not_found("restaurant");
    let shop = id.parse().ok().and_then(|id| storefront.catalog.shop(&id)).ok_or_else(unknown)?;
    let menu = shop.menu.ok_or_else(|| Problem::not_found("menu"))?;
    let supplies = storefront.catalog.supplies(&shop.restaurant.id, &menu.menu);
    let categories: Vec<_> =
        menu.menu.categories().iter().map(|c| PublicCategory::of(c, &supplies)).collect();
    Ok(Json(json!({
        "restaurant_id": shop.restaurant.id.as_str(),
        "currency": shop.restaurant.currency.code(),
        "menu_version": menu.version,
        "categories": categories,
    })))
}

/// A category of the public menu.
#[derive(Serialize)]
struct PublicCategory<'a> {
    id: &'a str,
    name: &'a str,
    items: Vec<PublicItem>,
}

/// A dish of the public menu with its pieces left.
#[derive(Serialize)]
struct PublicItem {
    #[serde(flatten)]
    item: ItemBody,
    /// Pieces; null if the dish is not counted.
    available: Option<u32>,
}

/// The public fields of a dish: the low-stock threshold is internal.
fn public_item(item: &Item) -> ItemBody {
    ItemBody { low_stock: None, ..item.into() }
}

impl<'a> PublicCategory<'a> {
    fn of(category: &'a Category, supplies: &Supplies) -> Self {
        let item = |item: &Item| PublicItem {
            item: public_item(item),
            available: supplies.left(&item.id),
        };
        let items = category.items.iter().map(item).collect();
        Self { id: category.id.as_str(), name: category.name.as_str(), items }
    }
}
