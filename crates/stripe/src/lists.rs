//! Paged lists of the gateway's intents and refunds, for audits.

use std::time::Duration;

use domain::{payment::GatewayRefund, ports::GatewayError};
use jiff::Timestamp;
use serde::Deserialize;

use super::{
    StripeGateway,
    amounts::listed_minor,
    call_metrics::Call,
    wire::{Metadata, RefundBody, decode, refund_of},
};

/// Pauses between retries of a page.
const PAGE_RETRY_PAUSES_MS: [u64; 5] = [100, 200, 500, 1_000, 2_000];

#[derive(Deserialize)]
struct Page<T> {
    data: Vec<T>,
    has_more: bool,
}

#[derive(Deserialize)]
struct ListedIntent {
    id: String,
    amount_received: i64,
    amount_capturable: i64,
    currency: String,
    #[serde(default)]
    metadata: Metadata,
}

/// An object in a paged list.
pub(super) trait ListItem {
    fn id(&self) -> &str;
}

impl ListItem for ListedIntent {
    fn id(&self) -> &str {
        &self.id
    }
}

impl ListItem for RefundBody {
    fn id(&self) -> &str {
        &self.id
    }
}

/// What an intent took or holds, as recorded by the gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capture {
    /// Id of the intent.
    pub intent_id: String,
    /// Id of the order, from the metadata of the intent.
    pub order_id: Option<String>,
    /// Captured amount, in minor units; 0 if nothing was captured.
    pub amount_minor: i64,
    /// Amount held and not captured yet, in minor units.
    pub held_minor: i64,
    /// ISO 4217, upper case.
    pub currency: String,
}

/// The filter of a list by creation time, in seconds since 1970.
fn created_since(since: Option<&str>) -> Vec<(&'static str, &str)> {
    since.map(|since| ("created[gte]", since)).into_iter().collect()
}

impl StripeGateway {
    /// Calls `each` with every intent of the gateway that was created at `since` or later, newest
    /// first.
    pub async fn captures(
        &self,
        since: Option<Timestamp>,
        mut each: impl FnMut(Capture),
    ) -> Result<(), GatewayError> {
        let each = |listed: ListedIntent| {
            each(Capture {
                intent_id: listed.id,
                order_id: listed.metadata.order_id,
                amount_minor: listed_minor(listed.amount_received, &listed.currency),
                held_minor: listed_minor(listed.amount_capturable, &listed.currency),
                currency: listed.currency.to_uppercase(),
            });
        };
        let since = since.map(|since| since.as_second().to_string());
        self.list("/v1/payment_intents", &created_since(since.as_deref()), each).await
    }

    /// Calls `each` with the intent and the amount, in minor units, of every refund that was created
    /// at `since` or later and has not failed, newest first.
    pub async fn refunds(
        &self,
        since: Option<Timestamp>,
        mut each: impl FnMut(String, i64),
    ) -> Result<(), GatewayError> {
        let each = |listed: RefundBody| {
            let is_effective = listed.is_effective();
            if let Some(intent) = listed.payment_intent.filter(|_| is_effective) {
                each(intent, listed_minor(listed.amount, &listed.currency));
            }
        };
        let since = since.map(|since| since.as_second().to_string());
        self.list("/v1/refunds", &created_since(since.as_deref()), each).await
    }

    /// The refunds that have not failed, of those that `filter` selects.
    pub(super) async fn effective_refunds(
        &self,
        filter: &[(&str, &str)],
    ) -> Result<Vec<GatewayRefund>, GatewayError> {
        let mut found = Vec::new();
        let each = |listed: RefundBody| {
            if listed.is_effective() {
                found.push(refund_of(listed));
            }
        };
        self.list("/v1/refunds", filter, each).await?;
        let found = found.into_iter().filter_map(Result::transpose);
        found.collect()
    }

    /// Calls `each` with every object of a list, newest first.
    pub(super) async fn list<T: ListItem + serde::de::DeserializeOwned>(
        &self,
        path: &str,
        filter: &[(&str, &str)],
        mut each: impl FnMut(T),
    ) -> Result<(), GatewayError> {
        let mut after: Option<String> = None;
        loop {
            let page: Page<T> = self.fetch_page(path, filter, after.as_deref()).await?;
            after = page.data.last().map(|last| last.id().to_owned());
            page.data.into_iter().for_each(&mut each);
            if !page.has_more || after.is_none() {
                return Ok(());
            }
        }
    }

    /// Fetches one page of a list; retries transient failures, which is safe for reads.
    async fn fetch_page<T: serde::de::DeserializeOwned>(
        &self,
        path: &str,
        filter: &[(&str, &str)],
        after: Option<&str>,
    ) -> Result<Page<T>, GatewayError> {
        let mut query = vec![("limit", "100")];
        query.extend(filter);
        query.extend(after.map(|id| ("starting_after", id)));
        let mut pauses = PAGE_RETRY_PAUSES_MS.iter();
        loop {
            match (decode(self.get(Call::List, path, &query).await).await, pauses.next()) {
                (Err(GatewayError::Unknown(_)), Some(pause)) => {
                    tokio::time::sleep(Duration::from_millis(*pause)).await;
                }
                (response, _) => return response,
            }
        }
    }
}
