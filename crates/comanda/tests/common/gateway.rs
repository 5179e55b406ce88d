//! The payment gateway's own books, and its faults.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::Value;

use super::{View, api::send};

impl View {
    /// The number of charges, held or captured, and their sum in minor units, by order.
    pub async fn charges(&self) -> BTreeMap<String, (usize, i64)> {
        let ledger = self.api.get(&format!("{}/_ledger", self.gateway)).await;
        assert_eq!(ledger.status, 200, "{ledger:?}");
        let mut charges = BTreeMap::<_, (usize, i64)>::new();
        for line in ledger.text.lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            let held = line["status"] == "requires_capture";
            let minor = line[if held { "amount_minor" } else { "captured_minor" }].as_i64();
            let minor = minor.unwrap_or(0);
            if minor > 0 {
                let order = line["metadata"]["order_id"].as_str().unwrap();
                let (times, total) = charges.entry(order.to_owned()).or_default();
                *times += 1;
                *total += minor;
            }
        }
        charges
    }

    /// A confirmation token of a test card, as a page makes it.
    pub async fn make_token(&self, card: &str) -> String {
        let address = format!("{}/v1/test_helpers/confirmation_tokens", self.gateway);
        let request = self.api.request(Method::POST, &address).bearer_auth("sk_test_comanda");
        let answer = send(request.form(&[("payment_method", card)])).await.unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    /// Sets the gateway's faults; others are off.
    pub async fn set_faults(&self, faults: &Value) {
        let address = format!("{}/_faults", self.gateway);
        let answer = send(self.api.request(Method::PUT, &address).json(faults)).await.unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
    }
}
