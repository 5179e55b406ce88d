//! The checkout: one page with one form, query places orders in the same way as the API.

mod form;

use std::{net::SocketAddr, sync::Arc};

use ::events::Publisher;
use axum::{
    Form,
    extract::{ConnectInfo, Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::CookieJar;
use domain::{
    cart::{CartLine, tax_lines},
    ids::OrderId,
    money::Money,
    order::Order,
    ports::{OrderBook, Unavailable},
    restaurant::Restaurant,
    violation::Violation,
};
use serde::Deserialize;
use ui::{
    CartView, Reader,
    pages::{self, CardSetup, CheckoutNotice, CheckoutPage, Entered},
};

use self::form::{CheckoutForm, cart_line, default_entries, entries_from_order};
use super::{
    Storefront, cart,
    key::{Key, new_key},
};
use crate::{card_field::CardField, catalog::VersionedMenu};
use web::{
    ReadBy,
    page::{PageProblem, page},
};

#[derive(Deserialize)]
pub(super) struct CheckoutQuery {
    #[serde(default)]
    restaurant: String,
    #[serde(default)]
    replaces: Option<String>,
    /// An earlier order to repeat.
    #[serde(default)]
    again: Option<String>,
}

pub(super) async fn show<B: OrderBook, P: Publisher>(
    State(storefront): State<Arc<Storefront<B, P>>>,
    ReadBy(reader): ReadBy,
    Query(query): Query<CheckoutQuery>,
    jar: CookieJar,
    headers: HeaderMap,
) -> Result<Response, PageProblem> {
    let (restaurant, menu) = storefront.orderable_shop(&query.restaurant)?;
    let mut lines = cart::read(&jar, &restaurant.id);
    let replaces = storefront.own_order(query.replaces.as_deref(), &headers);
    let again = storefront.own_order(query.again.as_deref(), &headers);
    let mut entered = default_entries(&restaurant);
    let mut jar = jar;
    if let Some(order) = storefront.read_order(replaces.or(again)).await? {
        entered = entries_from_order(&order);
        if lines.is_empty() {
            lines = order.lines.iter().map(cart_line).collect();
            jar = cart::write(&restaurant.id, &lines).map_or(jar.clone(), |cookie| jar.add(cookie));
        }
    }
    let mut violations = Vec::new();
    if let Err(refused) = restaurant.refuse_closed(storefront.clock.now()) {
        violations = refused.0;
    }
    let key = new_key(storefront.clock.now());
    let state = CheckoutState { key, entered, replaces, violations, notice: None };
    Ok((jar, storefront.checkout_page(reader, &restaurant, &menu, &lines, state)).into_response())
}

/// State of the form.
struct CheckoutState {
    key: String,
    entered: Entered,
    replaces: Option<OrderId>,
    violations: Vec<Violation>,
    notice: Option<CheckoutNotice>,
}

impl<B: OrderBook, P: Publisher> Storefront<B, P> {
    /// An earlier order that this browser may see.
    fn own_order(&self, id: Option<&str>, headers: &HeaderMap) -> Option<OrderId> {
        let id = id?.parse().ok()?;
        self.access.holds_token(id, None, headers).then_some(id)
    }

    async fn read_order(&self, id: Option<OrderId>) -> Result<Option<Order>, Unavailable> {
        let Some(id) = id else { return Ok(None) };
        Ok(self.book.read_order(id).await?.and_then(|view| view.order))
    }

    fn checkout_page(
        &self,
        reader: Reader,
        restaurant: &Restaurant,
        menu: &VersionedMenu,
        lines: &[CartLine],
        state: CheckoutState,
    ) -> Response {
        let left = self.catalog.supplies(&restaurant.id, &menu.menu).counted();
        let cart = CartView::new(&menu.menu, &left, lines);
        let mut priced: Vec<_> = cart.rows.iter().filter_map(|row| row.line.clone()).collect();
        let mut tax =
            |is_delivery, fee| tax_lines(restaurant, &menu.menu, &mut priced, is_delivery, fee);
        let shown = page(pages::checkout(&CheckoutPage {
            delivery_tax: tax(true, restaurant.delivery_fee_minor.unwrap_or(0)),
            pickup_tax: tax(false, 0),
            reader,
            restaurant,
            open: restaurant.opening(self.clock.now()).is_open(),
            cart,
            key: &state.key,
            entered: state.entered,
            violations: state.violations,
            notice: state.notice,
            card: self.card_field.as_ref().map(card_setup),
            test_gateway: self.test_gateway,
            replaces: state.replaces,
        }));
        match &self.card_field {
            Some(field) => field.script.allow_in(shown),
            None => shown,
        }
    }
}

/// When the money of an order is captured, as the gateway calls it. Must be what the payment says.
const CAPTURE: &str = "automatic";

fn card_setup(field: &CardField) -> CardSetup<'_> {
    CardSetup {
        publishable_key: &field.publishable_key,
        script: field.script.url(),
        capture: CAPTURE,
        script_amount: field.script_amount,
    }
}

/// `POST /checkout`. The key in the form makes a repeated submission the same order.
pub(super) async fn submit<B: OrderBook, P: Publisher>(
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
    let replaces = storefront.own_order(form.replaces.as_deref(), &headers);
    let placed = match form.body(&lines, replaces, reader.lang).check() {
        Ok(order) => storefront.place_order(order, Some(Key::of_form(&form.key))).await,
        Err(refused) => Err(refused.into()),
    };
    let problem = match placed {
        Ok(placed) => {
            let jar = storefront.access.remember(jar, &headers, placed.order_id);
            let jar = jar.add(cart::empty(&restaurant.id));
            let to = format!("/orders/{}", placed.order_id);
            return Ok((jar, Redirect::to(&to)).into_response());
        }
        Err(problem) => problem,
    };
    let status = problem.status;
    let mut state = CheckoutState {
        key: form.key.clone(),
        entered: form.entered(),
        replaces,
        violations: problem.errors.clone(),
        notice: None,
    };
    match (status, problem.kind) {
        (StatusCode::CONFLICT, "total_changed") => {
            // Nothing was placed: the form's key is still unused.
            let shown =
                form.shown_total_minor().map(|minor| Money::new(minor, restaurant.currency));
            let totals = shown.zip(problem.total);
            state.notice = totals.map(|(shown, now)| CheckoutNotice::TotalChanged { shown, now });
        }
        (StatusCode::UNPROCESSABLE_ENTITY, "key-reused") => {
            // The form's key belongs to an earlier order; a changed form is a new order.
            state.key = new_key(storefront.clock.now());
            state.notice = Some(CheckoutNotice::CartChanged);
        }
        (StatusCode::UNPROCESSABLE_ENTITY, "key-ahead") => {
            // The clock was set back since the form was shown. Nothing was placed under its key.
            state.key = new_key(storefront.clock.now());
            state.notice = Some(CheckoutNotice::Unreachable);
        }
        (StatusCode::UNPROCESSABLE_ENTITY, _) => {}
        (StatusCode::SERVICE_UNAVAILABLE, _) => {
            state.notice = Some(CheckoutNotice::Unreachable);
        }
        _ => return Err(PageProblem(problem)),
    }
    let reader = reader.at(format!("/checkout?restaurant={}", restaurant.id));
    let shown = storefront.checkout_page(reader, &restaurant, &menu, &lines, state);
    Ok((status, shown).into_response())
}
