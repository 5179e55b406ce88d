//! `POST /checkout`: places the order, and shows the form again if it was refused or declined.

use std::{net::SocketAddr, sync::Arc};

use ::events::Publisher;
use axum::{
    Form,
    extract::{ConnectInfo, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::CookieJar;
use domain::{
    ids::OrderId, money::Money, payment::DeclineReason, ports::OrderBook, restaurant::Restaurant,
};
use ui::pages::CheckoutNotice;

use super::{CheckoutState, form::CheckoutForm, keep_key};
use crate::storefront::{Storefront, cart, key::Key, place::Placed};
use web::{Problem, ReadBy, page::PageProblem};

/// `POST /checkout`. The key in the form makes a repeated submission the same order.
pub(in crate::storefront) async fn submit<B: OrderBook, P: Publisher>(
    State(storefront): State<Arc<Storefront<B, P>>>,
    ReadBy(reader): ReadBy,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    jar: CookieJar,
    Form(form): Form<CheckoutForm>,
) -> Result<Response, PageProblem> {
    storefront.limit.check(from.ip())?;
    let (restaurant, menu) = storefront.orderable_shop(&form.restaurant)?;
    let lines = cart::read(&jar, &restaurant.id);
    let placed_before = storefront.placed_before(&form, &headers);
    if let Some(order) = placed_before.filter(|_| lines.is_empty()) {
        return Ok(to_order(order).into_response());
    }
    let replaces = storefront.own_order(form.replaces.as_deref(), &headers);
    let placed = match form.body(&lines, replaces, reader.lang).check() {
        Ok(order) => storefront.place_order(order, Some(Key::of_form(&form.key))).await,
        Err(refused) => Err(refused.into()),
    };
    let (jar, status, state) = match placed {
        Ok(Placed { order_id, .. }) => {
            let jar = storefront.access.remember(jar, &headers, order_id);
            let Some(reason) = storefront.wait_for_decline(order_id).await else {
                let jar = jar.add(cart::empty(&restaurant.id));
                return Ok((jar, to_order(order_id)).into_response());
            };
            let state = storefront.declined_state(&form, &jar, &restaurant, order_id, reason);
            (jar, StatusCode::PAYMENT_REQUIRED, state)
        }
        Err(problem) => {
            let status = problem.status;
            let state = storefront.refused_state(&form, &jar, &restaurant, replaces, problem)?;
            (jar, status, state)
        }
    };
    let jar = match state.key == form.key {
        true => jar,
        false => keep_key(jar, &restaurant, &lines, &state.key),
    };
    let reader = reader.at(format!("/checkout?restaurant={}", restaurant.id));
    let shown = storefront.checkout_page(reader, &restaurant, &menu, &lines, state);
    Ok((status, jar, shown).into_response())
}

fn to_order(order: OrderId) -> Redirect {
    Redirect::to(&format!("/orders/{order}"))
}

impl<B: OrderBook, P: Publisher> Storefront<B, P> {
    /// The order that this form has placed in another tab, or with an earlier press.
    fn placed_before(&self, form: &CheckoutForm, headers: &HeaderMap) -> Option<OrderId> {
        let (restaurant, email) = (form.restaurant.parse().ok()?, form.email()?);
        let key = Key::of_form(&form.key);
        let id = self.access.secret().order_id(&restaurant, &email, &key.text);
        self.access.holds_token(id, None, headers).then_some(id)
    }

    /// The form after a declined payment: as it was, for an order that replaces the declined one.
    fn declined_state(
        &self,
        form: &CheckoutForm,
        jar: &CookieJar,
        restaurant: &Restaurant,
        declined: OrderId,
        reason: DeclineReason,
    ) -> CheckoutState {
        CheckoutState {
            key: self.key_of_cart(jar, restaurant, Some(&form.key)),
            entered: form.entered(),
            replaces: Some(declined),
            violations: Vec::new(),
            notice: Some(CheckoutNotice::Declined(reason)),
        }
    }

    /// The form after a refusal that the customer can do something about.
    fn refused_state(
        &self,
        form: &CheckoutForm,
        jar: &CookieJar,
        restaurant: &Restaurant,
        replaces: Option<OrderId>,
        problem: Problem,
    ) -> Result<CheckoutState, PageProblem> {
        let mut state = CheckoutState {
            key: form.key.clone(),
            entered: form.entered(),
            replaces,
            violations: problem.errors.clone(),
            notice: None,
        };
        let new_key = || self.key_of_cart(jar, restaurant, Some(&form.key));
        match (problem.status, problem.kind) {
            (StatusCode::CONFLICT, "total_changed") => {
                // Nothing was placed: the form's key is still unused.
                let shown =
                    form.shown_total_minor().map(|minor| Money::new(minor, restaurant.currency));
                let totals = shown.zip(problem.total);
                state.notice =
                    totals.map(|(shown, now)| CheckoutNotice::TotalChanged { shown, now });
            }
            (StatusCode::UNPROCESSABLE_ENTITY, "key-reused") => {
                // The form's key belongs to an earlier order; a changed form is a new order.
                state.key = new_key();
                state.notice = Some(CheckoutNotice::CartChanged);
            }
            (StatusCode::UNPROCESSABLE_ENTITY, "key-ahead") => {
                // The clock was set back since the form was shown. Nothing was placed under its key.
                state.key = new_key();
                state.notice = Some(CheckoutNotice::Unreachable);
            }
            (StatusCode::UNPROCESSABLE_ENTITY, _) => {}
            (StatusCode::SERVICE_UNAVAILABLE, _) => {
                state.notice = Some(CheckoutNotice::Unreachable);
            }
            _ => return Err(PageProblem(problem)),
        }
        Ok(state)
    }
}
