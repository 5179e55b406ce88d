//! The measured platform, through its JSON API.

use std::{fs, path::Path};

use serde_json::{Value, json};

/// A running `comanda up`.
pub(crate) struct Shop {
    /// `127.0.0.1:8080`
    pub(crate) host: String,
    /// For pages and requests of staff.
    pub(crate) staff_token: String,
    http: reqwest::Client,
}

/// A confirmed order.
pub(crate) struct ConfirmedOrder {
    pub(crate) id: String,
    pub(crate) token: String,
}

/// A restaurant that does not accept automatically.
const RESTAURANT: &str = "bella-napoli";

impl Shop {
    /// The platform with this data folder.
    pub(crate) fn open(data: &Path) -> Self {
        let read = |name| fs::read_to_string(data.join(name)).expect("a running comanda up");
        let endpoints: Value = serde_json::from_str(&read("endpoints.json")).unwrap();
        let http = endpoints["http"].as_str().unwrap();
        Self {
            host: http.trim_start_matches("http://").to_owned(),
            staff_token: read("staff-token").trim().to_owned(),
            http: reqwest::Client::new(),
        }
    }

    /// Places an order and waits until it is paid.
    pub(crate) async fn place_order(&self) -> ConfirmedOrder {
        let body = json!({
            "restaurant_id": RESTAURANT, "payment_method": "pm_card_visa",
            "customer": {"name": "Ada", "email": "ada@example.com"},
            "fulfilment": {"kind": "pickup"},
            "lines": [{"item_id": "margherita", "quantity": 2}],
        });
        let response = self.send(reqwest::Method::POST, "/api/orders", Some(&body)).await;
        let text = |name: &str| response[name].as_str().expect("an accepted order").to_owned();
        let order = ConfirmedOrder { id: text("order_id"), token: text("token") };
        let path = format!("/api/orders/{}", order.id);
        while self.send(reqwest::Method::GET, &path, None).await["status"] != "confirmed" {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        order
    }

    /// Takes a step of the kitchen.
    pub(crate) async fn take_step(&self, order: &ConfirmedOrder, action: &str) {
        let path = format!("/api/kitchen/orders/{}/{action}", order.id);
        self.send(reqwest::Method::POST, &path, Some(&json!({}))).await;
    }

    async fn send(&self, method: reqwest::Method, path: &str, body: Option<&Value>) -> Value {
        let url = format!("http://{}{path}", self.host);
        let mut request = self.http.request(method, url).bearer_auth(&self.staff_token);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let response = request.send().await.expect("a response");
        let status = response.status();
        let text = response.text().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap()
    }
}
