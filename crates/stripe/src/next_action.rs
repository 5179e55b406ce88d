//! What a customer has to do for an intent.

use domain::{
    payment::{ClientSecret, NextAction},
    ports::GatewayError,
};

use super::wire::{Intent, intent_state};

/// The next action of an intent. A gateway that shows no page of its own wants its script to run.
pub(super) fn next_action(intent: Intent) -> Result<NextAction, GatewayError> {
    let state = intent_state(&intent)?;
    let Some(action) = intent.next_action else { return Ok(NextAction::Nothing(state)) };
    let url = action.redirect_to_url.and_then(|redirect| redirect.url);
    match (url, intent.client_secret) {
        (Some(url), _) if is_web(&url) => Ok(NextAction::Redirect(url)),
        (None, Some(secret)) => Ok(NextAction::Script(ClientSecret(secret))),
        _ => Err(GatewayError::Unknown("the intent has no usable next action".into())),
    }
}

fn is_web(url: &str) -> bool {
    let is_plain = !url.chars().any(|c| c.is_control() || c.is_whitespace());
    is_plain && (url.starts_with("https://") || url.starts_with("http://"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::payment::IntentState;

    fn of(more: &str) -> Result<NextAction, GatewayError> {
        let id = r#""id":"pi_1","amount_received":0,"currency":"eur","client_secret":"pi_1_s""#;
        next_action(serde_json::from_str(&format!("{{{id},{more}}}")).unwrap())
    }

    #[test]
    fn a_bank_s_page_is_preferred_to_the_script() {
        let waits = r#""status":"requires_action""#;
        let bank = r#""next_action":{"redirect_to_url":{"url":"https://bank.example/a"}}"#;
        let redirect = NextAction::Redirect("https://bank.example/a".into());
        assert_eq!(of(&format!("{waits},{bank}")), Ok(redirect));
        let script = r#""next_action":{"type":"use_stripe_sdk","use_stripe_sdk":{}}"#;
        let secret = NextAction::Script(ClientSecret("pi_1_s".into()));
        assert_eq!(of(&format!("{waits},{script}")), Ok(secret));
        let done = of(r#""status":"canceled","next_action":null"#);
        assert_eq!(done, Ok(NextAction::Nothing(IntentState::Cancelled)));
        let other = r#""next_action":{"redirect_to_url":{"url":"javascript:alert(1)"}}"#;
        assert!(of(&format!("{waits},{other}")).is_err());
    }
}
