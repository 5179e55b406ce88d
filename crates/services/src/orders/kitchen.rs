//! The kitchen board.

use std::{convert::Infallible, sync::Arc};

use axum::{
    Extension,
    extract::{Query, State},
    response::{Response, Sse, sse::Event},
};
use domain::{ids::RestaurantId, ports::OrderBook, staff::Actor};
use events::Publisher;
use futures::{Stream, stream};
use jiff::SignedDuration;
use serde::Deserialize;
use ui::{
    Staff,
    pages::{KitchenNotice, KitchenPage, Pantry, RestaurantChoice, kitchen},
};

use super::Orders;
use crate::catalog::Shop;
use web::{
    ReadBy,
    live::{change_events, sse},
    page::{PageProblem, page},
};

/// Maximum number of slips on the board.
const MAX_SLIPS: u32 = 200;
/// Maximum number of handed-over orders on the board.
const MAX_HANDED_OVER: u32 = 30;
/// How long handed-over orders are shown, in hours.
const HANDED_OVER_SHOWN_H: i64 = 24;

#[derive(Deserialize)]
pub(super) struct BoardQuery {
    #[serde(default)]
    restaurant: String,
    #[serde(default)]
    notice: String,
    #[serde(default)]
    dish: String,
    #[serde(default)]
    left: String,
}

impl BoardQuery {
    fn restaurant(&self) -> Option<RestaurantId> {
        self.restaurant.parse().ok()
    }
}

pub(super) async fn show_board<B: OrderBook, P: Publisher>(
    State(orders): State<Arc<Orders<B, P>>>,
    ReadBy(reader): ReadBy,
    Extension(actor): Extension<Actor>,
    Query(query): Query<BoardQuery>,
) -> Result<Response, PageProblem> {
    let selected = query.restaurant();
    let now = orders.clock.now();
    let open_orders = orders.book.board(selected.as_ref(), MAX_SLIPS).await?;
    let since = now - SignedDuration::from_hours(HANDED_OVER_SHOWN_H);
    let handed_over = orders.book.handed_over(selected.as_ref(), since, MAX_HANDED_OVER).await?;
    let shops = orders.catalog.shops();
    let choices: Vec<_> = shops
        .iter()
        .filter(|shop| actor.works_at(&shop.restaurant.id))
        .map(restaurant_choice)
        .collect();
    let shown =
        shops.iter().filter(|shop| selected.as_ref().is_none_or(|id| *id == shop.restaurant.id));
    Ok(page(kitchen(&KitchenPage {
        reader,
        restaurants: &choices,
        selected: selected.clone(),
        open_orders: &open_orders,
        handed_over: &handed_over,
        pantries: shown.filter_map(|shop| orders.pantry(shop)).collect(),
        now,
        notice: KitchenNotice::read(&query.notice, &query.dish, &query.left),
        staff: Staff::of(&actor, orders.mailbox),
    })))
}

fn restaurant_choice(shop: &Shop) -> RestaurantChoice {
    RestaurantChoice { id: shop.restaurant.id.clone(), name: shop.restaurant.name.to_string() }
}

impl<B: OrderBook, P: Publisher> Orders<B, P> {
    fn pantry<'a>(&self, shop: &'a Shop) -> Option<Pantry<'a>> {
        let (restaurant, menu) = (&*shop.restaurant, &shop.menu.as_ref()?.whole);
        let left = self.catalog.supplies(&restaurant.id, menu).counted();
        Some(Pantry { restaurant, menu, left })
    }
}

/// Streams an event whenever an order moves, or a dish runs out or becomes available.
pub(super) async fn stream_events<B: OrderBook, P: Publisher>(
    State(orders): State<Arc<Orders<B, P>>>,
    Query(query): Query<BoardQuery>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let restaurant = query.restaurant();
    let order_steps = change_events(orders.live.subscribe(restaurant.as_ref()), "board");
    let dish_changes = change_events(orders.catalog.subscribe(restaurant.as_ref()), "board");
    sse(stream::select(order_steps, dish_changes))
}
