//! The closing report of a business day: `/api/restaurants/{id}/days/{date}`, and its page.
//!
//! The transactions service writes the ledger; this one only reads it. Reports are for those who
//! run the restaurant, beside its menu and settings, and need no key of the payment gateway.

mod api;
mod json;
mod pages;
mod report;
mod table;

use std::sync::Arc;

use axum::{Router, middleware::from_fn_with_state, routing::get};
use domain::ports::{LedgerReader, SharedClock};
use web::{Access, Problem, staff::staff_only};

pub use json::report_json;
pub use report::{DayError, DayReport, parse_date};
pub use table::{Decimal, report_table};

use crate::catalog::{Catalog, Shop};

/// What the reports of days need.
pub struct Days<L> {
    /// The ledger.
    pub ledger: L,
    /// The latest restaurants.
    pub catalog: Arc<Catalog>,
    /// Access rules.
    pub access: Access,
    /// The clock.
    pub clock: SharedClock,
    /// True where the built-in mailbox exists.
    pub mailbox: bool,
}

impl<L> Days<L> {
    /// The restaurant with an id.
    fn restaurant(&self, id: &str) -> Result<Shop, Problem> {
        let shop = id.parse().ok().and_then(|id| self.catalog.shop(&id));
        shop.ok_or_else(|| Problem::not_found("restaurant"))
    }
}

/// The routes of the reports.
pub fn day_routes<L: LedgerReader>(days: Arc<Days<L>>) -> Router {
    Router::new()
        .route("/api/restaurants/{id}/days/{date}", get(api::show_day))
        .route("/backoffice/r/{id}/days", get(pages::choose_day))
        .route("/backoffice/r/{id}/days/{date}", get(pages::show_day))
        .layer(from_fn_with_state(days.access.clone(), staff_only))
        .with_state(days)
}
