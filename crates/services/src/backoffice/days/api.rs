//! `GET /api/restaurants/{id}/days/{date}`: JSON, or CSV by `Accept` or by the suffix `.csv`.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, Query, State},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use domain::{ports::LedgerReader, violation::Violations};
use serde::Deserialize;
use web::{Problem, file::attachment};

use super::{DayReport, Days, Decimal, parse_date, report_json, report_table};

#[derive(Deserialize)]
pub(super) struct TableQuery {
    /// `comma`: numbers and fields of the CSV as spreadsheets in much of Europe expect them.
    #[serde(default)]
    decimal: String,
}

impl TableQuery {
    fn decimal(&self) -> Result<Decimal, Violations> {
        match self.decimal.as_str() {
            "" | "point" => Ok(Decimal::Point),
            "comma" => Ok(Decimal::Comma),
            _ => Err(Violations::one("decimal", "must be point or comma")),
        }
    }
}

pub(super) async fn show_day<L: LedgerReader>(
    State(days): State<Arc<Days<L>>>,
    Path((id, file)): Path<(String, String)>,
    Query(query): Query<TableQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let shop = days.restaurant(&id)?;
    let (date, kind) = file.rsplit_once('.').unwrap_or((&file, ""));
    let is_table = match kind {
        "" => prefers_table(&headers),
        "json" => false,
        "csv" => true,
        _ => return Err(Problem::not_found("report")),
    };
    let (date, decimal) = (parse_date(date)?, query.decimal()?);
    let report = DayReport::read(&days.ledger, shop.restaurant, date, days.clock.now()).await?;
    let mut response = if is_table {
        let table = report_table(&report, decimal);
        let table = table.map_err(|error| Problem::unavailable(error.to_string()))?;
        attachment("text/csv; charset=utf-8", &format!("{id}-{date}.csv"), table)
    } else {
        Json(report_json(&report)).into_response()
    };
    if kind.is_empty() {
        response.headers_mut().append(header::VARY, HeaderValue::from_static("accept"));
    }
    Ok(response)
}

/// True if CSV is preferred to JSON (RFC 9110 §12.5.1).
fn prefers_table(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(header::ACCEPT).iter().filter_map(|line| line.to_str().ok());
    let (mut table, mut json) = (0.0_f32, 0.0_f32);
    for range in lines.flat_map(|line| line.split(',')) {
        let mut parts = range.split(';').map(str::trim);
        let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
        let q = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
        let q: f32 = q.map_or(Ok(1.0), str::parse).unwrap_or(0.0);
        match kind.as_str() {
            "text/csv" => table = table.max(q),
            "application/json" => json = json.max(q),
            _ => {}
        }
    }
    table > json
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_is_sent_to_those_who_prefer_it() {
        for (accept, expected) in [
            ("text/csv", true),
            ("Text/CSV; q=0.5, */*;q=0.1", true),
            ("text/csv;q=0.5, application/json", false),
            ("application/json, text/csv", false),
            ("text/html,application/xhtml+xml,*/*;q=0.8", false),
            ("text/csv;q=0", false),
            ("", false),
        ] {
            let headers = [(header::ACCEPT, accept.parse().unwrap())].into_iter().collect();
            assert_eq!(prefers_table(&headers), expected, "{accept}");
        }
    }
}
