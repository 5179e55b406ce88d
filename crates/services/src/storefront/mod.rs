//! customer → order_details; every order topic → the customer's page
//!
//! The storefront stores nothing: menus come from the topic `menu`, the status of orders from the
//! order topics and the order book, and an order exists once it is in `order_details`.

mod api;
mod body;
mod cart;
mod checkout;
mod events;
mod key;
mod menu;
mod order_page;
mod place;
mod placed_before;
mod recent;
mod recipients;
mod request_digest;
mod shop;

use std::{sync::Arc, time::Duration};

use ::events::{Publisher, Topic};
use axum::{
    Router,
    routing::{get, post},
};
use domain::ports::{OrderBook, SharedClock};
pub use recent::{READ_AT_START_S, RECENT, RecentOrders};
pub use recipients::RecipientLimit;
use web::{Access, limit::Limit, streams::Streams};

use crate::{
    card_field::CardField,
    catalog::{self, Catalog},
    declaration::Declaration,
    live::{self, LiveOrders},
};

/// The service.
pub const SERVICE: Declaration = Declaration {
    name: "storefront",
    about: "The shop and the live order page",
    port: 8081,
    publishes: &[Topic::OrderDetails],
    follows: &[catalog::MENUS, live::STEPS, RECENT],
};

/// How long a customer waits on the checkout for the outcome of the payment. Most are known within a
/// second; the order's page shows the others.
pub const OUTCOME_TIMEOUT: Duration = Duration::from_secs(3);

/// What the storefront needs.
pub struct Storefront<B, P> {
    /// The order book, only read.
    pub book: B,
    /// Publishes orders.
    pub publisher: P,
    /// Restaurants and menus.
    pub catalog: Arc<Catalog>,
    /// Recent orders, to recognise repeated requests.
    pub recent: Arc<RecentOrders>,
    /// Steps of recent orders.
    pub live: Arc<LiveOrders>,
    /// Access rules.
    pub access: Access,
    /// The clock.
    pub clock: SharedClock,
    /// Rate limit: orders per minute from one address.
    pub limit: Limit,
    /// Rate limit: orders per hour for one email address.
    pub recipients: RecipientLimit,
    /// Open event streams of customers.
    pub streams: Streams,
    /// The fields of a card; `None` if this shop takes no cards.
    pub card_field: Option<CardField>,
    /// How long the checkout waits for the outcome of a payment, so that another card can be tried
    /// on the same page: [`OUTCOME_TIMEOUT`] but in tests.
    pub outcome_timeout: Duration,
    /// True where only test cards are accepted, so that they are offered.
    pub test_gateway: bool,
    /// True where the built-in mailbox exists.
    pub mailbox: bool,
}

/// The routes of the storefront.
pub fn routes<B: OrderBook, P: Publisher>(storefront: Arc<Storefront<B, P>>) -> Router {
    Router::new()
        .route("/", get(shop::show_home))
        .route("/r/{restaurant}", get(menu::show))
        .route("/r/{restaurant}/events", get(menu::stream_events))
        .route("/r/{restaurant}/cart", post(shop::add_to_cart))
        .route("/r/{restaurant}/cart/line", post(shop::change_line))
        .route("/checkout", get(checkout::show).post(checkout::submit))
        .route("/orders/{id}", get(order_page::show))
        .route("/api/restaurants", get(api::list_restaurants))
        .route("/api/restaurants/{id}/menu", get(api::show_menu))
        .route("/api/orders", post(api::place_order))
        .route("/api/orders/{id}/events", get(events::stream_status))
        .with_state(storefront)
}
