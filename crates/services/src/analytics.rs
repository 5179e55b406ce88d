//! order_details · order_confirmed · order_declined · order_progress · order_refunded → facts and
//! figures
//!
//! Each step of each order is one fact, counted once however often it is told.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    Extension, Json, Router,
    extract::{Query, State},
    middleware::from_fn_with_state,
    response::{Response, Sse, sse::Event},
    routing::get,
};
use domain::{
    facts::{Fact, FactKind, Summary},
    ids::RestaurantId,
    order::Order,
    ports::{FactStore, LagProbe, Unavailable},
    staff::Who,
    status::Status,
    violation::Refused,
};
use events::{DecodeError, Handler, OrderEvent, Outcome, Pace, Record, Topic, order_refunded};
use futures::Stream;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use ui::{
    Staff,
    pages::{AnalyticsPage, RestaurantChoice, analytics},
};

use crate::{
    SharedClock,
    catalog::Catalog,
    live::LiveOrders,
    secret::Secret,
    web::{
        Access, Problem, ReadBy,
        live::{look_again, sse},
        page::{PageProblem, page},
        staff::staff_only,
    },
};

/// Counts orders.
pub struct Counting<F> {
    /// Where facts are kept.
    pub facts: F,
    /// Turns customers into keyed hashes.
    pub secret: Secret,
}

impl<F: FactStore> Handler for Counting<F> {
    const GROUP: &'static str = "analytics";
    const TOPICS: &'static [Topic] = &[
        Topic::OrderDetails,
        Topic::OrderConfirmed,
        Topic::OrderDeclined,
        Topic::OrderProgress,
        Topic::OrderRefunded,
    ];
    const PRODUCES: &'static [Topic] = &[];
    // Faster than anybody reads, and the facts of one order mostly come together.
    const PACE: Pace = Pace::batches(Duration::from_millis(50));

    async fn handle(&self, records: &[Record]) -> Result<Vec<Outcome>, Unavailable> {
        let (mut facts, mut outcomes) = (Vec::new(), Vec::with_capacity(records.len()));
        for record in records {
            outcomes.push(match happened(record) {
                Err(error) => Outcome::Dead(error.to_string()),
                Ok((order, kind, at)) => {
                    let customer = self.secret.customer(&order.customer.email);
                    facts.push(Fact::new(&order, kind, at, customer));
                    Outcome::Done(Vec::new())
                }
            });
        }
        if !facts.is_empty() {
            self.facts.record(facts).await?;
        }
        Ok(outcomes)
    }
}

/// What a record tells, about which order, and when it was.
fn happened(record: &Record) -> Result<(Order, FactKind, Timestamp), DecodeError> {
    if record.topic == Topic::OrderRefunded {
        let (order, refund) = order_refunded::read(record)?;
        return Ok((order, FactKind::Refunded, refund.at));
    }
    let OrderEvent { order, change } = OrderEvent::read(record)?;
    Ok((order, change.status.into(), change.at))
}

/// What the HTTP side of analytics needs.
pub struct Figures<F, L> {
    /// Where facts are kept.
    pub facts: F,
    /// How far the counting is behind.
    pub lag: L,
    /// For names of restaurants.
    pub catalog: Arc<Catalog>,
    /// For dashboards that are open.
    pub live: Arc<LiveOrders>,
    /// Who may see it.
    pub access: Access,
    /// The time.
    pub clock: SharedClock,
    /// True where the built-in mailbox exists.
    pub mailbox: bool,
}

/// The routes of analytics.
pub fn routes<F: FactStore, L: LagProbe>(figures: Arc<Figures<F, L>>) -> Router {
    Router::new()
        .route("/analytics", get(dashboard))
        .route("/api/analytics/summary", get(summary))
        .route("/api/analytics/events", get(events))
        .layer(from_fn_with_state(figures.access.clone(), staff_only))
        .with_state(figures)
}

