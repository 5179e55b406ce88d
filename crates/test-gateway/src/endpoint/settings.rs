//! Settings of webhooks: URL, secrets and retries.

use std::fmt;

use reqwest::Url;
use serde::{Deserialize, Serialize};

/// Maximum number of secrets; a rotation needs two.
const MAX_SECRETS: usize = 16;
/// Maximum length of a secret, in characters.
const MAX_SECRET_LENGTH: usize = 256;

/// Settings of webhooks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhooks {
    url: Url,
    secrets: Vec<Secret>,
    /// Retry policy.
    pub retries: Retries,
}

/// A shared secret, never shown.
#[derive(Clone, PartialEq, Eq)]
struct Secret(Box<str>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// Retry policy: exponential backoff with jitter. Each pause is up to twice the previous one, and
/// its second half is random.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Retries {
    /// Maximum number of attempts.
    pub attempts: u32,
    /// Upper bound of the first pause, in milliseconds.
    pub first_retry_ms: u64,
    /// Upper bound of all pauses, in milliseconds.
    pub longest_retry_ms: u64,
}

impl Default for Retries {
    /// About three days like Stripe, but with pauses of at most one minute, for development.
    fn default() -> Self {
        Self { attempts: 4_320, first_retry_ms: 500, longest_retry_ms: 60_000 }
    }
}

/// Why the settings are invalid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WebhooksError {
    /// The endpoint is not an HTTP URL.
    #[error("a webhook endpoint must be http://… or https://…")]
    Url,
    /// There is no secret, or there are too many.
    #[error("webhooks need 1 to {MAX_SECRETS} secrets")]
    Secrets,
    /// A secret is empty or too long.
    #[error("a webhook secret must have 1 to {MAX_SECRET_LENGTH} characters")]
    Secret,
    /// The number of attempts is 0.
    #[error("webhooks need at least one attempt")]
    Attempts,
}

impl Webhooks {
    /// Webhooks to this URL, with a signature for each secret; a rotation uses two.
    pub fn new(
        url: &str,
        secrets: impl IntoIterator<Item = impl Into<Box<str>>>,
    ) -> Result<Self, WebhooksError> {
        let url = Url::parse(url).map_err(|_| WebhooksError::Url)?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(WebhooksError::Url);
        }
        let secrets: Vec<_> = secrets.into_iter().map(|secret| Secret(secret.into())).collect();
        if !(1..=MAX_SECRETS).contains(&secrets.len()) {
            return Err(WebhooksError::Secrets);
        }
        if secrets.iter().any(|secret| !(1..=MAX_SECRET_LENGTH).contains(&secret.0.len())) {
            return Err(WebhooksError::Secret);
        }
        Ok(Self { url, secrets, retries: Retries::default() })
    }

    /// Sets the retry policy.
    pub fn with_retries(self, retries: Retries) -> Result<Self, WebhooksError> {
        if retries.attempts == 0 {
            return Err(WebhooksError::Attempts);
        }
        Ok(Self { retries, ..self })
    }

    /// The URL of the endpoint.
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
    fn invalid_settings_are_refused() {
        let new = |url: &str, secrets: &[&str]| Webhooks::new(url, secrets.iter().copied());
        for url in ["", "127.0.0.1:80", "ftp://h/", "/webhooks", "unix:/tmp/s"] {
            assert_eq!(new(url, &["s"]), Err(WebhooksError::Url), "{url}");
        }
        let url = "http://127.0.0.1:1/hook";
        assert_eq!(new(url, &[]), Err(WebhooksError::Secrets));
        assert_eq!(new(url, &["s"; 17]), Err(WebhooksError::Secrets));
        assert_eq!(new(url, &["s", ""]), Err(WebhooksError::Secret));
        assert_eq!(new(url, &[&"s".repeat(257)]), Err(WebhooksError::Secret));
        let good = new(url, &["whsec_1"]).unwrap();
        assert!(!format!("{good:?}").contains("whsec"));
        let never = Retries { attempts: 0, ..Retries::default() };
        assert_eq!(good.with_retries(never), Err(WebhooksError::Attempts));
    }
}
