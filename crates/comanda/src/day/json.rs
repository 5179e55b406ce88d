//! The report as JSON.

use domain::{
    books::{OneSided, Tally},
    money::Currency,
};
use serde_json::{Value, json};
use services::backoffice::days::{DayReport, report_json};

use super::gateway::GatewayDay;

/// The report of the API, with the comparison under `gateway`.
pub(super) fn report(report: &DayReport, compared: Option<&GatewayDay>) -> Value {
    let mut all = report_json(report);
    all["gateway"] = compared.map_or(Value::Null, gateway_json);
    all
}

fn gateway_json(day: &GatewayDay) -> Value {
    let comparison = &day.comparison;
    let movements = comparison.movements.iter().map(|((direction, currency), both)| {
        json!({
            "movement": direction.name(),
            "currency": currency.code(),
            "ledger": tally_json(both.ledger),
            "gateway": tally_json(both.gateway),
            "difference_minor": both.gateway.minor.saturating_sub(both.ledger.minor),
        })
    });
    let disputes = comparison.disputes.iter().map(|(currency, tally)| {
        json!({"currency": currency, "count": tally.count, "amount_minor": tally.minor})
    });
    let fees = comparison.fees_minor.iter();
    let fees = fees.map(|(currency, minor)| json!({"currency": currency, "amount_minor": minor}));
    let of_the_account = day.of_the_account.iter().map(|((category, currency), tally)| {
        json!({
            "category": category, "currency": currency,
            "count": tally.count, "net_minor": tally.minor,
        })
    });
    json!({
        "movements": movements.collect::<Vec<_>>(),
        "disputes": disputes.collect::<Vec<_>>(),
        "fees": fees.collect::<Vec<_>>(),
        "other_days": comparison.other_days.iter().map(one_json).collect::<Vec<_>>(),
        "differences": comparison.differences.iter().map(one_json).collect::<Vec<_>>(),
        "of_the_account": of_the_account.collect::<Vec<_>>(),
    })
}

fn tally_json(tally: Tally) -> Value {
    json!({"count": tally.count, "amount_minor": tally.minor})
}

fn one_json(one: &OneSided) -> Value {
    let currency: Currency = one.money.currency;
    json!({
        "order_id": one.order.to_string(),
        "movement": one.direction.name(),
        "amount_minor": one.money.minor,
        "currency": currency.code(),
        "booked_at": one.booked_at,
        "moved_at": one.moved_at,
    })
}
