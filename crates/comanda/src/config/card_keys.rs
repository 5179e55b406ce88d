//! Checks of the settings with which pages take cards.

use web::GatewayScript;

use super::Settings;

const IS_SECRET: &str = "STRIPE_PUBLISHABLE_KEY is a secret key, which pages would show to every \
    customer: set the one that begins with pk_, and replace the secret key if this one was in use";
const IS_WRONG: &str = "STRIPE_PUBLISHABLE_KEY must begin with pk_live_ or pk_test_";
const ARE_MIXED: &str = "STRIPE_PUBLISHABLE_KEY and STRIPE_SECRET_KEY must be of the same account, \
    and one of them is for tests: set both from the same page of Stripe's dashboard";
const IS_PLAIN: &str = "PAYMENT_SCRIPT_URL must begin with https:// where cards are real";

impl Settings {
    /// Problems with the settings of the fields of a card, a sentence each. Keys are not shown.
    pub(super) fn find_card_problems(&self) -> Vec<String> {
        let key = self.stripe_publishable_key.as_deref().unwrap_or_default();
        let secret = self.stripe_secret_key.as_deref().unwrap_or_default();
        let mut problems = Vec::new();
        match key {
            "" => {}
            key if key.starts_with("sk_") || key.starts_with("rk_") => {
                problems.push(IS_SECRET.to_owned());
            }
            key if !is_publishable(key) => problems.push(IS_WRONG.to_owned()),
            _ => {}
        }
        let are_mixed = |ours, other| key.contains(ours) && secret.contains(other);
        if are_mixed("_live_", "_test_") || are_mixed("_test_", "_live_") {
            problems.push(ARE_MIXED.to_owned());
        }
        match self.payment_script_url.as_deref().map(GatewayScript::new) {
            Some(Err(invalid)) => problems.push(format!("PAYMENT_SCRIPT_URL: {invalid}")),
            Some(Ok(script)) if key.contains("_live_") && !script.is_encrypted() => {
                problems.push(IS_PLAIN.to_owned());
            }
            _ => {}
        }
        problems
    }
}

fn is_publishable(key: &str) -> bool {
    let rest = key.strip_prefix("pk_live_").or_else(|| key.strip_prefix("pk_test_"));
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || c == '_';
    rest.is_some_and(|rest| !rest.is_empty() && rest.chars().all(is_allowed))
}

#[cfg(test)]
mod tests {
    use clap::{Args, Command, FromArgMatches};

    use super::*;

    fn problems(flags: &[&str]) -> String {
        let command = Settings::augment_args(Command::new("comanda"));
        let matches = command.get_matches_from([&["comanda"], flags].concat());
        Settings::from_arg_matches(&matches).unwrap().find_card_problems().join("\n")
    }

    const LIVE: &str = "--stripe-publishable-key=pk_live_1";

    #[test]
    fn wrong_keys_are_named_and_never_shown() {
        for (key, problem) in [
            ("sk_live_hidden", "is a secret key"),
            ("rk_test_hidden", "is a secret key"),
            ("hidden", "must begin with pk_"),
            ("pk_live_hid-den", "must begin with pk_"),
        ] {
            let found = problems(&[&format!("--stripe-publishable-key={key}")]);
            assert!(found.contains(problem) && !found.contains("hid"), "{key}: {found}");
        }
        let mixed = problems(&[LIVE, "--stripe-secret-key=sk_test_hidden"]);
        assert!(mixed.contains("same account") && !mixed.contains("hidden"), "{mixed}");
        assert_eq!(problems(&[LIVE, "--stripe-secret-key=sk_live_x"]), "");
        assert!(problems(&["--payment-script-url=stripe.js"]).contains("not the address"));
        let plain = "--payment-script-url=http://pay.example/x.js";
        assert!(problems(&[LIVE, plain]).contains("https://"));
        assert_eq!(problems(&["--stripe-publishable-key=pk_test_1", plain]), "");
    }
}
