//! back office → menu, stock_changes
//!
//! What an owner puts is published whole, and that is the write: every instance of every service
//! reads it from the topic, and its offset is the menu's version.

mod sold_out;
mod stock;

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, State},
    middleware::from_fn_with_state,
    routing::{get, post, put},
};
use domain::ids::RestaurantId;
use events::{
    Outgoing, Publisher,
    menu::{MenuBody, RestaurantBody, menu_put, restaurant_put},
};
use serde_json::{Value, json};

use crate::{
    SharedClock,
    catalog::Catalog,
    web::{Access, Problem, StrictJson, staff::staff_only},
};

/// What the back office needs.
pub struct Backoffice<P> {
    /// Where menus go.
    pub publisher: P,
    /// Restaurants, menus and stock levels, as they are known by now.
    pub catalog: Arc<Catalog>,
    /// Who may put them.
    pub access: Access,
    /// The time.
    pub clock: SharedClock,
}

/// The routes of the back office.
pub fn routes<P: Publisher>(backoffice: Arc<Backoffice<P>>) -> Router {
    Router::new()
        .route("/api/restaurants/{id}", put(put_restaurant))
        .route("/api/restaurants/{id}/menu", put(put_menu))
        .route("/api/restaurants/{id}/stock", get(stock::levels).post(stock::change))
        .route("/kitchen/restaurants/{id}/stock", post(sold_out::change_and_return))
        .layer(from_fn_with_state(backoffice.access.clone(), staff_only))
        .with_state(backoffice)
}

fn restaurant_id(id: &str) -> Result<RestaurantId, Problem> {
    let wrong = |error| domain::violation::Refused::one("restaurant_id", format!("{error}"));
    Ok(id.parse().map_err(wrong)?)
}

async fn put_restaurant<P: Publisher>(
    State(backoffice): State<Arc<Backoffice<P>>>,
    Path(id): Path<String>,
    StrictJson(body): StrictJson<RestaurantBody>,
) -> Result<Json<Value>, Problem> {
    let restaurant = body.check(restaurant_id(&id)?)?;
    let version =
        backoffice.publish(restaurant_put(&restaurant.id, &body, backoffice.clock.now())).await?;
    Ok(Json(json!({"restaurant_id": id, "version": version})))
}

async fn put_menu<P: Publisher>(
    State(backoffice): State<Arc<Backoffice<P>>>,
    Path(id): Path<String>,
    StrictJson(body): StrictJson<MenuBody>,
) -> Result<Json<Value>, Problem> {
    let id = restaurant_id(&id)?;
    body.check()?;
    let version = backoffice.publish(menu_put(&id, &body, backoffice.clock.now())).await?;
    Ok(Json(json!({"restaurant_id": id.as_str(), "menu_version": version})))
}

impl<P: Publisher> Backoffice<P> {
    async fn publish(&self, event: Outgoing) -> Result<Option<i64>, Problem> {
        let places = self.publisher.publish(vec![event]).await?;
        Ok(places.first().map(|place| place.offset))
    }
}