/// What figures are asked for, as text.
#[derive(Deserialize)]
struct SpanQuery {
    #[serde(default)]
    restaurant_id: String,
    #[serde(default)]
    from: Option<String>,
    #[serde(default)]
    to: Option<String>,
}

/// What figures are asked for.
struct Span {
    restaurant: Option<RestaurantId>,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
}

impl SpanQuery {
    fn parse(&self) -> Result<Span, Refused> {
        let restaurant = match self.restaurant_id.as_str() {
            "" => None,
            id => Some(id.parse().map_err(|e| Refused::one("restaurant_id", format!("{e}")))?),
        };
        let time = |name: &str, text: &Option<String>| match text.as_deref() {
            None | Some("") => Ok(None),
            Some(text) => {
                let wrong = || Refused::one(name, "must be a time such as 2026-11-22T12:00:00Z");
                text.parse().map(Some).map_err(|_| wrong())
            }
        };
        Ok(Span { restaurant, from: time("from", &self.from)?, to: time("to", &self.to)? })
    }
}

async fn summary<F: FactStore, L: LagProbe>(
    State(figures): State<Arc<Figures<F, L>>>,
    Query(span): Query<SpanQuery>,
) -> Result<Json<Value>, Problem> {
    let Span { restaurant, from, to } = span.parse()?;
    let summary = figures.facts.summary(restaurant.as_ref(), from, to).await?;
    let lag_records = figures.lag.lag_records().await;
    Ok(Json(summary_json(&summary, lag_records)))
}

fn summary_json(summary: &Summary, lag_records: Option<u64>) -> Value {
    let count = |status| summary.orders.get(&status).copied().unwrap_or(0);
    let amounts = |amounts: &std::collections::BTreeMap<domain::money::Currency, i64>| {
        let pairs = amounts.iter().map(|(currency, minor)| (currency.to_string(), json!(minor)));
        Value::Object(pairs.collect::<Map<_, _>>())
    };
    let top = summary.top_items.iter().map(|(id, item)| {
        json!({
            "item_id": id.as_str(), "name": item.name.as_str(),
            "quantity": item.quantity, "revenue_minor": item.revenue_minor,
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

async fn events<F: FactStore, L: LagProbe>(
    State(figures): State<Arc<Figures<F, L>>>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    sse(look_again(figures.live.bell(), "summary", |_| true))
}

#[derive(Deserialize)]
struct Which {
    #[serde(default)]
    restaurant: String,
}

async fn dashboard<F: FactStore, L: LagProbe>(
    State(figures): State<Arc<Figures<F, L>>>,
    ReadBy(reader): ReadBy,
    Extension(who): Extension<Who>,
    Query(which): Query<Which>,
) -> Result<Response, PageProblem> {
    let selected: Option<RestaurantId> = which.restaurant.parse().ok();
    let summary = figures.facts.summary(selected.as_ref(), None, None).await?;
    let shops = figures.catalog.shops();
    let shown = shops.iter().find(|shop| Some(&shop.restaurant.id) == selected.as_ref());
    let zone = shown.or(shops.first()).map(|shop| shop.restaurant.time_zone.clone());
    let restaurants: Vec<_> = shops
        .iter()
        .filter(|shop| who.works_at(&shop.restaurant.id))
        .map(|shop| RestaurantChoice {
            id: shop.restaurant.id.clone(),
            name: shop.restaurant.name.to_string(),
        })
        .collect();
    // Before there is any restaurant, hours are told in UTC.
    let utc = || "UTC".parse().map_err(|e| Refused::one("time_zone", format!("{e}")));
    Ok(page(analytics(&AnalyticsPage {
        reader,
        restaurants: &restaurants,
        selected,
        summary: &summary,
        lag_records: figures.lag.lag_records().await,
        now: figures.clock.now(),
        time_zone: zone.map_or_else(utc, Ok)?,
        staff: Staff::of(&who, figures.mailbox),
    })))
}
