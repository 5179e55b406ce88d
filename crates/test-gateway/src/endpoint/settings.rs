//! Where webhooks go, how they are signed, and how often they are tried.

use std::fmt;

use reqwest::Url;
use serde::{Deserialize, Serialize};

/// More secrets than a rotation ever needs.
const MOST_SECRETS: usize = 16;
const LONGEST_SECRET: usize = 256;

/// Where webhooks go, and how they are signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhooks {
    url: Url,
    secrets: Vec<Secret>,
    /// How often, and after which pauses.
    pub retries: Retries,
}

/// A shared secret. It is never shown.
#[derive(Clone, PartialEq, Eq)]
struct Secret(Box<str>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// How often a webhook is tried, and after which pauses. Each pause is up to twice the one
/// before; the second half of it is left to chance, so that many do not come at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Retries {
    /// After so many attempts it is given up.
    pub attempts: u32,
    /// The longest first pause, in milliseconds.
    pub first_retry_ms: u64,
    /// The longest pause, in milliseconds.
    pub longest_retry_ms: u64,
}

impl Default for Retries {
    /// For some three days, as Stripe does, but every minute: who develops waits for no hours.
    fn default() -> Self {
        Self { attempts: 4_320, first_retry_ms: 500, longest_retry_ms: 60_000 }
    }
}

/// Why webhooks cannot be sent so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WrongWebhooks {
    /// The endpoint is no URL, or none for HTTP.
    #[error("an endpoint for webhooks is http://… or https://…")]
    Url,
    /// There is no secret, or there are too many.
    #[error("webhooks are signed with 1 to {MOST_SECRETS} secrets")]
    Secrets,
    /// A secret is empty or very long.
    #[error("a webhook secret has 1 to {LONGEST_SECRET} characters")]
    Secret,
    /// Nothing would ever be sent.
    #[error("a webhook is tried at least once")]
    Attempts,
}

impl Webhooks {
    /// Webhooks to this endpoint, with a signature for each secret: two during a rotation.
    pub fn new(
        url: &str,
        secrets: impl IntoIterator<Item = impl Into<Box<str>>>,
    ) -> Result<Self, WrongWebhooks> {
        let url = Url::parse(url).map_err(|_| WrongWebhooks::Url)?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(WrongWebhooks::Url);
        }
        let secrets: Vec<_> = secrets.into_iter().map(|secret| Secret(secret.into())).collect();
        if !(1..=MOST_SECRETS).contains(&secrets.len()) {
            return Err(WrongWebhooks::Secrets);
        }
        if secrets.iter().any(|secret| !(1..=LONGEST_SECRET).contains(&secret.0.len())) {
            return Err(WrongWebhooks::Secret);
        }
        Ok(Self { url, secrets, retries: Retries::default() })
    }

    /// The same, tried so often.
    pub fn retried(self, retries: Retries) -> Result<Self, WrongWebhooks> {
        if retries.attempts == 0 {
            return Err(WrongWebhooks::Attempts);
        }
        Ok(Self { retries, ..self })
    }

    /// Where they go.
    pub fn url(&self) -> &str {
        self.url.as_str()
    }

    pub(crate) fn host(&self) -> Option<&str> {
        self.url.host_str()
    }

    pub(crate) fn endpoint(&self) -> &Url {
        &self.url
    }

    pub(crate) fn secrets(&self) -> impl ExactSizeIterator<Item = &str> {
        self.secrets.iter().map(|secret| &*secret.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_sent_is_refused() {
        let new = |url: &str, secrets: &[&str]| Webhooks::new(url, secrets.iter().copied());
        for url in ["", "127.0.0.1:80", "ftp://h/", "/webhooks", "unix:/tmp/s"] {
            assert_eq!(new(url, &["s"]), Err(WrongWebhooks::Url), "{url}");
        }
        let url = "http://127.0.0.1:1/hook";
        assert_eq!(new(url, &[]), Err(WrongWebhooks::Secrets));
        assert_eq!(new(url, &["s"; 17]), Err(WrongWebhooks::Secrets));
        assert_eq!(new(url, &["s", ""]), Err(WrongWebhooks::Secret));
        assert_eq!(new(url, &[&"s".repeat(257)]), Err(WrongWebhooks::Secret));
        let good = new(url, &["whsec_1"]).unwrap();
        assert!(!format!("{good:?}").contains("whsec"));
        let never = Retries { attempts: 0, ..Retries::default() };
        assert_eq!(good.retried(never), Err(WrongWebhooks::Attempts));
    }
}
