//! `GET /api/analytics/summary`.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json,
    extract::{Query, State},
};
use domain::{
    facts::{Scope, Summary},
    money::Currency,
    ports::{FactStore, LagProbe},
    status::Status,
    violation::Violations,
};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    Figures,
    query::{parse_scope, parse_time},
};
use web::Problem;

/// The query string of the summary.
#[derive(Deserialize)]
pub(super) struct SpanQuery {
    #[serde(default)]
    restaurant_id: String,
    #[serde(default)]
    from: Option<String>,
    #[serde(default)]
    to: Option<String>,
}

impl SpanQuery {
    fn parse(&self) -> Result<(Scope, Option<Timestamp>, Option<Timestamp>), Violations> {
        let time = |name, text: &Option<String>| match text.as_deref() {
            None | Some("") => Ok(None),
            Some(text) => parse_time(name, text).map(Some),
        };
        Ok((
            parse_scope("restaurant_id", &self.restaurant_id)?,
            time("from", &self.from)?,
            time("to", &self.to)?,
        ))
    }
}

pub(super) async fn show_summary<F: FactStore, L: LagProbe>(
    State(figures): State<Arc<Figures<F, L>>>,
    Query(span): Query<SpanQuery>,
) -> Result<Json<Value>, Problem> {
    let (scope, from, to) = span.parse()?;
    let summary = figures.facts.summary(&scope, from, to).await?;
    let lag_records = figures.lag.lag_records().await;
    Ok(Json(summary_json(&summary, lag_records)))
}

fn summary_json(summary: &Summary, lag_records: Option<u64>) -> Value {
    let count = |status| summary.orders.get(&status).copied().unwrap_or(0);
    let amounts = |amounts: &BTreeMap<Currency, i64>| {
        let pairs = amounts.iter().map(|(currency, minor)| (currency.to_string(), json!(minor)));
        Value::Object(pairs.collect::<Map<_, _>>())
    };
    let top = summary.top_items.iter().map(|dish| {
        json!({
            "item_id": dish.item_id.as_str(), "name": dish.name.as_str(),
            "quantity": dish.quantity, "revenue_minor": dish.revenue_minor,
        })
    });
    json!({
        "orders": {
            "placed": count(Status::Placed),
            "confirmed": count(Status::Confirmed),
            "declined": count(Status::Declined),
            "cancelled": count(Status::Cancelled),
            "completed": count(Status::Completed),
        },
        "revenue_minor": amounts(&summary.revenue_minor),
        "refunded_minor": amounts(&summary.refunded_minor),
        "items_sold": summary.items_sold,
        "average_order_minor": amounts(&summary.average_minor()),
        "customers": {"unique": summary.customers, "returning": summary.returning},
        "top_items": top.collect::<Vec<_>>(),
        "as_of": {"lag_records": lag_records, "event_time": summary.event_time},
    })
}
