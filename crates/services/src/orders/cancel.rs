//! An order is called off: by its customer, or by staff who were asked to.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::CookieJar;
use domain::{
    ids::{OrderId, RequestId},
    kitchen::{Action, Decision, Request, Requester},
    ports::OrderBook,
    status::Status,
    text::Note,
    violation::Refused,
};
use events::Publisher;
use serde::Deserialize;
use ui::pages::OrderNotice;
use uuid::Uuid;

use super::{Orders, api::Access, ask::staff_request};
use crate::accepted::wait_for_row;
use web::{Asker, Problem, Sight, json as strict, page::PageProblem};

/// The reason of staff who give none.
const ON_REQUEST: &str = "The restaurant cancelled the order";

#[derive(Debug, Default, Deserialize)]
struct CancelBody {
    /// The same request sent again carries the same id.
    #[serde(default)]
    request_id: Option<Uuid>,
    /// Why, said by staff.
    #[serde(default)]
    reason: Option<String>,
}

/// `POST /api/orders/{id}/cancel`: 200 with the order, 409 with its status, or 202.
pub(super) async fn cancel<B: OrderBook, P: Publisher>(
    State(orders): State<Arc<Orders<B, P>>>,
    Path(id): Path<String>,
    Query(access): Query<Access>,
    sender: Asker,
    body: Bytes,
) -> Result<Response, Problem> {
    let (order, sight) = orders.seen_order(&id, &access, &sender).await?;
    orders.limit_cancels(&sender, &sight)?;
    let body: CancelBody = match body.is_empty() {
        true => CancelBody::default(),
        false => strict::read(&body)?,
    };
    let asked = body.request_id.unwrap_or_else(Uuid::now_v7);
    let decision =
        orders.ask(&orders.farewell(order, &sight, asked, body.reason.as_deref())?).await?;
    orders.told(asked, order, decision).await
}

/// `POST /orders/{id}/cancel`: the same for the form on the order's page, which it goes back to.
pub(super) async fn cancel_and_return<B: OrderBook, P: Publisher>(
    State(orders): State<Arc<Orders<B, P>>>,
    Path(id): Path<String>,
    Query(access): Query<Access>,
    jar: CookieJar,
    sender: Asker,
) -> Result<Response, PageProblem> {
    let (order, sight) = orders.seen_order(&id, &access, &sender).await?;
    orders.limit_cancels(&sender, &sight)?;
    let farewell = orders.farewell(order, &sight, Uuid::now_v7(), None)?;
    let notice = match orders.ask(&farewell).await? {
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
        Some(_) => orders.access.remember(jar, &sender.headers, order),
        None => jar,
    };
    Ok((jar, Redirect::to(&to)).into_response())
}

impl<B: OrderBook, P: Publisher> Orders<B, P> {
    /// Each wish is a record of the log, so that customers have a number of them a minute.
    fn limit_cancels(&self, sender: &Asker, sight: &Sight) -> Result<(), Problem> {
        match sight {
            Sight::Staff(_) => Ok(()),
            Sight::Customer | Sight::Hidden => self.cancels.check(sender.from),
        }
    }

    /// The order that is meant, if it may be seen, and by what right. A wrong token answers exactly as
    /// an unknown order does. The row of an order that was just placed is waited for, and not needed:
    /// a valid token proves that it was accepted, and the request waits for it in its turn.
    async fn seen_order(
        &self,
        id: &str,
        access: &Access,
        sender: &Asker,
    ) -> Result<(OrderId, Sight), Problem> {
        let unknown = || Problem::not_found("order");
        let id: OrderId = id.parse().map_err(|_| unknown())?;
        let sight = self.access.sight(id, access.token.as_deref(), sender).await?;
        if sight == Sight::Hidden {
            return Err(unknown());
        }
        match wait_for_row(&self.book, id).await? {
            Some(view) if sight.shows(&view) => Ok((id, sight)),
            None if sight == Sight::Customer => Ok((id, sight)),
            // Staff can name any id.
            _ => Err(unknown()),
        }
    }

    /// The request of the customer, or of staff: theirs is a rejection, with the reason that they give.
    /// Its id is made of the one that was chosen and of what it is bound to, so that no request can be
    /// taken for another one, or for a timer's.
    fn farewell(
        &self,
        order_id: OrderId,
        sight: &Sight,
        asked: Uuid,
        reason: Option<&str>,
    ) -> Result<Request, Problem> {
        let (id, action, by, reason) = match sight {
            Sight::Staff(who) => {
                let reason = reason.unwrap_or(ON_REQUEST).parse::<Note>();
                let reason = reason.map_err(|error| Refused::one("reason", error))?;
                (
                    staff_request(who, Action::Reject, asked),
                    Action::Reject,
                    Requester::Kitchen,
                    Some(reason),
                )
            }
            Sight::Customer | Sight::Hidden if reason.is_some() => {
                return Err(Problem::malformed(
                    "Only staff say why an order is called off: leave out reason.",
                ));
            }
            Sight::Customer | Sight::Hidden => {
                let id = RequestId(Uuid::new_v5(&order_id.0, asked.as_bytes()));
                (id, Action::Cancel, Requester::Customer, None)
            }
        };
        let at = self.clock.now();
        Ok(Request { id, order_id, action, by, at, ready_in_min: None, reason })
    }
}
