//! The platform that is measured, as its own JSON interface shows it.

use std::{fs, path::Path};

use serde_json::{Value, json};

/// A running `comanda up`.
pub(crate) struct Shop {
    /// `127.0.0.1:8080`
    pub(crate) host: String,
    /// For pages and steps of staff.
    pub(crate) staff: String,
    http: reqwest::Client,
}

/// An order that stands at `confirmed`.
pub(crate) struct Order {
    pub(crate) id: String,
    pub(crate) token: String,
}

/// A restaurant whose orders wait for a person.
const RESTAURANT: &str = "bella-napoli";

impl Shop {
    /// The platform with this data folder.
    pub(crate) fn at(data: &Path) -> Self {
        let read = |name| fs::read_to_string(data.join(name)).expect("a running comanda up");
        let endpoints: Value = serde_json::from_str(&read("endpoints.json")).unwrap();
        let http = endpoints["http"].as_str().unwrap();
        Self {
            host: http.trim_start_matches("http://").to_owned(),
            staff: read("staff-token").trim().to_owned(),
            http: reqwest::Client::new(),
        }
    }

    /// Places an order and waits until it is paid.
    pub(crate) async fn order(&self) -> Order {
        let body = json!({
            "restaurant_id": RESTAURANT, "payment_method": "pm_card_visa",
            "customer": {"name": "Ada", "email": "ada@example.com"},
            "fulfilment": {"kind": "pickup"},
            "lines": [{"item_id": "margherita", "quantity": 2}],
        });
        let answer = self.send(reqwest::Method::POST, "/api/orders", Some(&body)).await;
        let text = |name: &str| answer[name].as_str().expect("an accepted order").to_owned();
        let order = Order { id: text("order_id"), token: text("token") };
        let path = format!("/api/orders/{}", order.id);
        while self.send(reqwest::Method::GET, &path, None).await["status"] != "confirmed" {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        order
    }

    /// The kitchen takes a step.
    pub(crate) async fn step(&self, order: &Order, action: &str) {
        let path = format!("/api/kitchen/orders/{}/{action}", order.id);
        self.send(reqwest::Method::POST, &path, Some(&json!({}))).await;
    }

    async fn send(&self, method: reqwest::Method, path: &str, body: Option<&Value>) -> Value {
        let url = format!("http://{}{path}", self.host);
        let mut request = self.http.request(method, url).bearer_auth(&self.staff);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let answer = request.send().await.expect("an answer");
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap()
    }
}
