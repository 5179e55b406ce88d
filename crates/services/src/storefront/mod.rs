//! customer → order_details; every order topic → the customer's page
//!
//! The storefront keeps nothing: menus come from the topic `menu`, the status of orders from the
//! order topics and the order book, and an order exists once `order_details` has it.

mod api;
mod body;
mod cart;
mod checkout;
mod events;
mod key;
mod known;
mod menu;
mod order_page;
mod place;
mod recent;
mod recipients;
mod shop;

use std::sync::Arc;

use ::events::{Publisher, Topic};
use axum::{
    Router,
    routing::{get, post},
};
use domain::ports::OrderBook;

pub use recent::{READ_AT_START_S, RECENT, Recent};
pub use recipients::Recipients;

use crate::{
    catalog::{self, Catalog},
    declaration::Declaration,
    live::{self, LiveOrders},
};
use domain::ports::SharedClock;
use web::{Access, limit::Limit, streams::Streams};

/// The service.
pub const SERVICE: Declaration = Declaration {
    name: "storefront",
    about: "The shop and the live order page",
    port: 8081,
    publishes: &[Topic::OrderDetails],
    follows: &[catalog::MENUS, live::STEPS, RECENT],
};

/// What the storefront needs.
pub struct Storefront<B, P> {
    /// The order book, only read.
    pub book: B,
    /// Where orders go.
    pub publisher: P,
    /// Restaurants and menus.
    pub catalog: Arc<Catalog>,
    /// Orders placed lately, to recognise repeated requests.
    pub recent: Arc<Recent>,
    /// Steps of recent orders.
    pub live: Arc<LiveOrders>,
    /// Who may see what.
    pub access: Access,
    /// The time.
    pub clock: SharedClock,
    /// Orders a minute from one address.
    pub limit: Limit,
    /// Orders an hour for one e-mail address.
    pub recipients: Recipients,
    /// Event streams of customers.
    pub streams: Streams,
    /// True where payments go to the test gateway, so that test cards are offered.
    pub test_gateway: bool,
    /// True where the built-in mailbox exists.
    pub mailbox: bool,
}

/// The routes of the storefront.
pub fn routes<B: OrderBook, P: Publisher>(storefront: Arc<Storefront<B, P>>) -> Router {
    Router::new()
        .route("/", get(shop::home))
        .route("/r/{restaurant}", get(menu::show))
        .route("/r/{restaurant}/events", get(menu::events))
        .route("/r/{restaurant}/cart", post(shop::add))
        .route("/r/{restaurant}/cart/line", post(shop::change))
        .route("/checkout", get(checkout::show).post(checkout::submit))
        .route("/orders/{id}", get(order_page::show))
        .route("/api/restaurants", get(api::restaurants))
        .route("/api/restaurants/{id}/menu", get(api::menu))
        .route("/api/orders", post(api::order))
        .route("/api/orders/{id}/events", get(events::status))
        .with_state(storefront)
}
