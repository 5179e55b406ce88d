//! `/backoffice/r/{restaurant}/days/{date}`: the report as a page.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    business_day::BusinessDay, ports::LedgerReader, restaurant::Restaurant, staff::Actor,
};
use jiff::{Timestamp, civil::Date};
use serde::Deserialize;
use ui::{
    Staff,
    pages::{DayPage, RestaurantHeader, day},
};
use web::{
    ReadBy,
    page::{PageProblem, page},
};

use super::{DayReport, Days, parse_date};

#[derive(Deserialize)]
pub(super) struct DayQuery {
    /// The date to show; the current day without it.
    #[serde(default)]
    date: String,
}

/// The date of the current business day.
fn today(restaurant: &Restaurant, now: Timestamp) -> Date {
    let zone = restaurant.time_zone.zone();
    BusinessDay::at(now, &zone, restaurant.business_day_starts).date
}

/// Leads to the current day, or to the one that was chosen.
pub(super) async fn choose_day<L: LedgerReader>(
    State(days): State<Arc<Days<L>>>,
    Path(id): Path<String>,
    Query(query): Query<DayQuery>,
) -> Result<Response, PageProblem> {
    let shop = days.restaurant(&id)?;
    let date = match query.date.as_str() {
        "" => today(&shop.restaurant, days.clock.now()),
        text => parse_date(text)?,
    };
    Ok(Redirect::to(&format!("/backoffice/r/{}/days/{date}", shop.restaurant.id)).into_response())
}

/// Shows a day.
pub(super) async fn show_day<L: LedgerReader>(
    State(days): State<Arc<Days<L>>>,
    Extension(actor): Extension<Actor>,
    ReadBy(reader): ReadBy,
    Path((id, date)): Path<(String, String)>,
) -> Result<Response, PageProblem> {
    let shop = days.restaurant(&id)?;
    let (date, now) = (parse_date(&date)?, days.clock.now());
    let report = DayReport::read(&days.ledger, shop.restaurant, date, now).await;
    let report = report.map_err(web::Problem::from)?;
    let restaurant = &report.restaurant;
    Ok(page(day(&DayPage {
        header: RestaurantHeader {
            reader: &reader,
            staff: Staff::of(&actor, days.mailbox),
            restaurant: &restaurant.id,
            name: restaurant.name.as_str(),
        },
        restaurant,
        date,
        from: report.from,
        to: report.to,
        now,
        today: today(restaurant, now),
        books: &report.books,
    })))
}
