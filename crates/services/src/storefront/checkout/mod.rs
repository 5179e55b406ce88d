//! The checkout: one page with one form, query places orders in the same way as the API.

mod form;
mod outcome;
mod submit;

pub(super) use submit::submit;

use std::sync::Arc;

use ::events::Publisher;
use axum::{
    extract::{Query, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use axum_extra::extract::CookieJar;
use domain::{
    cart::{CartLine, tax_lines},
    ids::OrderId,
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

use self::form::{cart_line, default_entries, entries_from_order};
use super::{
    Storefront, cart,
    key::{is_young, new_key},
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
    let key = storefront.key_of_cart(&jar, &restaurant, None);
    let jar = keep_key(jar, &restaurant, &lines, &key);
    let state = CheckoutState { key, entered, replaces, violations, notice: None };
    Ok((jar, storefront.checkout_page(reader, &restaurant, &menu, &lines, state)).into_response())
}

/// Stores the key of the cart's order with the cart, where another tab finds it.
fn keep_key(jar: CookieJar, restaurant: &Restaurant, lines: &[CartLine], key: &str) -> CookieJar {
    let is_kept = cart::key(&jar, &restaurant.id).is_some_and(|kept| kept == key);
    match cart::write_with_key(&restaurant.id, lines, key) {
        Some(cookie) if !is_kept && !lines.is_empty() => jar.add(cookie),
        _ => jar,
    }
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

    /// The key of the cart's order: that of the page, or of another tab, while it is young and not
    /// `used`; else a new one.
    fn key_of_cart(&self, jar: &CookieJar, restaurant: &Restaurant, used: Option<&str>) -> String {
        let now = self.clock.now();
        let kept = cart::key(jar, &restaurant.id).filter(|key| is_young(key, now));
        kept.filter(|key| Some(key.as_str()) != used).unwrap_or_else(|| new_key(now))
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
            card: self.card_field.as_ref().map(|field| card_setup(field, restaurant)),
            test_gateway: self.test_gateway,
            replaces: state.replaces,
        }));
        match &self.card_field {
            Some(field) => field.script.allow_in(shown),
            None => shown,
        }
    }
}

fn card_setup<'a>(field: &'a CardField, restaurant: &Restaurant) -> CardSetup<'a> {
    CardSetup {
        publishable_key: &field.publishable_key,
        script: field.script.url(),
        capture: (field.capture_method)(restaurant.capture_point()),
        script_amount: field.script_amount,
    }
}
