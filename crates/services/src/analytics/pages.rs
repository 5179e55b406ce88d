//! `/analytics`, and the orders behind its figures.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Query, State},
    response::Response,
};
use domain::{
    ports::{FactStore, LagProbe},
    staff::Actor,
};
use ui::{
    Staff,
    pages::{AnalyticsPage, OrdersPage, RestaurantChoice, analytics, orders_behind},
};

use super::{
    Figures,
    query::{DashboardQuery, OrderListQuery},
};
use crate::catalog::Shop;
use web::{
    ReadBy,
    page::{PageProblem, page},
};

/// The restaurants whose figures an actor may see.
fn restaurant_choices(actor: &Actor, shops: &[Shop]) -> Vec<RestaurantChoice> {
    let choice = |shop: &Shop| RestaurantChoice {
        id: shop.restaurant.id.clone(),
        name: shop.restaurant.name.to_string(),
    };
    let theirs = shops.iter().filter(|shop| actor.works_at(&shop.restaurant.id));
    theirs.map(choice).collect()
}

pub(super) async fn show_dashboard<F: FactStore, L: LagProbe>(
    State(figures): State<Arc<Figures<F, L>>>,
    ReadBy(reader): ReadBy,
    Extension(actor): Extension<Actor>,
    Query(query): Query<DashboardQuery>,
) -> Result<Response, PageProblem> {
    let now = figures.clock.now();
    let dashboard = query.parse(&figures.catalog, now)?;
    let (board, lag_records) =
        tokio::join!(figures.facts.board(&dashboard.query), figures.lag.lag_records());
    Ok(page(analytics(&AnalyticsPage {
        reader,
        restaurants: &restaurant_choices(&actor, &dashboard.shops),
        scope: dashboard.scope,
        window: &dashboard.window,
        board: &board?,
        lag_records,
        now,
        zone: dashboard.zone,
        is_wall: query.show == "wall",
        staff: Staff::of(&actor, figures.mailbox),
    })))
}

pub(super) async fn list_orders<F: FactStore, L: LagProbe>(
    State(figures): State<Arc<Figures<F, L>>>,
    ReadBy(reader): ReadBy,
    Extension(actor): Extension<Actor>,
    Query(query): Query<OrderListQuery>,
) -> Result<Response, PageProblem> {
    let list = query.parse()?;
    let facts = figures.facts.facts_behind(&list).await?;
    let shops = figures.catalog.shops();
    Ok(page(orders_behind(&OrdersPage {
        reader,
        restaurants: &restaurant_choices(&actor, &shops),
        ask: &list,
        facts: &facts,
        now: figures.clock.now(),
        staff: Staff::of(&actor, figures.mailbox),
    })))
}
