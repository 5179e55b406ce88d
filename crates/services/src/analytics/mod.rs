//! order_details · order_confirmed · order_declined · order_progress · order_refunded ·
//! stock_changes · stock_levels → facts and figures
//!
//! Each step of each order is one fact, counted once however often it is told ([`Counting`]). The
//! dashboard shows sums that are kept, never a scan of facts.

mod ask;
mod count;
mod export;
mod pages;
mod pulse;
mod summary;

use std::sync::Arc;

use axum::{Router, middleware::from_fn_with_state, routing::get};
use domain::ports::{FactStore, LagProbe};

pub use count::{Counting, Told, told};
pub use pulse::Pulse;

use crate::{
    catalog::{self, Catalog},
    declaration::Declaration,
};
use domain::ports::SharedClock;
use web::{Access, staff::staff_only};

/// The service.
pub const SERVICE: Declaration = Declaration {
    name: "analytics",
    about: "Figures and dashboard",
    port: 8085,
    publishes: &[],
    follows: &[catalog::MENUS],
};

/// What the HTTP side of analytics needs.
pub struct Figures<F, L> {
    /// Where facts are kept.
    pub facts: F,
    /// How far the counting is behind.
    pub lag: L,
    /// For names of restaurants.
    pub catalog: Arc<Catalog>,
    /// For dashboards that are open.
    pub pulse: Arc<Pulse>,
    /// Who may see it.
    pub access: Access,
    /// The time.
    pub clock: SharedClock,
    /// True where the built-in mailbox exists.
    pub mailbox: bool,
}

/// The routes of analytics.
pub fn routes<F: FactStore, L: LagProbe>(figures: Arc<Figures<F, L>>) -> Router {
    Router::new()
        .route("/analytics", get(pages::dashboard))
        .route("/analytics/orders", get(pages::orders))
        .route("/api/analytics/summary", get(summary::summary))
        .route("/api/analytics/charts/{file}", get(export::chart))
        .route("/api/analytics/events", get(pulse::events))
        .layer(from_fn_with_state(figures.access.clone(), staff_only))
        .with_state(figures)
}
