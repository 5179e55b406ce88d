//! The kitchen's board.

use std::{convert::Infallible, sync::Arc};

use axum::{
    Extension,
    extract::{Query, State},
    response::{Response, Sse, sse::Event},
};
use domain::{ids::RestaurantId, ports::OrderBook, staff::Who, status::Status};
use events::Publisher;
use futures::Stream;
use serde::Deserialize;
use ui::{
    Staff,
    pages::{KitchenPage, RestaurantChoice, Ticket, kitchen},
};

use super::Orders;
use crate::web::{
    ReadBy,
    live::{look_again, sse},
    page::{PageProblem, page},
};

/// Most tickets on one board.
const MAX_TICKETS: u32 = 200;
/// In `?notice=`: a rejection without a reason. Otherwise the status that an order had instead.
pub(super) const NO_REASON: &str = "no-reason";

#[derive(Deserialize)]
pub(super) struct Which {
    #[serde(default)]
    restaurant: String,
    #[serde(default)]
    notice: Option<String>,
}

impl Which {
    fn restaurant(&self) -> Option<RestaurantId> {
        self.restaurant.parse().ok()
    }
}

pub(super) async fn board<B: OrderBook, P: Publisher>(
    State(orders): State<Arc<Orders<B, P>>>,
    ReadBy(reader): ReadBy,
    Extension(who): Extension<Who>,
    Query(which): Query<Which>,
) -> Result<Response, PageProblem> {
    let selected = which.restaurant();
    let views = orders.book.board(selected.as_ref(), MAX_TICKETS).await?;
    let shops = orders.catalog.shops();
    let choices: Vec<_> = shops
        .iter()
        .filter(|shop| who.works_at(&shop.restaurant.id))
        .map(|shop| RestaurantChoice {
            id: shop.restaurant.id.clone(),
            name: shop.restaurant.name.to_string(),
        })
        .collect();
    let menu_of = |id: &RestaurantId| {
        shops.iter().find(|shop| shop.restaurant.id == *id)?.menu.as_deref().map(|m| &m.menu)
    };
    let tickets = views.iter().map(|view| Ticket {
        view,
        menu: view.order.as_ref().and_then(|order| menu_of(&order.seller.id)),
    });
    let notice = which.notice.as_deref().and_then(notice);
    Ok(page(kitchen(&KitchenPage {
        reader,
        restaurants: &choices,
        selected,
        tickets: tickets.collect(),
        now: orders.clock.now(),
        notice,
        staff: Staff::of(&who, orders.mailbox),
    })))
}

pub(super) async fn events<B: OrderBook, P: Publisher>(
    State(orders): State<Arc<Orders<B, P>>>,
    Query(which): Query<Which>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let restaurant = which.restaurant();
    sse(look_again(orders.live.bell(), "board", move |rung| {
        restaurant.as_ref().is_none_or(|id| *id == rung.restaurant_id)
    }))
}

fn notice(which: &str) -> Option<String> {
    if which == NO_REASON {
        return Some("Say why you reject the order: the customer reads it.".to_owned());
    }
    let status = which.parse::<Status>().ok()?.name().replace('_', " ");
    Some(format!("Somebody was faster: this order is {status} already."))
}
