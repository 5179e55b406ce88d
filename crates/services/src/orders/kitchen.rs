//! The kitchen: the board, and what cooks do with tickets.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    Form, Json,
    body::Bytes,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response, Sse, sse::Event},
};
use domain::{
    ids::{OrderId, RequestId, RestaurantId},
    kitchen::{Action, Decision, Request, Requester},
    ports::OrderBook,
};
use events::{Publisher, order_requests};
use futures::Stream;
use serde::Deserialize;
use serde_json::json;
use ui::{
    Staff,
    pages::{KitchenPage, RestaurantChoice, Ticket, kitchen},
};
use uuid::Uuid;

use super::{Orders, view::order_json};
use crate::web::{
    Problem, json as strict,
    live::{look_again, sse},
    page::{PageProblem, page},
};

/// Most tickets on one board.
const MAX_TICKETS: u32 = 200;
/// How long a decision is waited for; usually it is there in a few milliseconds.
const DECIDE_WITHIN: Duration = Duration::from_secs(1);
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// Longest promise when accepting.
const MAX_MINUTES: u32 = 600;

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
    Query(which): Query<Which>,
) -> Result<Response, PageProblem> {
    let selected = which.restaurant();
    let views = orders.book.board(selected.as_ref(), MAX_TICKETS).await?;
    let shops = orders.catalog.shops();
    let choices: Vec<_> = shops
        .iter()
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
    let notice = which.notice.as_deref().and_then(|status| {
        let status: domain::status::Status = status.parse().ok()?;
        Some(format!(
            "Somebody was faster: this order is {} already.",
            status.name().replace('_', " ")
        ))
    });
    Ok(page(kitchen(&KitchenPage {
        restaurants: &choices,
        selected,
        tickets: tickets.collect(),
        now: orders.clock.now(),
        notice,
        staff: Staff { mailbox: orders.mailbox },
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

#[derive(Deserialize)]
struct ActionBody {
    /// Minutes until ready, when accepting.
    #[serde(default)]
    minutes: Option<u32>,
    /// The same request sent again carries the same id.
    #[serde(default)]
    request_id: Option<Uuid>,
}

/// `POST /api/kitchen/orders/{id}/{action}`: 200 with the order, 409 with its status, or 202.
pub(super) async fn act<B: OrderBook, P: Publisher>(
    State(orders): State<Arc<Orders<B, P>>>,
    Path((id, action)): Path<(String, String)>,
    body: Bytes,
) -> Result<Response, Problem> {
    let body: ActionBody = match body.is_empty() {
        true => ActionBody { minutes: None, request_id: None },
        false => strict::read(&body).map_err(Problem::malformed)?,
    };
    let request_id = RequestId(body.request_id.unwrap_or_else(Uuid::now_v7));
    let (order, decision) = decide(&orders, &id, &action, request_id, body.minutes).await?;
    match decision {
        None => {
            let waiting =
                json!({"request_id": request_id.to_string(), "order_id": order.to_string()});
            Ok((StatusCode::ACCEPTED, Json(waiting)).into_response())
        }
        Some(Decision { change: None, status, .. }) => {
            Err(Problem::conflict(status.map_or("unknown", |status| status.name())))
        }
        Some(_) => match orders.book.read(order).await? {
            Some(view) => Ok(Json(order_json(&view)).into_response()),
            None => Err(Problem::not_found("order")),
        },
    }
}

#[derive(Deserialize)]
pub(super) struct ActionForm {
    #[serde(default)]
    minutes: Option<u32>,
    #[serde(default)]
    restaurant: String,
}

/// The same for a form, which goes back to the board.
pub(super) async fn act_and_return<B: OrderBook, P: Publisher>(
    State(orders): State<Arc<Orders<B, P>>>,
    Path((id, action)): Path<(String, String)>,
    Form(form): Form<ActionForm>,
) -> Result<Response, PageProblem> {
    let request_id = RequestId(Uuid::now_v7());
    let (_, decision) = decide(&orders, &id, &action, request_id, form.minutes).await?;
    let restaurant = form.restaurant.parse::<RestaurantId>();
    let mut to = "/kitchen?restaurant=".to_owned();
    to.push_str(restaurant.as_ref().map_or("", RestaurantId::as_str));
    if let Some(Decision { change: None, status: Some(status), .. }) = decision {
        to.push_str("&notice=");
        to.push_str(status.name());
    }
    Ok(Redirect::to(&to).into_response())
}

/// Publishes the request and waits for its decision.
async fn decide<B: OrderBook, P: Publisher>(
    orders: &Orders<B, P>,
    id: &str,
    action: &str,
    request_id: RequestId,
    minutes: Option<u32>,
) -> Result<(OrderId, Option<Decision>), Problem> {
    let id: OrderId = id.parse().map_err(|_| Problem::not_found("order"))?;
    let action: Action = action.parse().map_err(|_| Problem::not_found("action"))?;
    if minutes.is_some_and(|minutes| minutes > MAX_MINUTES) {
        let message = format!("must be at most {MAX_MINUTES}");
        return Err(domain::violation::Refused::one("minutes", message).into());
    }
    if orders.book.read(id).await?.is_none() {
        return Err(Problem::not_found("order"));
    }
    let request = Request {
        id: request_id,
        order_id: id,
        action,
        by: Requester::Kitchen,
        at: orders.clock.now(),
        ready_in_min: minutes,
    };
    orders.publisher.publish(vec![order_requests::requested(&request)]).await?;
    let deadline = tokio::time::Instant::now() + DECIDE_WITHIN;
    loop {
        let decision = orders.book.decision(request_id).await?;
        if decision.is_some() || tokio::time::Instant::now() >= deadline {
            return Ok((id, decision));
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
