//! Placing orders, and watching what becomes of them.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Answer, Api, api::send, seen, until};

/// An order that was accepted.
#[derive(Clone, Debug)]
pub struct Placed {
    pub id: String,
    pub token: String,
    pub total_minor: i64,
    pub links: Value,
}

impl Placed {
    /// Reads a 202.
    pub fn of(answer: &Answer) -> Self {
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

/// The same, brought: 2200 and 250 for the courier.
pub fn delivered_pizza(email: &str) -> Value {
    let mut order = pizza(email);
    order["fulfilment"] = json!({"kind": "delivery", "address": "12 Via Roma"});
    order
}

/// Three har gow, 1860 pence, at a restaurant that accepts by itself.
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
    /// Posts an order, whatever comes of it.
    pub async fn post_order(&self, order: &Value, key: Option<&str>) -> Result<Answer, String> {
        let mut request = self.request(Method::POST, "/api/orders").json(order);
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        send(request).await
    }

    /// Places an order.
    pub async fn place_order(&self, order: &Value) -> Placed {
        Placed::of(&self.post_order(order, None).await.unwrap())
    }

    /// The order as its customer reads it.
    pub async fn order(&self, placed: &Placed) -> Value {
        let path = format!("/api/orders/{}?token={}", placed.id, placed.token);
        let answer = self.get(&path).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }

    /// Waits until the order has a status, and answers the order.
    pub async fn reaches(&self, placed: &Placed, status: &str) -> Value {
        until(&format!("{} is {status}", placed.id), async || {
            let order = self.order(placed).await;
            seen(order["status"] == status, order)
        })
        .await
    }

    /// Waits until the order's history is this one, and answers the order. Two services write the
    /// row, so `confirmed` may stand there a moment before `placed`.
    pub async fn walked(&self, placed: &Placed, steps: &[&str]) -> Value {
        until(&format!("{} has walked {steps:?}", placed.id), async || {
            let order = self.order(placed).await;
            seen(history(&order) == steps, order)
        })
        .await
    }

    /// Asks the kitchen for a step. A request that is not decided within its second (202) is asked
    /// again under the same id, so that a busy machine changes no answer.
    pub async fn kitchen(&self, placed: &Placed, action: &str, body: &Value) -> Answer {
        let mut body = body.clone();
        if body.get("request_id").is_none() {
            body["request_id"] = json!(Uuid::new_v4());
        }
        until(&format!("{action} of {} is decided", placed.id), async || {
            let answer = self.ask_kitchen(placed, action, &body).await;
            if answer.status == 202 { Err(answer.text) } else { Ok(answer) }
        })
        .await
    }

    /// Asks the kitchen once.
    pub async fn ask_kitchen(&self, placed: &Placed, action: &str, body: &Value) -> Answer {
        self.staff_post(&format!("/api/kitchen/orders/{}/{action}", placed.id), body).await
    }

    /// Cancels as the customer. Asked again under the same id until it is decided, as [`kitchen`].
    ///
    /// [`kitchen`]: Api::kitchen
    pub async fn cancel(&self, placed: &Placed) -> Answer {
        self.cancel_as(placed, Uuid::new_v4()).await
    }

    /// The same under an id of the caller's.
    pub async fn cancel_as(&self, placed: &Placed, request: Uuid) -> Answer {
        let path = format!("/api/orders/{}/cancel?token={}", placed.id, placed.token);
        until(&format!("cancelling {} is decided", placed.id), async || {
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
