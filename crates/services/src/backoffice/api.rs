//! What tools put: whole restaurants and menus.

use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::{Path, State},
};
use domain::{
    ids::RestaurantId,
    ports::{ChangeBook, OrderSearch},
    staff::{Permission, Who},
    violation::Refused,
};
use events::{
    Publisher,
    menu::{MenuBody, RestaurantBody, menu_put, restaurant_put},
};
use serde_json::{Value, json};

use super::Backoffice;
use crate::web::{Problem, StrictJson};

fn restaurant_id(id: &str) -> Result<RestaurantId, Problem> {
    Ok(id.parse().map_err(|error| Refused::one("restaurant_id", format!("{error}")))?)
}

/// `PUT /api/restaurants/{id}`.
pub(super) async fn put_restaurant<P: Publisher, C: ChangeBook, O: OrderSearch>(
    State(office): State<Arc<Backoffice<P, C, O>>>,
    Extension(who): Extension<Who>,
    Path(id): Path<String>,
    StrictJson(body): StrictJson<RestaurantBody>,
) -> Result<Json<Value>, Problem> {
    let restaurant = body.check(restaurant_id(&id)?)?;
    let is_new = office.catalog.shop(&restaurant.id).is_none();
    if is_new && !who.may(Permission::OpenRestaurants) {
        return Err(Problem::not_allowed());
    }
    let event = restaurant_put(&restaurant.id, &body, office.clock.now());
    let version = office.publish(event.signed(who.name())).await?;
    Ok(Json(json!({"restaurant_id": id, "version": version})))
}

/// `PUT /api/restaurants/{id}/menu`.
pub(super) async fn put_menu<P: Publisher, C: ChangeBook, O: OrderSearch>(
    State(office): State<Arc<Backoffice<P, C, O>>>,
    Extension(who): Extension<Who>,
    Path(id): Path<String>,
    StrictJson(body): StrictJson<MenuBody>,
) -> Result<Json<Value>, Problem> {
    let id = restaurant_id(&id)?;
    body.check()?;
    let event = menu_put(&id, &body, office.clock.now());
    let version = office.publish(event.signed(who.name())).await?;
    Ok(Json(json!({"restaurant_id": id.as_str(), "menu_version": version})))
}
