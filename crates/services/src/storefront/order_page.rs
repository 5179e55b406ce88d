//! `/orders/{id}`: the page of an order.

use std::sync::Arc;

use ::events::Publisher;
use axum::{
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::CookieJar;
use domain::{ids::OrderId, ports::OrderBook, staff::Permission};
use serde::Deserialize;
use ui::pages::{self, OrderPage};

use super::Storefront;
use crate::accepted::{add_steps, authenticate_until, view_without_row, wait_for_row};
use web::{
    Problem, ReadBy, Sender, Sight,
    page::{PageProblem, page},
};

#[derive(Deserialize)]
pub(super) struct OrderPageQuery {
    #[serde(default)]
    token: Option<String>,
    /// Outcome of a request to cancel.
    #[serde(default)]
    notice: Option<String>,
}

pub(super) async fn show<B: OrderBook, P: Publisher>(
    State(storefront): State<Arc<Storefront<B, P>>>,
    ReadBy(reader): ReadBy,
    Path(id): Path<String>,
    Query(query): Query<OrderPageQuery>,
    jar: CookieJar,
    sender: Sender,
) -> Result<Response, PageProblem> {
    let unknown = || Problem::not_found("order");
    let id: OrderId = id.parse().map_err(|_| unknown())?;
    let sight = storefront.access.sight(id, query.token.as_deref(), &sender).await?;
    if sight == Sight::Hidden {
        return Err(unknown().into());
    }
    if query.token.is_some() {
        // Keeps the token out of the address bar, browser histories and screenshots.
        let jar = storefront.access.remember(jar, &sender.headers, id);
        return Ok((jar, Redirect::to(&format!("/orders/{id}"))).into_response());
    }
    let now = storefront.clock.now();
    let mut view = match wait_for_row(&storefront.book, id).await? {
        Some(view) if sight.shows(&view) => view,
        None if sight == Sight::Customer => view_without_row(id, now),
        _ => return Err(unknown().into()),
    };
    let activity = storefront.live.activity(id);
    add_steps(&mut view, &activity.steps);
    let authenticate_until = authenticate_until(&view).or(activity.authenticate_until);
    let hops = storefront.book.travel(id).await?;
    let seller = view.order.as_ref().map(|order| &order.seller.id);
    let restaurant = seller.and_then(|id| storefront.catalog.shop(id)).map(|shop| shop.restaurant);
    let checkout = |why: &str| match seller {
        Some(seller) => format!("/checkout?restaurant={seller}&{why}={id}"),
        None => "/".to_owned(),
    };
    let (retry, again) = (checkout("replaces"), checkout("again"));
    let restaurant = restaurant.as_deref();
    let has_parts = view.payment.as_ref().is_some_and(|payment| payment.parts.count > 0);
    let refunds = match has_parts {
        true => storefront.book.money_back(id).await?.refunds,
        false => Vec::new(),
    };
    let may_refund = match (&sight, seller) {
        (Sight::Staff(actor), Some(seller)) => actor.may_at(Permission::RefundOrders, seller),
        _ => false,
    };
    let notice = query.notice.as_deref().and_then(|name| name.parse().ok());
    Ok(page(pages::order(&OrderPage {
        reader,
        view: &view,
        hops: &hops,
        restaurant,
        now,
        retry,
        again,
        authenticate_until: authenticate_until.filter(|until| *until > now),
        notice,
        refunds: &refunds,
        may_refund,
    })))
}
