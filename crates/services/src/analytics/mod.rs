//! order_details · order_confirmed · order_declined · order_progress · order_refunded ·
//! stock_changes · stock_levels → facts and figures
//!
//! Each step of each order is one fact, counted once however often its record is delivered
//! ([`AnalyticsHandler`]). The dashboard reads stored sums and never scans facts.

mod export;
mod handler;
mod pages;
mod pulse;
mod query;
mod summary;

use std::sync::Arc;

use axum::{Router, middleware::from_fn_with_state, routing::get};
use domain::ports::{FactStore, LagProbe, SharedClock};
pub use handler::{AnalyticsHandler, RecordedFact, fact_from_record};
pub use pulse::Pulse;
use web::{Access, staff::staff_only};

use crate::{
    catalog::{self, Catalog},
    declaration::Declaration,
};

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
    /// The fact store.
    pub facts: F,
    /// How far the group lags behind the log.
    pub lag: L,
    /// Names of restaurants.
    pub catalog: Arc<Catalog>,
    /// Notifies open dashboards.
    pub pulse: Arc<Pulse>,
    /// Access rules.
    pub access: Access,
    /// The clock.
    pub clock: SharedClock,
    /// True where the built-in mailbox exists.
    pub mailbox: bool,
}

/// The routes of analytics.
pub fn routes<F: FactStore, L: LagProbe>(figures: Arc<Figures<F, L>>) -> Router {
    Router::new()
        .route("/analytics", get(pages::show_dashboard))
        .route("/analytics/orders", get(pages::list_orders))
        .route("/api/analytics/summary", get(summary::show_summary))
        .route("/api/analytics/charts/{file}", get(export::export_chart))
        .route("/api/analytics/events", get(pulse::stream_events))
        .layer(from_fn_with_state(figures.access.clone(), staff_only))
        .with_state(figures)
}
