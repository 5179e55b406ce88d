//! The report as JSON.

use domain::{
    books::{Amounts, DayBooks, Direction},
    payment_method::MethodKind,
};
use serde_json::{Value, json};

use super::DayReport;

/// The report as JSON. Amounts are minor units; refunds are negative, so that sales and refunds
/// come to the balance.
pub fn report_json(report: &DayReport) -> Value {
    json!({
        "restaurant_id": report.restaurant.id.as_str(),
        "restaurant_name": report.restaurant.name.as_str(),
        "date": report.date,
        "time_zone": report.restaurant.time_zone.to_string(),
        "from": report.from,
        "to": report.to,
        "closed": report.is_closed(),
        "as_of": report.read_at,
        "books": report.books.iter().map(books_json).collect::<Vec<_>>(),
    })
}

fn books_json(books: &DayBooks) -> Value {
    let mut all = directions(|direction| books.sum(None, direction));
    all["sales"]["count"] = json!(books.movements(None, Direction::Sale));
    all["refunds"]["count"] = json!(books.movements(None, Direction::Refund));
    all["currency"] = json!(books.currency.code());
    let methods = books.methods();
    all["methods"] = methods.into_iter().map(|method| method_json(books, method)).collect();
    all["taxes"] = books
        .rates()
        .into_iter()
        .map(|rate| {
            let mut at = directions(|direction| books.sum_at(Some(rate), direction));
            at["id"] = json!(rate.id.as_str());
            at["name"] = json!(rate.name.as_ref().map(ToString::to_string));
            at["percent"] = json!(rate.percent.map(|percent| percent.to_string()));
            at
        })
        .collect();
    all
}

fn method_json(books: &DayBooks, method: MethodKind) -> Value {
    let mut own = directions(|direction| books.sum(Some(method), direction));
    own["method"] = json!(method.name());
    own["sales"]["count"] = json!(books.movements(Some(method), Direction::Sale));
    own["refunds"]["count"] = json!(books.movements(Some(method), Direction::Refund));
    own
}

/// Sales, refunds, and what is left.
fn directions(sum: impl Fn(Option<Direction>) -> Amounts) -> Value {
    json!({
        "sales": amounts_json(sum(Some(Direction::Sale))),
        "refunds": amounts_json(sum(Some(Direction::Refund))),
        "balance": amounts_json(sum(None)),
    })
}

fn amounts_json(amounts: Amounts) -> Value {
    json!({
        "dishes_minor": amounts.dishes_minor,
        "delivery_minor": amounts.delivery_minor,
        "net_minor": amounts.net_minor(),
        "tax_minor": amounts.tax_minor,
        "gross_minor": amounts.gross_minor(),
        "tips_minor": amounts.tips_minor,
        "total_minor": amounts.total_minor(),
    })
}
