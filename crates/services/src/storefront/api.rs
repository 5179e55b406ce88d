//! The storefront as JSON.

use std::{net::SocketAddr, sync::Arc};

use ::events::Publisher;
use axum::{
    Json,
    extract::{ConnectInfo, Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::ports::OrderBook;
use serde_json::{Value, json};

use super::{Storefront, body::OrderBody};
use crate::web::{Problem, StrictJson};

/// Longest idempotency key, in characters.
const MAX_KEY: usize = 255;

pub(super) async fn order<B: OrderBook, P: Publisher>(
    State(storefront): State<Arc<Storefront<B, P>>>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    StrictJson(body): StrictJson<OrderBody>,
) -> Result<Response, Problem> {
    if !storefront.access.is_staff_bearer(&headers) {
        storefront.limit.check(from.ip())?;
    }
    let key = idempotency_key(&headers)?;
    let placed = storefront.place(body.check()?, key).await?;
    let id = placed.order_id;
    let token = storefront.access.secret().order_token(id);
    let itself = format!("/api/orders/{id}");
    let answer = json!({
        "order_id": id.to_string(),
        "token": token,
        "status": "placed",
        "total_minor": placed.total.minor,
        "currency": placed.total.currency.code(),
        "links": {
            "self": itself,
            "events": format!("/api/orders/{id}/events"),
            "page": format!("/orders/{id}?token={token}"),
        },
    });
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, itself)], Json(answer)).into_response())
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let key = value.to_str().ok().filter(|key| (1..=MAX_KEY).contains(&key.len()));
    let wrong = || format!("Idempotency-Key must be 1 to {MAX_KEY} visible ASCII characters.");
    key.map(Some).ok_or_else(|| Problem::malformed(wrong()))
}

pub(super) async fn restaurants<B: OrderBook, P: Publisher>(
    State(storefront): State<Arc<Storefront<B, P>>>,
) -> Json<Value> {
    let restaurant = |shop: crate::catalog::Shop| {
        let r = shop.restaurant;
        json!({
            "id": r.id.as_str(),
            "name": r.name.as_str(),
            "tagline": r.tagline.as_ref().map(ToString::to_string),
            "currency": r.currency.code(),
            "time_zone": r.time_zone.as_str(),
            "delivery_fee_minor": r.delivery_fee_minor,
            "minimum_order_minor": r.minimum_order_minor,
            "preparation_min": r.preparation_min,
            "menu_version": shop.menu.map(|menu| menu.version),
            "links": {"menu": format!("/api/restaurants/{}/menu", r.id), "page": format!("/r/{}", r.id)},
        })
    };
    let all: Vec<_> = storefront.catalog.shops().into_iter().map(restaurant).collect();
    Json(json!({"restaurants": all}))
}

pub(super) async fn menu<B: OrderBook, P: Publisher>(
    State(storefront): State<Arc<Storefront<B, P>>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let unknown = || Problem::not_found("restaurant");
    let shop = id.parse().ok().and_then(|id| storefront.catalog.shop(&id)).ok_or_else(unknown)?;
    let menu = shop.menu.ok_or_else(|| Problem::not_found("menu"))?;
    let body = ::events::menu::MenuBody::from(&menu.menu);
    Ok(Json(json!({
        "restaurant_id": shop.restaurant.id.as_str(),
        "currency": shop.restaurant.currency.code(),
        "menu_version": menu.version,
        "categories": body.categories,
    })))
}
