//! order_details · order_confirmed · order_declined · order_progress → order book;
//! order_requests → decide → order_progress;
//! (a person of the restaurant refunds) → order_requests;
//! (a deadline has passed) → order_requests
//!
//! The orders service maintains the order book and is the only one that moves an order after its
//! payment. An action of a person becomes a request in the log, and the order of the partition
//! decides between concurrent requests.

mod api;
mod cancel;
mod decision;
mod handler;
mod kitchen;
mod refund_page;
mod refunds;
mod steps;
mod timers;
mod view;

use std::sync::Arc;

use axum::{
    Router,
    middleware::from_fn_with_state,
    routing::{get, post},
};
use domain::ports::{OrderBook, SharedClock};
use events::{Publisher, Topic};
pub use handler::OrdersHandler;
pub use timers::{TIMERS_AFTER, Timers, time_out_request};
pub use view::order_json;
use web::{Access, limit::Limit, staff::staff_only};

use crate::{
    catalog::{self, Catalog},
    declaration::Declaration,
    live::{self, LiveOrders},
};

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
    /// Publishes requests.
    pub publisher: P,
    /// Allergens on slips, and names of restaurants.
    pub catalog: Arc<Catalog>,
    /// Notifies open boards.
    pub live: Arc<LiveOrders>,
    /// Access rules.
    pub access: Access,
    /// Rate limit: cancellations per minute from one address.
    pub cancels: Limit,
    /// The clock.
    pub clock: SharedClock,
    /// True where the built-in mailbox exists.
    pub mailbox: bool,
}

/// The routes of the orders service.
pub fn routes<B: OrderBook, P: Publisher>(orders: Arc<Orders<B, P>>) -> Router {
    let staff = Router::new()
        .route("/kitchen", get(kitchen::show_board))
        .route("/kitchen/events", get(kitchen::stream_events))
        .route("/kitchen/orders/{id}/{action}", post(steps::take_step_and_return))
        .route("/api/kitchen/orders/{id}/{action}", post(steps::take_step))
        .route("/api/orders/{id}/refunds", post(refunds::request_refund))
        .route("/orders/{id}/refunds", get(refund_page::show).post(refund_page::request))
        .layer(from_fn_with_state(orders.access.clone(), staff_only));
    Router::new()
        .route("/api/orders/{id}", get(api::show_order))
        .route("/api/orders/{id}/cancel", post(cancel::cancel))
        .route("/orders/{id}/cancel", post(cancel::cancel_and_return))
        .merge(staff)
        .with_state(orders)
}
