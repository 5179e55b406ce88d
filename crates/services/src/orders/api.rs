//! `GET /api/orders/{id}`.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, Query, State},
};
use domain::{ids::OrderId, ports::OrderBook};
use events::Publisher;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Orders,
    view::{order_json, refunds_json},
};
use crate::accepted::{authenticate_until, view_without_row, wait_for_row};
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
        Some(view) if sight.shows(&view) => {
            let mut body = order_json(&view);
            if sight == Sight::Customer && authenticate_until(&view).is_some() {
                // For a browser, which has no header to prove that it may see the order.
                let token = orders.access.secret().order_token(id);
                body["links"] = json!({"pay": format!("/orders/{id}/pay?token={token}")});
            }
            let payment = view.payment.as_ref();
            if payment.is_some_and(|payment| payment.parts.count > 0 || payment.refund.is_some()) {
                let back = orders.book.money_back(id).await?;
                let is_staff = matches!(sight, Sight::Staff(_));
                body["refunds"] = refunds_json(&view, &back.refunds, is_staff);
            }
            Ok(Json(body))
        }
        None if sight == Sight::Customer => {
            Ok(Json(order_json(&view_without_row(id, orders.clock.now()))))
        }
        // Staff can name any id; only a token proves that the order exists.
        _ => Err(unknown()),
    }
}
