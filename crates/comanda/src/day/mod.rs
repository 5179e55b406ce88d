//! `comanda day`: the closing report of a business day, compared with the gateway's balance.

mod gateway;
mod json;
mod table;

use std::{process::ExitCode, sync::Arc};

use clap::Args;
use clock::SystemClock;
use domain::{
    business_day::BusinessDay,
    ids::RestaurantId,
    ports::{ChangeBook, Clock as _, Unavailable},
    restaurant::Restaurant,
};
use events::menu::RestaurantBody;
use jiff::{Timestamp, civil::Date};
use services::backoffice::days::{DayError, DayReport, Decimal, parse_date, report_table};
use sql::{Database, SqlBooks, SqlChanges};
use stripe::StripeGateway;

use self::gateway::GatewayDay;
use crate::{
    audit::find_gateway, config::Settings, connect::open_database, data::database_url,
    fault::Fault, output,
};

#[derive(Debug, Args)]
pub(crate) struct DayArgs {
    /// The restaurant's id
    restaurant: String,
    /// The date on which the day started, such as 2026-11-22; or today, or yesterday
    date: String,
    /// Print the report as JSON
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Print the ledger's report as CSV, without the gateway
    #[arg(long)]
    csv: bool,
    /// Leave out the payment gateway
    #[arg(long)]
    without_gateway: bool,
}

/// Prints the report. Exit code 1 if the gateway's balance differs.
pub(crate) async fn day(settings: Settings, args: &DayArgs) -> Result<ExitCode, Fault> {
    let id = args.restaurant.parse().map_err(|error| {
        Fault::usage(format!("{:?} is no restaurant: it {error}", args.restaurant))
    })?;
    let gateway = match args.without_gateway || args.csv {
        true => None,
        false => Some(find_gateway(&settings)?),
    };
    let database = open_database(&database_url(&settings)?, settings.database_connections).await?;
    let read = read(&database, &id, &args.date, gateway.as_ref()).await;
    database.close().await;
    let (report, compared) = read?;
    if args.csv {
        let table = report_table(&report, Decimal::Point).map_err(Fault::system)?;
        output::print_line(table.trim_end());
    } else if args.json {
        output::print_line(json::report(&report, compared.as_ref()));
    } else {
        output::print_line(table::report(&report, compared.as_ref()).trim_end());
    }
    let is_clean = compared.is_none_or(|day| day.comparison.differences.is_empty());
    Ok(if is_clean { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

async fn read(
    database: &Database,
    id: &RestaurantId,
    date: &str,
    gateway: Option<&StripeGateway>,
) -> Result<(DayReport, Option<GatewayDay>), Fault> {
    let now = SystemClock.now();
    let restaurant = find_restaurant(database, id).await.map_err(Fault::unavailable)?;
    let restaurant = restaurant.ok_or_else(|| {
        Fault::usage(format!("there is no restaurant {id}, or the back office has yet to read it"))
    })?;
    let date = find_date(&restaurant, date, now)?;
    let books = SqlBooks::new(database.clone());
    let report = DayReport::read(&books, Arc::new(restaurant), date, now).await;
    let report = report.map_err(|error| match error {
        DayError::NoSuchDay => Fault::usage(error),
        DayError::Unavailable(_) | DayError::Books(_) => Fault::unavailable(error),
    })?;
    let compared = match gateway {
        None => None,
        Some(gateway) => Some(gateway::compare(gateway, &books, id, &report).await?),
    };
    Ok((report, compared))
}

/// A restaurant, as the back office last saw it published.
async fn find_restaurant(
    database: &Database,
    id: &RestaurantId,
) -> Result<Option<Restaurant>, Unavailable> {
    let key = format!("restaurant/{id}");
    let known = SqlChanges::new(database.clone()).published(std::slice::from_ref(&key)).await?;
    let body = known.get(&key).and_then(|known| serde_json::from_str(&known.body).ok());
    Ok(body.and_then(|body: RestaurantBody| body.check(id.clone()).ok()))
}

fn find_date(restaurant: &Restaurant, text: &str, now: Timestamp) -> Result<Date, Fault> {
    let (zone, starts) = (restaurant.time_zone.zone(), restaurant.business_day_starts);
    let today = BusinessDay::at(now, &zone, starts).date;
    match text {
        "today" => Ok(today),
        "yesterday" => today.yesterday().map_err(Fault::usage),
        text => parse_date(text).map_err(|_| {
            Fault::usage(format!(
                "{text:?} is no date: write it as 2026-11-22, or today, or yesterday"
            ))
        }),
    }
}

#[cfg(test)]
mod tests {
    use domain::fixtures;

    use super::*;

    #[test]
    fn days_are_the_restaurant_s() {
        // 04:30 in Rome: yesterday's evening is not over.
        let now = "2026-11-22T03:30:00Z".parse().unwrap();
        let find =
            |text| find_date(&fixtures::restaurant(), text, now).map(|date| date.to_string());
        assert_eq!(find("today").unwrap(), "2026-11-21");
        assert_eq!(find("yesterday").unwrap(), "2026-11-20");
        assert_eq!(find("2026-11-22").unwrap(), "2026-11-22");
        assert!(find("22.11.2026").is_err());
    }
}
