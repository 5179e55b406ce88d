//! `next_action` of an intent: what the customer must do.

use serde::Serialize;

use crate::model::{Challenge, Intent, State};

/// The action required from the customer.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum NextAction<'a> {
    RedirectToUrl { redirect_to_url: RedirectToUrl<'a> },
    UseStripeSdk { use_stripe_sdk: UseStripeSdk<'a> },
}

#[derive(Debug, Serialize)]
pub(super) struct RedirectToUrl<'a> {
    return_url: &'a str,
    url: &'a str,
}

/// For the script in the page. Stripe does not document its fields.
#[derive(Debug, Serialize)]
pub(super) struct UseStripeSdk<'a> {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    stripe_js: Option<&'a str>,
}

impl<'a> NextAction<'a> {
    pub(super) fn of(intent: &'a Intent) -> Option<Self> {
        let State::RequiresAction { .. } = intent.state() else { return None };
        Some(match intent.challenge() {
            Some(Challenge { url, return_url: Some(return_url), .. }) => {
                Self::RedirectToUrl { redirect_to_url: RedirectToUrl { return_url, url } }
            }
            challenge => Self::UseStripeSdk {
                use_stripe_sdk: UseStripeSdk {
                    r#type: "three_d_secure_redirect",
                    stripe_js: challenge.map(|challenge| &*challenge.url),
                },
            },
        })
    }
}
