//! `/metrics` of a running platform: every declared metric has its labels, and changes with orders.

use std::collections::BTreeMap;

use reqwest::{Method, header::ACCEPT};

use crate::common::{Engine, Platform, api::send, on_both, orders::pizza, wait_until};

/// The samples of a page: name with labels, and value.
fn samples(page: &str) -> BTreeMap<&str, f64> {
    let lines = page.lines().filter(|line| !line.starts_with('#'));
    let sample = |line: &str| line.rsplit_once(' ').map(|(name, _)| name.len());
    lines.map(|line| line.split_at(sample(line).unwrap())).map(parse_sample).collect()
}

fn parse_sample<'p>((name, value): (&'p str, &str)) -> (&'p str, f64) {
    (name, value.trim().parse().unwrap_or_else(|e| panic!("{name} {value}: {e}")))
}

/// The sum of the samples of a name that have all of these labels.
fn sum(page: &str, name: &str, labels: &[&str]) -> f64 {
    let samples = samples(page).into_iter();
    let chosen = samples.filter(|(sample, _)| {
        let (found, rest) = sample.split_once('{').unwrap_or((sample, ""));
        found == name && labels.iter().all(|label| rest.contains(label))
    });
    chosen.map(|(_, value)| value).sum()
}

async fn figures_move_with_orders(engine: Engine) {
    let platform = Platform::start(engine).await;
    let api = &platform.api;
    for n in 0..3 {
        let placed = api.place_order(&pizza(&format!("ada{n}@example.com"))).await;
        api.wait_for_status(&placed, "confirmed").await;
    }
    let secret = "/orders/3f1c?token=a-secret-of-somebody";
    api.get(secret).await;
    api.get("/nothing/here").await;
    platform.wait_until_idle().await;
    let page = wait_until("figures have come to the orders", async || {
        let page = api.get("/metrics").await.text;
        let is_there = sum(&page, "comanda_orders_total", &[r#"step="confirmed""#]) >= 3.0
            && sum(&page, "comanda_consumer_lag", &[]) == 0.0
            && page.contains("comanda_consumer_lag{");
        if is_there { Ok(page) } else { Err(page) }
    })
    .await;
    let at_least = |least: f64, name: &str, labels: &[&str]| {
        let sum = sum(&page, name, labels);
        assert!(sum >= least, "{name}{labels:?} is {sum}, not {least}: {page}");
    };
    for (group, topic) in [("orders", "order_details"), ("email", "order_confirmed")] {
        let (group, topic) = (format!("group=\"{group}\""), format!("topic=\"{topic}\""));
        at_least(3.0, "comanda_records_consumed_total", &[&group, &topic]);
        at_least(3.0, "comanda_records_total", &[&group, &topic, r#"outcome="done""#]);
    }
    for step in ["placed", "confirmed"] {
        let steps = sum(&page, "comanda_orders_total", &[&format!("step=\"{step}\""), "EUR"]);
        assert!((steps - 3.0).abs() < f64::EPSILON, "{step}: each order once, not {steps}");
    }
    let post = [r#"route="/api/orders""#, r#"method="POST""#, r#"status="202""#];
    at_least(3.0, "comanda_http_request_duration_seconds_count", &post);
    let unmatched = [r#"route="other""#, r#"status="404""#];
    at_least(1.0, "comanda_http_request_duration_seconds_count", &unmatched);
    assert!(!page.contains("a-secret-of-somebody") && !page.contains("/nothing/here"), "{page}");
    for call in ["create", "confirm"] {
        let labels = [format!("call=\"{call}\""), r#"outcome="ok""#.to_owned()];
        let labels = labels.each_ref().map(String::as_str);
        at_least(3.0, "comanda_gateway_call_duration_seconds_count", &labels);
    }
    at_least(3.0, "comanda_mail_duration_seconds_count", &[r#"outcome="sent""#]);
    at_least(3.0, "comanda_mails_sent_total", &[]);
    at_least(1.0, "comanda_database_statement_duration_seconds_count", &["insert"]);
    at_least(1.0, "comanda_database_transaction_duration_seconds_count", &["committed"]);
    at_least(1.0, "comanda_database_connections", &[]);
    for name in [
        r#"comanda_retry_waiting{group="email",delay="5s"}"#,
        r#"comanda_dead_letters{group="orders"}"#,
        r#"comanda_consumer_oldest_record_age_seconds{group="transactions"}"#,
        r#"write_version="1"}"#,
        "process_cpu_seconds_total ",
        "process_resident_memory_bytes ",
        "process_open_fds ",
        "process_max_fds ",
        "process_start_time_seconds ",
        "process_threads ",
    ] {
        assert!(page.contains(name), "{name}: {page}");
    }
    platform.finish().await;
}

async fn the_format_follows_the_accept_header(engine: Engine) {
    let platform = Platform::start(engine).await;
    let plain = platform.api.get("/metrics").await;
    assert_eq!(plain.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    assert!(plain.text.contains("# TYPE process_cpu_seconds_total counter"), "{}", plain.text);
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    let request = platform.api.request(Method::GET, "/metrics").header(ACCEPT, kind);
    let open = send(request).await.unwrap();
    assert_eq!(open.header("content-type"), kind);
    assert!(open.text.contains("# TYPE process_cpu_seconds counter"), "{}", open.text);
    assert!(open.text.ends_with("# EOF\n"), "{}", open.text);
    platform.finish().await;
}

on_both!(figures_move_with_orders, the_format_follows_the_accept_header);
