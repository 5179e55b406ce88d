//! Spans, as an `OpenTelemetry` collector receives them.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use axum::{Router, body::Bytes, routing::post};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::any_value::Value,
    trace::v1::{ResourceSpans, Span},
};
use prost::Message;
use reqwest::Method;
use serde_json::json;

use crate::common::{
    Engine, PlacedOrder, Platform,
    api::send,
    ok_if, on_both,
    orders::{dumplings, pizza},
    wait_until,
};

const TRACE: u128 = 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736;
const STAFF: u128 = 0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c;
/// The span of the caller.
const CALLER: u64 = 0x00f0_67aa_0ba9_02b7;

/// A receiver of OTLP over HTTP that keeps what it receives.
struct Collector {
    address: String,
    received: Arc<Mutex<Vec<ResourceSpans>>>,
}

impl Collector {
    async fn start() -> Self {
        let received = Arc::<Mutex<Vec<ResourceSpans>>>::default();
        let kept = received.clone();
        let receive = move |body: Bytes| async move {
            let request = ExportTraceServiceRequest::decode(body).unwrap();
            kept.lock().unwrap().extend(request.resource_spans);
        };
        let routes = Router::new().route("/v1/traces", post(receive));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { address, received }
    }

    async fn platform(&self, engine: Engine, more: &[(&'static str, &str)]) -> Platform {
        let settings: [(&'static str, &str); 3] = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", self.address.as_str()),
            ("OTEL_SERVICE_NAME", "the-shop"),
            ("OTEL_BSP_SCHEDULE_DELAY", "100"),
        ];
        Platform::start_with(engine, &[&settings, more].concat()).await
    }

    fn service_names(&self) -> BTreeSet<String> {
        let received = self.received.lock().unwrap();
        let resources = received.iter().filter_map(|spans| spans.resource.as_ref());
        let attributes = resources.flat_map(|resource| &resource.attributes);
        let names = attributes.filter(|attribute| attribute.key == "service.name");
        names.map(|name| text(name.value.as_ref().and_then(|v| v.value.as_ref()))).collect()
    }

    fn spans(&self, trace: u128) -> Vec<Span> {
        let received = self.received.lock().unwrap();
        let scopes = received.iter().flat_map(|spans| &spans.scope_spans);
        let spans = scopes.flat_map(|scope| &scope.spans);
        spans.filter(|span| span.trace_id == trace.to_be_bytes()).cloned().collect()
    }
}

fn text(value: Option<&Value>) -> String {
    match value {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => number.to_string(),
        _ => String::new(),
    }
}

fn attribute(span: &Span, name: &str) -> String {
    let attribute = span.attributes.iter().find(|attribute| attribute.key == name);
    text(attribute.and_then(|attribute| attribute.value.as_ref()?.value.as_ref()))
}

fn traceparent(trace: u128, flags: &str) -> String {
    format!("00-{trace:032x}-{CALLER:016x}-{flags}")
}

async fn place_order(
    platform: &Platform,
    body: &serde_json::Value,
    traceparent: &str,
) -> PlacedOrder {
    let request = platform.api.request(Method::POST, "/api/orders").json(body);
    PlacedOrder::of(&send(request.header("traceparent", traceparent)).await.unwrap())
}

async fn one_trace_from_the_request_to_mail_and_page(engine: Engine) {
    let collector = Collector::start().await;
    let platform = collector.platform(engine, &[]).await;
    let placed =
        place_order(&platform, &dumplings("ada@example.com"), &traceparent(TRACE, "01")).await;
    let path = format!("/api/orders/{}/events?token={}", placed.id, placed.token);
    let mut stream = platform.api.stream(&path, None).await;
    stream.ids_until("accepted").await;
    let expected = [
        "POST /api/orders",
        "publish order_details",
        "process order_details",
        "gateway create",
        "gateway confirm",
        "publish order_confirmed",
        "process order_confirmed",
        "publish order_progress",
        "process order_progress",
        "insert",
        "mail send",
        "push status",
    ];
    let spans = wait_until("spans of every step", async || {
        let spans = collector.spans(TRACE);
        let missing: Vec<_> =
            expected.iter().filter(|name| spans.iter().all(|span| span.name != **name)).collect();
        let parents = spans.iter().map(|span| &span.parent_span_id);
        let orphans = parents.filter(|parent| {
            ***parent != CALLER.to_be_bytes() && spans.iter().all(|span| span.span_id != **parent)
        });
        let orphans = orphans.count();
        ok_if(missing.is_empty() && orphans == 0, spans.clone())
            .map_err(|_| format!("missing: {missing:?}, {orphans} without a parent"))
    })
    .await;

    let named = |name: &str| spans.iter().filter(|span| span.name == name).collect::<Vec<_>>();
    let request = named("POST /api/orders")[0];
    assert_eq!(request.parent_span_id, CALLER.to_be_bytes());
    assert_eq!(attribute(request, "http.response.status_code"), "202");
    let published = named("publish order_details")[0];
    assert_eq!(published.parent_span_id, request.span_id);
    for span in named("process order_details") {
        assert_eq!(span.parent_span_id, published.span_id);
        assert_eq!(attribute(span, "order.id"), placed.id);
        assert_eq!(attribute(span, "messaging.destination.name"), "order_details");
        for name in ["messaging.destination.partition.id", "messaging.kafka.offset"] {
            assert_eq!(attribute(span, name), attribute(published, name), "{name}");
            assert!(attribute(span, name).parse::<u64>().is_ok(), "{name}: {span:?}");
        }
        assert!(!attribute(span, "messaging.consumer.group.name").is_empty());
    }
    assert_eq!(collector.service_names(), ["the-shop".to_owned()].into());
    drop(stream);
    platform.finish().await;
}

async fn requests_of_staff_are_linked_to_the_trace_of_the_order(engine: Engine) {
    let collector = Collector::start().await;
    let platform = collector.platform(engine, &[]).await;
    let placed = place_order(&platform, &pizza("ada@example.com"), &traceparent(TRACE, "01")).await;
    platform.api.wait_for_status(&placed, "confirmed").await;
    let path = format!("/api/kitchen/orders/{}/accept", placed.id);
    let request = platform.api.as_staff(Method::POST, &path).json(&json!({}));
    let request = request.header("traceparent", traceparent(STAFF, "01"));
    assert_eq!(send(request).await.unwrap().status, 200);
    let links = wait_until("the request is processed", async || {
        let spans = collector.spans(STAFF);
        let process = spans.iter().filter(|span| span.name == "process order_requests");
        // Of the two groups that read it, one moves the order.
        let mut linked = process.filter(|span| !span.links.is_empty());
        linked.next().map(|span| span.links.clone()).ok_or_else(|| "no span".to_owned())
    })
    .await;
    assert!(links.iter().any(|link| link.trace_id == TRACE.to_be_bytes()), "{links:?}");
    platform.finish().await;
}

async fn the_sampler_decides_where_the_caller_does_not(engine: Engine) {
    let collector = Collector::start().await;
    let never =
        [("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", "0")];
    let platform = collector.platform(engine, &never).await;
    let unsampled =
        place_order(&platform, &pizza("bob@example.com"), &traceparent(STAFF, "00")).await;
    let own = platform.api.place_order(&pizza("cid@example.com")).await;
    let sampled =
        place_order(&platform, &pizza("ada@example.com"), &traceparent(TRACE, "01")).await;
    for placed in [&unsampled, &own, &sampled] {
        platform.api.wait_for_status(placed, "confirmed").await;
    }
    platform.finish().await;
    assert!(collector.spans(TRACE).iter().any(|span| span.name == "mail send"));
    let received = collector.received.lock().unwrap();
    let spans = received.iter().flat_map(|spans| &spans.scope_spans).flat_map(|s| &s.spans);
    let others: Vec<_> = spans.filter(|span| span.trace_id != TRACE.to_be_bytes()).collect();
    assert!(others.is_empty(), "{others:?}");
}

on_both!(
    one_trace_from_the_request_to_mail_and_page,
    requests_of_staff_are_linked_to_the_trace_of_the_order,
    the_sampler_decides_where_the_caller_does_not,
);
