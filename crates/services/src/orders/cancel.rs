//! The customer calls the order off.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{Path, Query, State},
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::CookieJar;
use domain::{
    ids::{OrderId, RequestId},
    kitchen::{Action, Decision, Request, Requester},
    ports::OrderBook,
    status::Status,
};
use events::Publisher;
use serde::Deserialize;
use ui::pages::OrderNotice;
use uuid::Uuid;

use super::{Orders, api::Access};
use crate::{
    accepted::wait_for_row,
    web::{Problem, Sight, json as strict, page::PageProblem},
};

#[derive(Debug, Default, Deserialize)]
struct CancelBody {
    /// The same request sent again carries the same id.
    #[serde(default)]
    request_id: Option<Uuid>,
}

/// `POST /api/orders/{id}/cancel`: 200 with the order, 409 with its status, or 202.
pub(super) async fn cancel<B: OrderBook, P: Publisher>(
    State(orders): State<Arc<Orders<B, P>>>,
    Path(id): Path<String>,
    Query(access): Query<Access>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let order = orders.customers_order(&id, &access, &headers).await?;
    let body: CancelBody = match body.is_empty() {
        true => CancelBody::default(),
        false => strict::read(&body).map_err(Problem::malformed)?,
    };
    let asked = body.request_id.unwrap_or_else(Uuid::now_v7);
    let decision = orders.ask(&orders.farewell(order, asked)).await?;
    orders.told(asked, order, decision).await
}

/// `POST /orders/{id}/cancel`: the same for the form on the order's page, which it goes back to.
pub(super) async fn cancel_and_return<B: OrderBook, P: Publisher>(
    State(orders): State<Arc<Orders<B, P>>>,
    Path(id): Path<String>,
    Query(access): Query<Access>,
    jar: CookieJar,
    headers: HeaderMap,
) -> Result<Response, PageProblem> {
    let order = orders.customers_order(&id, &access, &headers).await?;
    let notice = match orders.ask(&orders.farewell(order, Uuid::now_v7())).await? {
        None => Some(OrderNotice::Asked),
        // Whoever presses twice has what they want.
        Some(Decision { status: Some(Status::Cancelled), .. }) => None,
        Some(_) => Some(OrderNotice::TooLate),
    };
    let to = match notice {
        None => format!("/orders/{order}"),
        Some(notice) => format!("/orders/{order}?notice={}", notice.name()),
    };
    // The page opens by its cookie: whoever came with the token in the address may have none.
    let jar = match access.token {
        Some(_) => orders.access.remember(jar, &headers, order),
        None => jar,
    };
    Ok((jar, Redirect::to(&to)).into_response())
}

impl<B: OrderBook, P: Publisher> Orders<B, P> {
    /// The order that is meant, if whoever asks may have it. A wrong token answers exactly as an
    /// unknown order does. The row of an order that was just placed is waited for, and not needed:
    /// a valid token proves that it was accepted, and the request waits for it in its turn.
    async fn customers_order(
        &self,
        id: &str,
        access: &Access,
        headers: &HeaderMap,
    ) -> Result<OrderId, Problem> {
        let unknown = || Problem::not_found("order");
        let id: OrderId = id.parse().map_err(|_| unknown())?;
        let sight = self.access.sight(id, access.token.as_deref(), headers).await?;
        if sight == Sight::Hidden {
            return Err(unknown());
        }
        match wait_for_row(&self.book, id).await? {
            Some(view) if sight.shows(&view) => Ok(id),
            None if sight == Sight::Customer => Ok(id),
            // Staff can name any id.
            _ => Err(unknown()),
        }
    }

    /// The customer's request. Its id is made of the order's and of the one that was chosen, so
    /// that nobody outside can choose the id of a request about another order, or of a timer.
    fn farewell(&self, order_id: OrderId, asked: Uuid) -> Request {
        Request {
            id: RequestId(Uuid::new_v5(&order_id.0, asked.as_bytes())),
            order_id,
            action: Action::Cancel,
            by: Requester::Customer,
            at: self.clock.now(),
            ready_in_min: None,
            reason: None,
        }
    }
}
