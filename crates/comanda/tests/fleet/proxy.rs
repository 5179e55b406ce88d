//! A proxy in front of separate services: every route reaches the service that has it.

use std::{collections::BTreeSet, fs, path::Path};

use reqwest::{Method, header::LOCATION};
use serde_json::json;

use crate::common::{Api, Engine, Fleet, fleet::STAFF_TOKEN, on_real, orders::pizza, proxy::Proxy};

/// Routes for operators, which the proxy hides.
const FOR_OPERATORS: &[&str] = &["/livez", "/readyz", "/metrics"];

/// The parts of a response that identify its service. The body counts for errors only, since
/// streams have no end.
#[derive(Debug, PartialEq, Eq)]
struct ResponseSource {
    status: u16,
    location: Option<String>,
    error: String,
}

/// Sends a request as staff, who have access to everything.
async fn request_source(api: &Api, method: &Method, base: &str, path: &str) -> ResponseSource {
    let answer = api.as_staff(method.clone(), &format!("{base}{path}")).send().await.unwrap();
    let location = answer.headers().get(LOCATION).map(|to| to.to_str().unwrap().to_owned());
    let status = answer.status().as_u16();
    let error = if status >= 400 { answer.text().await.unwrap() } else { String::new() };
    ResponseSource { status, location, error }
}

/// Every route of every service, as the source has them, with a name in place of each parameter.
fn routes() -> BTreeSet<String> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let (mut folders, mut found) =
        (vec![crates.join("services/src"), crates.join("comanda/src")], BTreeSet::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = fs::read_to_string(path).unwrap_or_default();
                let calls = text.split(".route(").skip(1).map(str::trim_start);
                let literals = calls.filter_map(|call| call.strip_prefix('"')?.split('"').next());
                found.extend(literals.map(with_names));
            }
        }
    }
    found
}

fn with_names(route: &str) -> String {
    let segments = route.split('/');
    let named = segments.map(|part| if part.starts_with('{') { "bella-napoli" } else { part });
    named.collect::<Vec<_>>().join("/")
}

async fn every_route_reaches_the_service_that_has_it(_: Engine) {
    let fleet = Fleet::start(1).await;
    let proxy = Proxy::start_before(&fleet).await;
    let mut looked_at = 0;
    for path in routes() {
        let has_it = services_with(&fleet, &path).await;
        for method in [Method::GET, Method::POST, Method::PUT, Method::DELETE] {
            let through = request_source(&fleet.api, &method, &proxy.address, &path).await;
            if FOR_OPERATORS.contains(&path.as_str()) {
                assert_eq!(through.status, 404, "{method} {path}");
                continue;
            }
            let mut right = Vec::new();
            for (service, address) in &has_it {
                let own = request_source(&fleet.api, &method, address, &path).await;
                // Two services may share a path with different methods; neither has this one.
                if own.status != 405 || method == Method::DELETE {
                    right.push((service, own));
                }
            }
            let is_right = right.is_empty() || right.iter().any(|(_, own)| *own == through);
            assert!(is_right, "{method} {path}: {through:?} is not of {right:?}");
            looked_at += right.len();
        }
    }
    assert!(looked_at > 2 * routes().len(), "{looked_at} answers are too few");
    fleet.finish().await;
}

/// The services that have a path; in others it is not found with any method.
async fn services_with(fleet: &Fleet, path: &str) -> Vec<(&'static str, String)> {
    let nowhere = if path.starts_with("/api/") { "/api/nowhere" } else { "/nowhere" };
    let mut found = Vec::new();
    for instance in &fleet.instances {
        let stranger =
            request_source(&fleet.api, &Method::DELETE, &instance.address, nowhere).await;
        if request_source(&fleet.api, &Method::DELETE, &instance.address, path).await != stranger {
            found.push((instance.service, instance.address.clone()));
        }
    }
    found
}

async fn an_order_goes_all_the_way_through_one_address(_: Engine) {
    let fleet = Fleet::start(1).await;
    let proxy = Proxy::start_before(&fleet).await;
    fleet.api.point_to_fleet(vec![("", proxy.address.clone())], STAFF_TOKEN);
    let order = fleet.api.place_order(&pizza("ada@example.com")).await;
    let path = format!("/api/orders/{}/events?token={}", order.id, order.token);
    let mut stream = fleet.api.stream(&path, None).await;
    fleet.api.wait_for_status(&order, "confirmed").await;
    for action in ["accept", "start", "ready", "complete"] {
        let answer = fleet.api.request_step(&order, action, &json!({})).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    assert!(stream.ids_until("completed").await.contains(&"completed".to_owned()));
    let page = fleet.api.get(&format!("/orders/{}?token={}", order.id, order.token)).await;
    assert_eq!((page.status, page.header("location")), (303, &*format!("/orders/{}", order.id)));
    fleet.finish().await;
}

on_real!(
    every_route_reaches_the_service_that_has_it,
    an_order_goes_all_the_way_through_one_address,
);
