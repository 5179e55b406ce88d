//! `/analytics`, and the orders behind its figures.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Query, State},
    response::Response,
};
use domain::{
    ports::{FactStore, LagProbe},
    staff::Who,
};
use ui::{
    Staff,
    pages::{AnalyticsPage, OrdersPage, RestaurantChoice, analytics, orders_behind},
};

use super::{
    Figures,
    ask::{ListQuery, View},
};
use crate::catalog::Shop;
use web::{
    ReadBy,
    page::{PageProblem, page},
};

/// The restaurants whose figures somebody may see.
fn choices(who: &Who, shops: &[Shop]) -> Vec<RestaurantChoice> {
    let choice = |shop: &Shop| RestaurantChoice {
        id: shop.restaurant.id.clone(),
        name: shop.restaurant.name.to_string(),
    };
    let theirs = shops.iter().filter(|shop| who.works_at(&shop.restaurant.id));
    theirs.map(choice).collect()
}

pub(super) async fn dashboard<F: FactStore, L: LagProbe>(
    State(figures): State<Arc<Figures<F, L>>>,
    ReadBy(reader): ReadBy,
    Extension(who): Extension<Who>,
    Query(view): Query<View>,
) -> Result<Response, PageProblem> {
    let now = figures.clock.now();
    let shown = view.parse(&figures.catalog, now)?;
    let (board, lag_records) =
        tokio::join!(figures.facts.board(&shown.ask), figures.lag.lag_records());
    Ok(page(analytics(&AnalyticsPage {
        reader,
        restaurants: &choices(&who, &shown.shops),
        scope: shown.scope,
        window: &shown.window,
        board: &board?,
        lag_records,
        now,
        zone: shown.zone,
        wall: view.show == "wall",
        staff: Staff::of(&who, figures.mailbox),
    })))
}

pub(super) async fn orders<F: FactStore, L: LagProbe>(
    State(figures): State<Arc<Figures<F, L>>>,
    ReadBy(reader): ReadBy,
    Extension(who): Extension<Who>,
    Query(query): Query<ListQuery>,
) -> Result<Response, PageProblem> {
    let ask = query.parse()?;
    let facts = figures.facts.behind(&ask).await?;
    let shops = figures.catalog.shops();
    Ok(page(orders_behind(&OrdersPage {
        reader,
        restaurants: &choices(&who, &shops),
        ask: &ask,
        facts: &facts,
        now: figures.clock.now(),
        staff: Staff::of(&who, figures.mailbox),
    })))
}
