//! `/backoffice/orders`: finding an order.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Query, State},
    response::Response,
};
use domain::{
    ids::{OrderId, RestaurantId},
    ports::{ChangeBook, OrderSearch, OrderText, OrderView, OrdersWanted},
    staff::{Permission, Who},
};
use events::Publisher;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use ui::pages::{FindOrders, OrdersQuery, RestaurantChoice, find_orders};

use super::Backoffice;
use web::{
    Problem, ReadBy,
    page::{PageProblem, page},
};

/// Orders on one page.
const SHOWN: u32 = 30;

#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    restaurant: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    day: String,
    /// Where the last page ended: microseconds since 1970, and the order.
    #[serde(default)]
    before: String,
}

impl Asked {
    fn cursor(&self) -> Option<(Timestamp, OrderId)> {
        let (at, id) = self.before.split_once('.')?;
        Some((Timestamp::from_microsecond(at.parse().ok()?).ok()?, id.parse().ok()?))
    }

    /// The first and the last moment of the day, in a zone; `Err` for what is no day.
    fn day(&self, zone: &TimeZone) -> Result<(Option<Timestamp>, Option<Timestamp>), ()> {
        if self.day.is_empty() {
            return Ok((None, None));
        }
        let date: Date = self.day.parse().map_err(drop)?;
        let begin = |date: Date| date.to_zoned(zone.clone()).map(|at| at.timestamp()).map_err(drop);
        Ok((Some(begin(date)?), Some(begin(date.tomorrow().map_err(drop)?)?)))
    }
}

/// Orders that fit what somebody remembers; of the restaurants of whoever asks.
pub(super) async fn find<P: Publisher, C: ChangeBook, O: OrderSearch>(
    State(office): State<Arc<Backoffice<P, C, O>>>,
    Extension(who): Extension<Who>,
    ReadBy(reader): ReadBy,
    Query(asked): Query<Asked>,
) -> Result<Response, PageProblem> {
    let restaurant: Option<RestaurantId> = asked.restaurant.parse().ok();
    let allowed = |id: &RestaurantId| who.may_at(Permission::SeeOrders, id);
    if !restaurant.as_ref().map_or(who.is_everywhere(), allowed) {
        return Err(Problem::not_allowed().into());
    }
    let shop = restaurant.as_ref().and_then(|id| office.catalog.shop(id));
    let zone = shop.map_or(TimeZone::UTC, |shop| shop.restaurant.time_zone.zone());
    let day = asked.day(&zone);
    let (from, to) = day.unwrap_or_default();
    let wanted = OrdersWanted {
        restaurant,
        text: OrderText::read(&asked.q),
        status: asked.status.parse().ok(),
        from,
        to,
        before: asked.cursor(),
        limit: SHOWN + 1,
    };
    let mut found = office.orders.find(&wanted).await?;
    let more = found.len() > SHOWN as usize;
    found.truncate(SHOWN as usize);
    let older = found.last().filter(|_| more).and_then(|last| older(&asked, last));
    let choice = |shop: crate::catalog::Shop| RestaurantChoice {
        id: shop.restaurant.id.clone(),
        name: shop.restaurant.name.to_string(),
    };
    let restaurants: Vec<_> = office.shops_of(&who).into_iter().map(choice).collect();
    let Asked { q: text, restaurant, status, day: typed, .. } = asked;
    let query = OrdersQuery { text, restaurant, status, day: typed };
    Ok(page(find_orders(&FindOrders {
        reader: &reader,
        staff: office.staff(&who),
        query: &query,
        wrong_day: day.is_err(),
        restaurants: &restaurants,
        found: &found,
        older,
        zone,
        now: office.clock.now(),
    })))
}

fn older(asked: &Asked, last: &OrderView) -> Option<String> {
    let at = last.order.as_ref()?.placed_at.as_microsecond();
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    Some(format!(
        "/backoffice/orders?q={}&restaurant={}&status={}&day={}&before={at}.{}",
        encode(&asked.q),
        encode(&asked.restaurant),
        encode(&asked.status),
        encode(&asked.day),
        last.order_id
    ))
}
