//! The dashboard, the exports of its charts, and the orders behind its figures.

use axum::http::{Method, StatusCode, header};
use domain::{
    facts::{Fact, FactKind, Reason},
    fixtures,
    order::Order,
    payment::DeclineReason,
    ports::FactStore,
    status::Status,
};
use http_body_util::BodyExt;
use jiff::Timestamp;

use super::shop::{Answer, STAFF, Shop, assert_problem, request};

/// Start of the shop's clock, in seconds since 1970.
const NOW_S: i64 = 1_700_000_000;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn placed(n: u128, second: i64) -> Order {
    let mut parts = fixtures::order_parts(n);
    parts.placed_at = at(second);
    Order::try_from(parts).unwrap()
}

/// Two orders placed a minute ago, one of them declined, and one placed last week.
async fn busy() -> Shop {
    let shop = Shop::open();
    let fact = |order: &Order, kind: FactKind, second, reason: Reason| {
        Fact::new(order, kind, at(second), "c1".into()).because(reason)
    };
    let (one, two) = (placed(1, NOW_S - 60), placed(2, NOW_S - 60));
    let three = placed(3, NOW_S - 7 * 86_400 - 60);
    let declined = Status::Declined.into();
    let facts = vec![
        fact(&one, Status::Placed.into(), NOW_S - 60, Reason::NONE),
        fact(&one, FactKind::CONFIRMED, NOW_S - 58, Reason::NONE),
        fact(&two, Status::Placed.into(), NOW_S - 60, Reason::NONE),
        fact(&two, declined, NOW_S - 59, DeclineReason::CardDeclined.into()),
        fact(&three, FactKind::CONFIRMED, NOW_S - 7 * 86_400 - 50, Reason::NONE),
    ];
    shop.world.tables.record(facts).await.unwrap();
    shop
}

async fn get(shop: &Shop, path: &str) -> Answer {
    shop.staff(Method::GET, path, "").await
}

#[tokio::test]
async fn the_dashboard_shows_every_range_in_every_language() {
    let shop = busy().await;
    for range in ["", "hour", "day", "week", "month", "year"] {
        for show in ["", "wall"] {
            let path = format!("/analytics?restaurant=bella-napoli&range={range}&show={show}");
            let answer = get(&shop, &path).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}");
            assert!(answer.body.contains("€22.00") && answer.body.contains("<svg"), "{path}");
            assert!(answer.body.contains("/analytics/orders?restaurant=bella-napoli&amp;kind="));
        }
    }
    let bearer = format!("Bearer {STAFF}");
    let headers = [("authorization", &*bearer), ("accept-language", "it")];
    let italian = shop.send(request(Method::GET, "/analytics", &headers, "")).await;
    assert!(italian.body.contains("Incasso") && italian.body.contains("22,00"), "{}", italian.body);
    let empty = get(&Shop::open(), "/analytics").await;
    assert!(empty.body.contains("Nothing counted yet"));
    assert_eq!(get(&shop, "/analytics?range=eon").await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_figure_leads_to_its_orders() {
    let shop = busy().await;
    let page = get(&shop, "/analytics?restaurant=bella-napoli").await.body;
    let links = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let lists: Vec<_> = links.filter(|to| to.starts_with("/analytics/orders")).collect();
    let to = |what: &str| lists.iter().find(|to| to.contains(what)).unwrap().replace("&amp;", "&");
    let paid = get(&shop, &to("kind=confirmed")).await;
    let (one, two) = (fixtures::order(1).id, fixtures::order(2).id);
    assert!(paid.body.contains(&format!("/orders/{one}")), "{}", paid.body);
    assert!(!paid.body.contains(&format!("/orders/{two}")));
    assert!(paid.body.contains("Margherita") && paid.body.contains("1 order"));
    let lost = get(&shop, &to("reason=card_declined")).await;
    assert!(lost.body.contains(&format!("/orders/{two}")) && lost.body.contains("Card declined"));
    for bad in ["kind=eaten&from=&to=", "kind=placed&from=x&to=y", "kind=placed&reason=z"] {
        let answer = get(&shop, &format!("/analytics/orders?{bad}")).await;
        assert!(answer.status.is_client_error(), "{bad}: {}", answer.status);
    }
}

#[tokio::test]
async fn each_chart_can_be_exported() {
    let shop = busy().await;
    let names = [
        "sales",
        "funnel",
        "lost",
        "lead-times",
        "week",
        "dishes",
        "ran-out",
        "customers",
        "stock",
        "restocks",
    ];
    for name in names {
        let path = format!("/api/analytics/charts/{name}");
        let json = get(&shop, &format!("{path}.json?restaurant=bella-napoli")).await.json();
        assert_eq!(json["chart"], name);
        let rows = json["rows"].as_array().unwrap();
        let csv = get(&shop, &format!("{path}.csv?restaurant=bella-napoli")).await;
        assert_eq!(csv.header(header::CONTENT_TYPE), "text/csv; charset=utf-8");
        assert_eq!(csv.body.lines().count(), rows.len() + 1, "{name}");
    }
    let sales = get(&shop, "/api/analytics/charts/sales.json").await.json();
    let sum = |field: &str| {
        let rows = sales["rows"].as_array().unwrap().iter();
        rows.map(|row| row[field].as_i64().unwrap()).sum::<i64>()
    };
    assert_eq!((sum("orders"), sum("revenue_minor"), sum("orders_before")), (1, 2_200, 1));
    for bad in ["sales", "sales.xml", "secrets.csv"] {
        assert_problem(&get(&shop, &format!("/api/analytics/charts/{bad}")).await, 404, bad);
    }
    let odd = get(&shop, "/api/analytics/charts/sales.csv?range=eon").await;
    assert_problem(&odd, 422, "range");
}

/// A stream begins with an event: figures may have changed since the page was rendered.
#[tokio::test(start_paused = true)]
async fn a_new_stream_begins_with_an_event() {
    let shop = busy().await;
    let bearer = format!("Bearer {STAFF}");
    let headers = [("authorization", &*bearer)];
    let ask = request(Method::GET, "/api/analytics/events", &headers, "");
    let mut body = shop.stream(ask).await.into_body();
    let mut next = async || body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert!(next().await.starts_with(b": live"), "so that it begins");
    assert_eq!(&next().await[..], b"event: summary\ndata: changed\n\n");
}
