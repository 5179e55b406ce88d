//! Query strings of the dashboard and of its lists.

use std::sync::Arc;

use domain::{
    facts::{
        FactKind, Reason, Scope,
        board::{FactsQuery, FiguresQuery, Range, Window},
    },
    violation::Violations,
};
use jiff::{Timestamp, tz::TimeZone};
use serde::Deserialize;

use crate::catalog::{Catalog, Shop};

/// Maximum number of orders in a list.
const MAX_LISTED_ORDERS: u32 = 200;

/// Parses one restaurant, or all.
pub(super) fn parse_scope(name: &str, text: &str) -> Result<Scope, Violations> {
    text.parse().map_err(|e| Violations::one(name, format!("{e}")))
}

/// Parses a time.
pub(super) fn parse_time(name: &str, text: &str) -> Result<Timestamp, Violations> {
    text.parse().map_err(|_| Violations::one(name, "must be a time such as 2026-11-22T12:00:00Z"))
}

/// The query string of the dashboard.
#[derive(Deserialize)]
pub(super) struct DashboardQuery {
    #[serde(default)]
    pub(super) restaurant: String,
    #[serde(default)]
    pub(super) range: String,
    /// `wall`: the layout for a wall-mounted screen.
    #[serde(default)]
    pub(super) show: String,
}

/// The checked query of the dashboard.
pub(super) struct Dashboard {
    pub(super) scope: Scope,
    pub(super) window: Window,
    pub(super) query: FiguresQuery,
    pub(super) zone: TimeZone,
    pub(super) shops: Vec<Shop>,
}

impl DashboardQuery {
    /// Times are in the restaurant's time zone; for all restaurants, in that of the first one;
    /// without restaurants, in UTC.
    pub(super) fn parse(
        &self,
        catalog: &Arc<Catalog>,
        now: Timestamp,
    ) -> Result<Dashboard, Violations> {
        let scope = parse_scope("restaurant", &self.restaurant)?;
        let range = match self.range.as_str() {
            "" => Range::Day,
            text => text.parse().map_err(|e| Violations::one("range", format!("{e}")))?,
        };
        let shops = catalog.shops();
        let shop = shops.iter().find(|shop| Some(&shop.restaurant.id) == scope.restaurant());
        let zone = shop.or(shops.first()).map(|shop| shop.restaurant.time_zone.zone());
        let zone = zone.unwrap_or(TimeZone::UTC);
        let window = Window::new(range, now, &zone);
        let query = window.ask(scope.clone(), now, &zone);
        Ok(Dashboard { scope, window, query, zone, shops })
    }
}

/// The query string of the orders behind a figure.
#[derive(Deserialize)]
pub(super) struct OrderListQuery {
    #[serde(default)]
    restaurant: String,
    kind: String,
    #[serde(default)]
    reason: Option<String>,
    from: String,
    to: String,
}

impl OrderListQuery {
    pub(super) fn parse(&self) -> Result<FactsQuery, Violations> {
        let kind: FactKind =
            self.kind.parse().map_err(|e| Violations::one("kind", format!("{e}")))?;
        let reason = match self.reason.as_deref() {
            None | Some("") => None,
            Some(text) => {
                let reason: Reason =
                    text.parse().map_err(|e| Violations::one("reason", format!("{e}")))?;
                Some(reason)
            }
        };
        Ok(FactsQuery {
            scope: parse_scope("restaurant", &self.restaurant)?,
            kind,
            reason,
            span: (parse_time("from", &self.from)?, parse_time("to", &self.to)?),
            limit: MAX_LISTED_ORDERS,
        })
    }
}
