//! A dish has run out, or is back: said by a cook with one touch of the board. The board belongs to
//! the orders service; what it says of dishes is written here, by the sole writer of `stock_changes`.

use std::sync::Arc;

use axum::{
    Extension, Form,
    extract::{Path, State},
    response::Redirect,
};
use domain::{
    ids::RestaurantId,
    ports::{ChangeBook, OrderSearch},
    staff::Who,
    stock::{Change, Dish},
};
use events::Publisher;
use serde::Deserialize;
use ui::pages::KitchenNotice;
use uuid::Uuid;

use super::{Backoffice, stock::Wish};
use web::{Problem, page::PageProblem};

#[derive(Deserialize)]
pub(super) struct StockForm {
    /// Which one: `margherita`.
    dish: String,
    /// `sold-out`, `unlimited`, or how many there are.
    to: String,
    #[serde(default)]
    restaurant: String,
    /// The same wish sent again carries the same id.
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

/// `POST /kitchen/restaurants/{id}/stock`, which goes back to the board.
pub(super) async fn change_and_return<P: Publisher, C: ChangeBook, O: OrderSearch>(
    State(backoffice): State<Arc<Backoffice<P, C, O>>>,
    Extension(who): Extension<Who>,
    Path(id): Path<String>,
    Form(form): Form<StockForm>,
) -> Result<Redirect, PageProblem> {
    let (dish, change) = form.read(&id)?;
    // Said twice, there is no number to go back to.
    let left = backoffice.left(&dish).filter(|left| *left > 0);
    let key = form.request_id.map(|id| id.to_string());
    let wish = Wish { dish: dish.clone(), change, reason: None, key: key.as_deref() };
    backoffice.change(&who, wish).await?;
    // The change is written already, so nothing is lost if its level takes longer.
    let wanted = if let Change::Set(pieces) = change { Some(pieces) } else { None };
    backoffice.shown(|| backoffice.left(&dish) == wanted).await;
    let notice = match change {
        Change::Set(0) => KitchenNotice::SoldOut(dish, left),
        _ => KitchenNotice::SoldAgain(dish),
    };
    let restaurant = form.restaurant.parse::<RestaurantId>().ok();
    Ok(Redirect::to(&notice.board_of(restaurant.as_ref())))
}
