//! order_details · order_confirmed · order_declined · order_progress → order book;
//! order_requests → decide → order_progress;
//! (a time is over) → order_requests
//!
//! The orders service keeps the book that everybody reads, and is the only one that moves an order
//! after its payment: a person's wish becomes a request in the log, and the partition's order
//! decides which of two wishes came first.

mod api;
mod ask;
mod book;
mod cancel;
mod kitchen;
mod steps;
mod timers;
mod view;

use std::sync::Arc;

use axum::{
    Router,
    middleware::from_fn_with_state,
    routing::{get, post},
};
use domain::ports::OrderBook;
use events::{Publisher, Topic};

pub use book::Book;
pub use timers::{TIMERS_AFTER, Timers, time_out};
pub use view::order_json;

use crate::{
    catalog::{self, Catalog},
    declaration::Declaration,
    live::{self, LiveOrders},
};
use domain::ports::SharedClock;
use web::{Access, limit::Limit, staff::staff_only};

/// The service.
pub const SERVICE: Declaration = Declaration {
    name: "orders",
    about: "Order book and kitchen board",
    port: 8082,
    publishes: &[Topic::OrderRequests],
    follows: &[catalog::MENUS, live::STEPS],
};

/// What the HTTP side of the orders service needs.
pub struct Orders<B, P> {
    /// The order book.
    pub book: B,
    /// Where requests go.
    pub publisher: P,
    /// For allergens on tickets, and names of restaurants.
    pub catalog: Arc<Catalog>,
    /// For boards that are open.
    pub live: Arc<LiveOrders>,
    /// Who may see what.
    pub access: Access,
    /// Cancellations a minute from one address.
    pub cancels: Limit,
    /// The time.
    pub clock: SharedClock,
    /// True where the built-in mailbox exists.
    pub mailbox: bool,
}

/// The routes of the orders service.
pub fn routes<B: OrderBook, P: Publisher>(orders: Arc<Orders<B, P>>) -> Router {
    let staff = Router::new()
        .route("/kitchen", get(kitchen::board))
        .route("/kitchen/events", get(kitchen::events))
        .route("/kitchen/orders/{id}/{action}", post(steps::act_and_return))
        .route("/api/kitchen/orders/{id}/{action}", post(steps::act))
        .layer(from_fn_with_state(orders.access.clone(), staff_only));
    Router::new()
        .route("/api/orders/{id}", get(api::read))
        .route("/api/orders/{id}/cancel", post(cancel::cancel))
        .route("/orders/{id}/cancel", post(cancel::cancel_and_return))
        .merge(staff)
        .with_state(orders)
}
