//! What is asked for, read from addresses.

use std::sync::Arc;

use domain::{
    facts::{
        FactKind, Reason, Scope,
        board::{Ask, ListAsk, Range, Window},
    },
    violation::Refused,
};
use jiff::{Timestamp, tz::TimeZone};
use serde::Deserialize;

use crate::catalog::{Catalog, Shop};

/// Most orders in one list.
const MOST_LISTED: u32 = 200;

/// A restaurant, or all.
pub(super) fn scope(name: &str, text: &str) -> Result<Scope, Refused> {
    text.parse().map_err(|e| Refused::one(name, format!("{e}")))
}

/// A moment.
pub(super) fn time(name: &str, text: &str) -> Result<Timestamp, Refused> {
    text.parse().map_err(|_| Refused::one(name, "must be a time such as 2026-11-22T12:00:00Z"))
}

/// What a dashboard shows, as text.
#[derive(Deserialize)]
pub(super) struct View {
    #[serde(default)]
    pub(super) restaurant: String,
    #[serde(default)]
    pub(super) range: String,
    /// `wall`: for a screen on the wall.
    #[serde(default)]
    pub(super) show: String,
}

/// What a dashboard shows.
pub(super) struct Shown {
    pub(super) scope: Scope,
    pub(super) window: Window,
    pub(super) ask: Ask,
    pub(super) zone: TimeZone,
    pub(super) shops: Vec<Shop>,
}

impl View {
    /// The restaurant's zone is that of all times; for all restaurants, that of the first one, and
    /// before there is any, UTC.
    pub(super) fn parse(&self, catalog: &Arc<Catalog>, now: Timestamp) -> Result<Shown, Refused> {
        let scope = scope("restaurant", &self.restaurant)?;
        let range = match self.range.as_str() {
            "" => Range::Day,
            text => text.parse().map_err(|e| Refused::one("range", format!("{e}")))?,
        };
        let shops = catalog.shops();
        let shop = shops.iter().find(|shop| Some(&shop.restaurant.id) == scope.restaurant());
        let zone = shop.or(shops.first()).map(|shop| shop.restaurant.time_zone.zone());
        let zone = zone.unwrap_or(TimeZone::UTC);
        let window = Window::new(range, now, &zone);
        let ask = window.ask(scope.clone(), now, &zone);
        Ok(Shown { scope, window, ask, zone, shops })
    }
}

/// The orders behind a figure, as text.
#[derive(Deserialize)]
pub(super) struct ListQuery {
    #[serde(default)]
    restaurant: String,
    kind: String,
    #[serde(default)]
    reason: Option<String>,
    from: String,
    to: String,
}

impl ListQuery {
    pub(super) fn parse(&self) -> Result<ListAsk, Refused> {
        let kind: FactKind = self.kind.parse().map_err(|e| Refused::one("kind", format!("{e}")))?;
        let reason = match self.reason.as_deref() {
            None | Some("") => None,
            Some(text) => {
                let reason: Reason =
                    text.parse().map_err(|e| Refused::one("reason", format!("{e}")))?;
                Some(reason)
            }
        };
        Ok(ListAsk {
            scope: scope("restaurant", &self.restaurant)?,
            kind,
            reason,
            span: (time("from", &self.from)?, time("to", &self.to)?),
            limit: MOST_LISTED,
        })
    }
}
