//! `GET /api/orders/{id}`.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, Query, State},
};
use domain::{ids::OrderId, ports::OrderBook};
use events::Publisher;
use serde::Deserialize;
use serde_json::Value;

use super::{Orders, view::order_json};
use crate::accepted::{view_without_row, wait_for_row};
use web::{Problem, Sender, Sight};

#[derive(Deserialize)]
pub(super) struct OrderQuery {
    #[serde(default)]
    pub(super) token: Option<String>,
}

pub(super) async fn show_order<B: OrderBook, P: Publisher>(
    State(orders): State<Arc<Orders<B, P>>>,
    Path(id): Path<String>,
    Query(query): Query<OrderQuery>,
    sender: Sender,
) -> Result<Json<Value>, Problem> {
    // A wrong token gets the same response as an unknown order.
    let unknown = || Problem::not_found("order");
    let id: OrderId = id.parse().map_err(|_| unknown())?;
    let sight = orders.access.sight(id, query.token.as_deref(), &sender).await?;
    if sight == Sight::Hidden {
        return Err(unknown());
    }
    match wait_for_row(&orders.book, id).await? {
        Some(view) if sight.shows(&view) => Ok(Json(order_json(&view))),
        None if sight == Sight::Customer => {
            Ok(Json(order_json(&view_without_row(id, orders.clock.now()))))
        }
        // Staff can name any id; only a token proves that the order exists.
        _ => Err(unknown()),
    }
}
