//! The API for tools: puts whole restaurants and menus.

use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::{Path, Query, State},
    http::HeaderMap,
};
use domain::{
    ids::RestaurantId,
    ports::{ChangeBook, OrderSearch},
    staff::{Actor, Permission},
    violation::Violations,
};
use events::{
    Publisher,
    menu::{MenuBody, RestaurantBody, encode_restaurant},
};
use serde_json::{Value, json};

use super::{Backoffice, prices::PricesAnswer, save_error::SaveError};
use web::{Problem, StrictJson, if_match::if_match};

fn parse_restaurant_id(id: &str) -> Result<RestaurantId, Problem> {
    Ok(id.parse().map_err(|error| Violations::one("restaurant_id", format!("{error}")))?)
}

/// `PUT /api/restaurants/{id}`: replaces the version in `If-Match`, or any version without it. A
/// change of currency says what becomes of the prices: `?prices=keep`, or `?prices=convert&rate=…`.
pub(super) async fn put_restaurant<P: Publisher, C: ChangeBook, O: OrderSearch>(
    State(office): State<Arc<Backoffice<P, C, O>>>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    Query(prices): Query<PricesAnswer>,
    headers: HeaderMap,
    StrictJson(body): StrictJson<RestaurantBody>,
) -> Result<Json<Value>, Problem> {
    let restaurant = body.check(parse_restaurant_id(&id)?)?;
    let rate = prices.rate()?;
    let is_new = office.catalog.shop(&restaurant.id).is_none();
    if is_new && !actor.may(Permission::OpenRestaurants) {
        return Err(Problem::not_allowed());
    }
    let version = if let Some(seen) = if_match(&headers)? {
        let saved = office.save_restaurant(&actor, seen, &restaurant, rate).await;
        Some(saved.map_err(SaveError::into_problem)?)
    } else {
        office.refuse_unfit_terms(&restaurant)?;
        let menu = office.exchanged_menu(&restaurant, rate).map_err(SaveError::into_problem)?;
        if let Some((_, menu)) = menu {
            office.publish(menu.signed(actor.name())).await?;
        }
        let event = encode_restaurant(&restaurant.id, &body, office.clock.now());
        office.publish(event.signed(actor.name())).await?
    };
    Ok(Json(json!({"restaurant_id": id, "version": version})))
}

/// `PUT /api/restaurants/{id}/menu`: replaces the version in `If-Match`, or any version without it.
pub(super) async fn put_menu<P: Publisher, C: ChangeBook, O: OrderSearch>(
    State(office): State<Arc<Backoffice<P, C, O>>>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    headers: HeaderMap,
    StrictJson(body): StrictJson<MenuBody>,
) -> Result<Json<Value>, Problem> {
    let id = parse_restaurant_id(&id)?;
    let menu = body.check()?;
    let version = if let Some(seen) = if_match(&headers)? {
        office.menu_at_version(&id, seen).await.map_err(SaveError::into_problem)?;
        let saved = office.save_menu(&actor, &id, seen, &menu).await;
        Some(saved.map_err(SaveError::into_problem)?)
    } else {
        let event = office.build_menu_event(&id, &menu, &body)?;
        office.publish(event.signed(actor.name())).await?
    };
    Ok(Json(json!({"restaurant_id": id.as_str(), "menu_version": version})))
}
