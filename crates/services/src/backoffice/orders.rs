//! `/backoffice/orders`: searches orders.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Query, State},
    response::Response,
};
use domain::{
    ids::{OrderId, RestaurantId},
    ports::{ChangeBook, OrderSearch, OrderSearchQuery, OrderText, OrderView},
    staff::{Actor, Permission},
};
use events::Publisher;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use ui::pages::{OrderSearchPage, OrdersQuery, RestaurantChoice, find_orders};

use super::Backoffice;
use web::{
    Problem, ReadBy,
    page::{PageProblem, page},
};

/// Orders per page.
const PAGE_SIZE: u32 = 30;

#[derive(Deserialize)]
pub(super) struct SearchQuery {
    #[serde(default)]
    q: String,
    #[serde(default)]
    restaurant: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    day: String,
    /// The last order of the previous page: microseconds since 1970, a point, and its id.
    #[serde(default)]
    before: String,
}

impl SearchQuery {
    fn cursor(&self) -> Option<(Timestamp, OrderId)> {
        let (at, id) = self.before.split_once('.')?;
        Some((Timestamp::from_microsecond(at.parse().ok()?).ok()?, id.parse().ok()?))
    }

    /// Start and end of the day in a time zone; `Err` if the text is not a date.
    fn day_span(&self, zone: &TimeZone) -> Result<(Option<Timestamp>, Option<Timestamp>), ()> {
        if self.day.is_empty() {
            return Ok((None, None));
        }
        let date: Date = self.day.parse().map_err(drop)?;
        let begin = |date: Date| date.to_zoned(zone.clone()).map(|at| at.timestamp()).map_err(drop);
        Ok((Some(begin(date)?), Some(begin(date.tomorrow().map_err(drop)?)?)))
    }
}

/// Lists the orders that match a search, within the restaurants of the actor.
pub(super) async fn find<P: Publisher, C: ChangeBook, O: OrderSearch>(
    State(office): State<Arc<Backoffice<P, C, O>>>,
    Extension(actor): Extension<Actor>,
    ReadBy(reader): ReadBy,
    Query(query): Query<SearchQuery>,
) -> Result<Response, PageProblem> {
    let restaurant: Option<RestaurantId> = query.restaurant.parse().ok();
    let allowed = |id: &RestaurantId| actor.may_at(Permission::SeeOrders, id);
    if !restaurant.as_ref().map_or(actor.is_everywhere(), allowed) {
        return Err(Problem::not_allowed().into());
    }
    let shop = restaurant.as_ref().and_then(|id| office.catalog.shop(id));
    let zone = shop.map_or(TimeZone::UTC, |shop| shop.restaurant.time_zone.zone());
    let day = query.day_span(&zone);
    let (from, to) = day.unwrap_or_default();
    let wanted = OrderSearchQuery {
        restaurant,
        text: OrderText::from_input(&query.q),
        status: query.status.parse().ok(),
        from,
        to,
        before: query.cursor(),
        limit: PAGE_SIZE + 1,
    };
    let mut found = office.orders.find(&wanted).await?;
    let more = found.len() > PAGE_SIZE as usize;
    found.truncate(PAGE_SIZE as usize);
    let older = found.last().filter(|_| more).and_then(|last| older_link(&query, last));
    let choice = |shop: crate::catalog::Shop| RestaurantChoice {
        id: shop.restaurant.id.clone(),
        name: shop.restaurant.name.to_string(),
    };
    let restaurants: Vec<_> = office.shops_of(&actor).into_iter().map(choice).collect();
    let SearchQuery { q: text, restaurant, status, day: day_text, .. } = query;
    let query = OrdersQuery { text, restaurant, status, day: day_text };
    Ok(page(find_orders(&OrderSearchPage {
        reader: &reader,
        staff: office.staff(&actor),
        query: &query,
        has_wrong_day: day.is_err(),
        restaurants: &restaurants,
        found: &found,
        older,
        zone,
        now: office.clock.now(),
    })))
}

fn older_link(query: &SearchQuery, last: &OrderView) -> Option<String> {
    let at = last.order.as_ref()?.placed_at.as_microsecond();
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    Some(format!(
        "/backoffice/orders?q={}&restaurant={}&status={}&day={}&before={at}.{}",
        encode(&query.q),
        encode(&query.restaurant),
        encode(&query.status),
        encode(&query.day),
        last.order_id
    ))
}
