//! Placing orders, and waiting for their statuses.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Api, ApiResponse, api::send, ok_if, wait_until};

/// An accepted order.
#[derive(Clone, Debug)]
pub struct PlacedOrder {
    pub id: String,
    pub token: String,
    pub total_minor: i64,
    pub links: Value,
}

impl PlacedOrder {
    /// Reads a 202.
    pub fn of(answer: &ApiResponse) -> Self {
        assert_eq!(answer.status, 202, "{answer:?}");
        let body = answer.json();
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        Self {
            id: text("order_id"),
            token: text("token"),
            total_minor: body["total_minor"].as_i64().unwrap(),
            links: body["links"].clone(),
        }
    }
}

/// Two Margheritas with extra cheese, 2200 cents, picked up, at a restaurant where people accept.
pub fn pizza(email: &str) -> Value {
    json!({
        "restaurant_id": "bella-napoli",
        "customer": {"name": "Ada", "email": email},
        "fulfilment": {"kind": "pickup"},
        "lines": [{"item_id": "margherita", "quantity": 2, "options": ["extra-cheese"]}],
        "payment_method": "pm_card_visa",
    })
}

/// The same, delivered: 2200 and 250 for delivery.
pub fn delivered_pizza(email: &str) -> Value {
    let mut order = pizza(email);
    order["fulfilment"] = json!({"kind": "delivery", "address": "12 Via Roma"});
    order
}

/// Three har gow, 1860 pence, at a restaurant that accepts automatically.
pub fn dumplings(email: &str) -> Value {
    let mut order = pizza(email);
    order["restaurant_id"] = json!("golden-wok");
    order["lines"] = json!([{"item_id": "har-gow", "quantity": 3}]);
    order
}

/// The order, paid with another card.
pub fn paid_with(mut order: Value, card: &str) -> Value {
    order["payment_method"] = json!(card);
    order
}

impl Api {
    /// Posts an order; returns any response.
    pub async fn post_order(
        &self,
        order: &Value,
        key: Option<&str>,
    ) -> Result<ApiResponse, String> {
        let mut request = self.request(Method::POST, "/api/orders").json(order);
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        send(request).await
    }

    /// Places an order.
    pub async fn place_order(&self, order: &Value) -> PlacedOrder {
        PlacedOrder::of(&self.post_order(order, None).await.unwrap())
    }

    /// The order as its customer sees it.
    pub async fn order(&self, placed: &PlacedOrder) -> Value {
        let path = format!("/api/orders/{}?token={}", placed.id, placed.token);
        let answer = self.get(&path).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }

    /// Waits until the order has a status, and returns it.
    pub async fn wait_for_status(&self, placed: &PlacedOrder, status: &str) -> Value {
        wait_until(&format!("{} is {status}", placed.id), async || {
            let order = self.order(placed).await;
            ok_if(order["status"] == status, order)
        })
        .await
    }

    /// Waits until the order's payment has this state.
    pub async fn wait_for_payment(&self, placed: &PlacedOrder, state: &str) -> Value {
        wait_until(&format!("the payment of {} is {state}", placed.id), async || {
            let order = self.order(placed).await;
            ok_if(order["payment"]["state"] == state, order)
        })
        .await
    }

    /// Waits until the order has this history, and returns it. Two services write history, so
    /// `confirmed` may be there before `placed`.
    pub async fn wait_for_history(&self, placed: &PlacedOrder, steps: &[&str]) -> Value {
        wait_until(&format!("{} has walked {steps:?}", placed.id), async || {
            let order = self.order(placed).await;
            ok_if(history(&order) == steps, order)
        })
        .await
    }

    /// Requests a step of the kitchen. While it is undecided (202), the request is repeated with
    /// the same id.
    pub async fn request_step(
        &self,
        placed: &PlacedOrder,
        action: &str,
        body: &Value,
    ) -> ApiResponse {
        let mut body = body.clone();
        if body.get("request_id").is_none() {
            body["request_id"] = json!(Uuid::new_v4());
        }
        wait_until(&format!("{action} of {} is decided", placed.id), async || {
            let answer = self.request_step_once(placed, action, &body).await;
            if answer.status == 202 { Err(answer.text) } else { Ok(answer) }
        })
        .await
    }

    /// Requests a step of the kitchen, without repetition.
    pub async fn request_step_once(
        &self,
        placed: &PlacedOrder,
        action: &str,
        body: &Value,
    ) -> ApiResponse {
        self.staff_post(&format!("/api/kitchen/orders/{}/{action}", placed.id), body).await
    }

    /// Cancels as the customer. Repeated with the same id until it is decided, like
    /// [`request_step`](Api::request_step).
    pub async fn cancel(&self, placed: &PlacedOrder) -> ApiResponse {
        self.cancel_with_id(placed, Uuid::new_v4()).await
    }

    /// The same with a given id.
    pub async fn cancel_with_id(&self, placed: &PlacedOrder, request: Uuid) -> ApiResponse {
        let path = format!("/api/orders/{}/cancel?token={}", placed.id, placed.token);
        wait_until(&format!("cancelling {} is decided", placed.id), async || {
            let body = json!({"request_id": request});
            let answer = send(self.request(Method::POST, &path).json(&body)).await?;
            if answer.status == 202 { Err(answer.text) } else { Ok(answer) }
        })
        .await
    }

    /// The figures of all time.
    pub async fn summary(&self) -> Value {
        let answer = self.staff_get("/api/analytics/summary").await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }
}

/// The statuses of an order's history.
fn history(order: &Value) -> Vec<&str> {
    let steps = order["history"].as_array().unwrap().iter();
    steps.map(|step| step["status"].as_str().unwrap()).collect()
}
