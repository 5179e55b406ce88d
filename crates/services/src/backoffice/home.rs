//! `/backoffice`: the restaurants of the actor.

use std::sync::Arc;

use axum::{
    Extension,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    menu::free_slug,
    ports::{ChangeBook, OrderSearch},
    staff::{Actor, Permission},
    stock::Availability,
};
use events::{Publisher, menu::RestaurantBody};
use ui::{
    Reader,
    pages::{OfficeHome, OfficeNotice, OfficeRestaurant, office_home},
};

use super::{Backoffice, pairs::Pairs, publish::NEVER_PUBLISHED, save_error::SaveError};
use crate::catalog::Shop;
use web::{
    ReadBy,
    page::{PageProblem, page},
};

/// Shows the restaurants. Cooks, who may change only stock, are redirected to it.
pub(super) async fn show<P: Publisher, C: ChangeBook, O: OrderSearch>(
    State(office): State<Arc<Backoffice<P, C, O>>>,
    Extension(actor): Extension<Actor>,
    ReadBy(reader): ReadBy,
) -> Result<Response, PageProblem> {
    if let (false, Some(first)) = (actor.may(Permission::EditMenu), actor.first_restaurant()) {
        return Ok(Redirect::to(&format!("/backoffice/r/{first}/stock")).into_response());
    }
    office.home_page(&actor, &reader, None).await
}

/// Creates a restaurant from the fields that have no sensible default.
pub(super) async fn create<P: Publisher, C: ChangeBook, O: OrderSearch>(
    State(office): State<Arc<Backoffice<P, C, O>>>,
    Extension(actor): Extension<Actor>,
    ReadBy(reader): ReadBy,
    pairs: Pairs,
) -> Result<Response, PageProblem> {
    let reader = reader.at("/backoffice");
    let body: RestaurantBody = serde_json::from_value(serde_json::json!({
        "name": pairs.get("name"),
        "currency": pairs.get("currency").trim().to_uppercase(),
        "time_zone": pairs.get("time_zone").trim(),
    }))
    .map_err(|error| web::Problem::malformed(error.to_string()))?;
    let shops = office.catalog.shops();
    let is_taken = |slug: &str| shops.iter().any(|shop| shop.restaurant.id.as_str() == slug);
    let id = free_slug(pairs.get("name"), "restaurant", is_taken).parse();
    let checked = id.map_err(|_| web::Problem::not_found("name")).map(|id| body.check(id))?;
    let notice = match checked {
        Ok(restaurant) => {
            match office.save_restaurant(&actor, NEVER_PUBLISHED, &restaurant, None).await {
                Ok(_) => {
                    return Ok(super::redirect_saved(&format!(
                        "/backoffice/r/{}/settings",
                        restaurant.id
                    )));
                }
                Err(SaveError::Overtaken) => OfficeNotice::Overtaken(None),
                Err(SaveError::Invalid(refused)) => OfficeNotice::Other(refused.to_string()),
                Err(SaveError::Problem(problem)) => return Err(problem.into()),
            }
        }
        Err(refused) => OfficeNotice::Other(refused.to_string()),
    };
    office.home_page(&actor, &reader, Some(notice)).await
}

impl<P: Publisher, C: ChangeBook, O: OrderSearch> Backoffice<P, C, O> {
    async fn home_page(
        &self,
        actor: &Actor,
        reader: &Reader,
        notice: Option<OfficeNotice>,
    ) -> Result<Response, PageProblem> {
        let restaurants: Vec<_> =
            self.shops_of(actor).iter().map(|shop| self.restaurant_card(shop)).collect();
        let is_first_time = *actor == Actor::Token && !self.accounts.has_any().await?;
        Ok(page(office_home(&OfficeHome {
            reader,
            staff: self.staff(actor),
            restaurants: &restaurants,
            is_first_time,
            notice,
        })))
    }

    fn restaurant_card(&self, shop: &Shop) -> OfficeRestaurant {
        let restaurant = &shop.restaurant;
        let (_, menu) = self.whole_menu(&restaurant.id);
        let supplies = self.catalog.supplies(&restaurant.id, &menu);
        let items: Vec<_> = menu.categories().iter().flat_map(|category| &category.items).collect();
        let shown: Vec<_> = items.iter().filter(|item| !item.hidden).collect();
        let count = |supply: Availability| {
            let has_supply = |item: &&&&domain::menu::Item| {
                Availability::with_low(supplies.left(&item.id), item.low_stock) == supply
            };
            shown.iter().filter(has_supply).count()
        };
        OfficeRestaurant {
            id: restaurant.id.clone(),
            name: restaurant.name.to_string(),
            is_open: restaurant.opening(self.clock.now()).is_open(),
            dishes: shown.len(),
            hidden: items.len() - shown.len(),
            sold_out: count(Availability::SoldOut),
            low: count(Availability::Low),
        }
    }
}
