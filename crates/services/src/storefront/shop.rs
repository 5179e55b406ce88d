//! The home page, and changes of the cart.

use std::sync::Arc;

use ::events::Publisher;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::{CookieJar, Form};
use domain::{
    cart::{CartError, CartLine, price_lines},
    menu::{Menu, MenuFilter},
    ports::OrderBook,
    restaurant::Restaurant,
    stock::refuse_short,
    violation::{Checks, Violations},
};
use serde::Deserialize;
use ui::{
    Staff,
    pages::{self, HomePage, RefusedLine, RestaurantCard},
};

use super::{Storefront, body::CartLineBody, cart, menu::MenuView};
use crate::catalog::{Supplies, VersionedMenu};
use web::{
    Problem, ReadBy,
    page::{PageProblem, page},
};

pub(super) async fn show_home<B: OrderBook, P: Publisher>(
    State(storefront): State<Arc<Storefront<B, P>>>,
    ReadBy(reader): ReadBy,
) -> Response {
    let shops = storefront.catalog.shops();
    let card = |shop: &'_ crate::catalog::Shop| Some((shop.restaurant.clone(), shop.menu.clone()?));
    let orderable: Vec<_> = shops.iter().filter_map(card).collect();
    let cards =
        orderable.iter().map(|(restaurant, menu)| RestaurantCard { restaurant, menu: &menu.menu });
    let staff = Staff::anybody(storefront.mailbox);
    let now = storefront.clock.now();
    page(pages::home(&HomePage { reader, restaurants: cards.collect(), now, staff }))
}

impl<B: OrderBook, P: Publisher> Storefront<B, P> {
    /// A restaurant that has a menu, so that it can be ordered from.
    pub(super) fn orderable_shop(
        &self,
        id: &str,
    ) -> Result<(Arc<Restaurant>, Arc<VersionedMenu>), Problem> {
        let unknown = || Problem::not_found("restaurant");
        let shop = id.parse().ok().and_then(|id| self.catalog.shop(&id)).ok_or_else(unknown)?;
        Ok((shop.restaurant, shop.menu.ok_or_else(unknown)?))
    }
}

#[derive(Deserialize)]
pub(super) struct AddForm {
    item_id: String,
    #[serde(default = "one")]
    quantity: u32,
    #[serde(default)]
    option: Vec<String>,
    #[serde(default)]
    note: Option<String>,
}

fn one() -> u32 {
    1
}

pub(super) async fn add_to_cart<B: OrderBook, P: Publisher>(
    State(storefront): State<Arc<Storefront<B, P>>>,
    ReadBy(reader): ReadBy,
    Path(id): Path<String>,
    jar: CookieJar,
    Form(form): Form<AddForm>,
) -> Result<Response, PageProblem> {
    let (restaurant, menu) = storefront.orderable_shop(&id)?;
    let mut lines = cart::read(&jar, &restaurant.id);
    let body = CartLineBody {
        item_id: form.item_id,
        quantity: form.quantity,
        // A group without a chosen option sends an empty value.
        options: form.option.into_iter().filter(|option| !option.is_empty()).collect(),
        note: form.note,
    };
    let line = body.check_alone()?;
    let supplies = storefront.catalog.supplies(&restaurant.id, &menu.menu);
    let added = check_line(&menu.menu, &supplies, &line).and_then(|()| {
        cart::add(&mut lines, line.clone());
        cart::write(&restaurant.id, &lines)
            .ok_or_else(|| Violations::one("quantity", CartError::Full))
    });
    match added {
        Ok(cookie) => Ok((jar.add(cookie), Redirect::to(&format!("/r/{id}"))).into_response()),
        Err(Violations(violations)) => {
            let refused = RefusedLine { item_id: line.item_id, violations };
            let lines = cart::read(&jar, &restaurant.id);
            let reader = reader.at(format!("/r/{}", restaurant.id));
            let view = MenuView { reader, filter: MenuFilter::default(), refused: Some(refused) };
            let shown = storefront.menu_page(&restaurant, &menu.menu, &lines, view);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response())
        }
    }
}

fn check_line(menu: &Menu, supplies: &Supplies, line: &CartLine) -> Result<(), Violations> {
    let mut checks = Checks::default();
    let priced = price_lines(menu, std::slice::from_ref(line), &mut checks);
    checks.absorb("", refuse_short(&priced, |item| supplies.left(item)));
    checks.finish(Some(()))
}

#[derive(Deserialize)]
pub(super) struct ChangeForm {
    line: usize,
    quantity: u32,
}

pub(super) async fn change_line<B: OrderBook, P: Publisher>(
    State(storefront): State<Arc<Storefront<B, P>>>,
    Path(id): Path<String>,
    jar: CookieJar,
    Form(form): Form<ChangeForm>,
) -> Result<Response, PageProblem> {
    let (restaurant, _) = storefront.orderable_shop(&id)?;
    let mut lines = cart::read(&jar, &restaurant.id);
    if form.line < lines.len() {
        match form.quantity.min(domain::cart::MAX_QUANTITY) {
            0 => drop(lines.remove(form.line)),
            quantity => lines[form.line].quantity = quantity,
        }
    }
    let too_full = || Violations::one("quantity", CartError::Full);
    let cookie = match lines.is_empty() {
        true => cart::empty(&restaurant.id),
        false => cart::write(&restaurant.id, &lines).ok_or_else(too_full)?,
    };
    Ok((jar.add(cookie), Redirect::to(&format!("/r/{id}"))).into_response())
}
