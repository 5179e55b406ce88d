//! Requests about manual capture, confirmation tokens, authentication, disputes and the balance.

use anyhow::{Result, ensure};

use super::{Pair, text};

const INTENTS: &str = "/v1/payment_intents";
const INTENT: &str = "/v1/payment_intents/{intent}";
const CONFIRM: &str = "/v1/payment_intents/{intent}/confirm";
const CAPTURE: &str = "/v1/payment_intents/{intent}/capture";
const CANCEL: &str = "/v1/payment_intents/{intent}/cancel";
const TOKEN: &str = "/v1/confirmation_tokens/{confirmation_token}";

impl Pair {
    pub(super) fn ask_about_money(&mut self) -> Result<()> {
        let charge = self.ask_about_captures()?;
        self.ask_about_tokens()?;
        self.ask_about_authentication()?;
        self.ask_about_disputes(&charge)
    }

    /// Returns the id of a captured charge.
    fn ask_about_captures(&mut self) -> Result<String> {
        let manual = "amount=1000&currency=eur&capture_method=manual";
        let held = text(&self.send("POST", INTENTS, "", manual, 200)?, "id")?;
        self.send("POST", CAPTURE, &held, "", 400)?;
        self.send("POST", CONFIRM, &held, "payment_method=pm_card_visa", 200)?;
        self.send("GET", INTENT, &held, "", 200)?;
        self.send("GET", "/v1/charges", "", &format!("payment_intent={held}"), 200)?;
        self.send("POST", CAPTURE, &held, "amount_to_capture=1001", 400)?;
        let captured = self.send("POST", CAPTURE, &held, "amount_to_capture=700", 200)?;
        let charge = text(&captured, "latest_charge")?;
        self.send("GET", "/v1/charges/{charge}", &charge, "", 200)?;
        let released = format!("{manual}&confirm=true&payment_method=pm_card_mastercard");
        let released = text(&self.send("POST", INTENTS, "", &released, 200)?, "id")?;
        self.send("POST", CANCEL, &released, "", 200)?;
        let part = format!("charge={charge}&amount=100&reason=duplicate");
        self.send("POST", "/v1/refunds", "", &part, 200)?;
        let listed = format!("charge={charge}&created[gte]=1");
        self.send("GET", "/v1/refunds", "", &listed, 200)?;
        Ok(charge)
    }

    fn ask_about_tokens(&mut self) -> Result<()> {
        let made = "payment_method=pm_card_visa&return_url=https://shop.example/";
        let made = self.send("POST", "/v1/test_helpers/confirmation_tokens", "", made, 200)?;
        let token = text(&made, "id")?;
        self.send("GET", TOKEN, &token, "", 200)?;
        let open = text(&self.send("POST", INTENTS, "", "amount=500&currency=eur", 200)?, "id")?;
        let with = format!("confirmation_token={token}");
        self.send("POST", CONFIRM, &open, &with, 200)?;
        self.send("POST", CONFIRM, &open, &with, 400)?;
        self.send("GET", TOKEN, &token, "", 200)?;
        Ok(())
    }

    fn ask_about_authentication(&mut self) -> Result<()> {
        let open = text(&self.send("POST", INTENTS, "", "amount=500&currency=eur", 200)?, "id")?;
        let with = "payment_method=pm_card_threeDSecure2Required&return_url=https://shop.example/";
        let asked = self.send("POST", CONFIRM, &open, with, 200)?;
        let kind = &asked["next_action"]["type"];
        ensure!(kind == "redirect_to_url", "{kind} instead of a redirect");
        self.send("GET", INTENT, &open, "", 200)?;
        Ok(())
    }

    fn ask_about_disputes(&mut self, charge: &str) -> Result<()> {
        // Stripe has no such request: cardholders dispute charges at their bank.
        let body = serde_json::json!({ "charge": charge, "amount": 300 }).to_string();
        let made = self.ours.send("POST", "/_disputes", &body)?;
        ensure!(made.status == 200, "no dispute: {}", made.body);
        let dispute = text(&made.body, "id")?;
        self.send("GET", "/v1/disputes", "", &format!("charge={charge}"), 200)?;
        self.send("GET", "/v1/disputes/{dispute}", &dispute, "", 200)?;
        let moved = self.send("GET", "/v1/balance_transactions", "", "limit=100", 200)?;
        let newest = text(&moved["data"][0], "id")?;
        self.send("GET", "/v1/balance_transactions/{id}", &newest, "", 200)?;
        Ok(())
    }
}
