//! Marks a dish as sold out or available from the kitchen board. The board belongs to the orders
//! service; this service is the sole writer of `stock_changes`.

use std::sync::Arc;

use axum::{
    Extension, Form,
    extract::{Path, State},
    response::Redirect,
};
use domain::{
    ids::RestaurantId,
    ports::{ChangeBook, OrderSearch},
    staff::Actor,
    stock::{Change, Dish},
};
use events::Publisher;
use serde::Deserialize;
use ui::pages::KitchenNotice;
use uuid::Uuid;

use super::{Backoffice, stock::StockRequest};
use web::{Problem, page::PageProblem};

#[derive(Deserialize)]
pub(super) struct StockForm {
    /// The dish: `margherita`.
    dish: String,
    /// `sold-out`, `unlimited`, or a number of pieces.
    to: String,
    #[serde(default)]
    restaurant: String,
    /// Idempotency key: a repeated request has the same id.
    #[serde(default)]
    request_id: Option<Uuid>,
}

impl StockForm {
    fn read(&self, restaurant: &str) -> Result<(Dish, Change), Problem> {
        let unknown = || Problem::not_found("dish");
        let restaurant_id = restaurant.parse().map_err(|_| unknown())?;
        let item_id = self.dish.parse().map_err(|_| unknown())?;
        let change = match self.to.as_str() {
            "sold-out" => Change::Set(0),
            "unlimited" => Change::Unlimited,
            pieces => Change::Set(pieces.parse().map_err(|_| unknown())?),
        };
        Ok((Dish { restaurant_id, item_id }, change))
    }
}

/// `POST /kitchen/restaurants/{id}/stock`: changes the level and redirects to the board.
pub(super) async fn change_and_return<P: Publisher, C: ChangeBook, O: OrderSearch>(
    State(backoffice): State<Arc<Backoffice<P, C, O>>>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    Form(form): Form<StockForm>,
) -> Result<Redirect, PageProblem> {
    let (dish, change) = form.read(&id)?;
    // When repeated, the previous level is gone.
    let left = backoffice.pieces_left(&dish).filter(|left| *left > 0);
    let key = form.request_id.map(|id| id.to_string());
    let request = StockRequest { dish: dish.clone(), change, reason: None, key: key.as_deref() };
    backoffice.publish_change(&actor, request).await?;
    // The change is in the log, so nothing is lost if its level takes longer.
    let expected = if let Change::Set(pieces) = change { Some(pieces) } else { None };
    backoffice.wait_until_visible(|| backoffice.pieces_left(&dish) == expected).await;
    let notice = match change {
        Change::Set(0) => KitchenNotice::SoldOut(dish, left),
        _ => KitchenNotice::SoldAgain(dish),
    };
    let restaurant = form.restaurant.parse::<RestaurantId>().ok();
    Ok(Redirect::to(&notice.board_of(restaurant.as_ref())))
}
