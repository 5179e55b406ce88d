//! The gateway's own books, page by page: what an audit reads.

use std::time::Duration;

use domain::ports::GatewayError;
use serde::Deserialize;

use super::{
    StripeGateway,
    figures::Call,
    wire::{Metadata, RefundBody, read},
};

/// Pauses before a page of a list is asked for again.
const LIST_AGAIN_AFTER_MS: [u64; 5] = [100, 200, 500, 1_000, 2_000];

#[derive(Deserialize)]
pub(super) struct Page<T> {
    data: Vec<T>,
    has_more: bool,
}

impl Page<RefundBody> {
    /// A refund that was not taken back.
    pub(super) fn first_that_stands(self) -> Option<RefundBody> {
        self.data.into_iter().find(RefundBody::stands)
    }
}

#[derive(Deserialize)]
struct Listed {
    id: String,
    amount_received: i64,
    currency: String,
    #[serde(default)]
    metadata: Metadata,
}

/// An object that the gateway lists.
trait Paged {
    fn id(&self) -> &str;
}

impl Paged for Listed {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Paged for RefundBody {
    fn id(&self) -> &str {
        &self.id
    }
}

/// A capture as the gateway's own books have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capture {
    /// The intent.
    pub intent_id: String,
    /// The order it says it is for.
    pub order_id: Option<String>,
    /// What was taken, in minor units; 0 if nothing.
    pub amount_minor: i64,
    /// ISO 4217, upper case.
    pub currency: String,
}

impl StripeGateway {
    /// Every intent in the gateway's books, newest first; `each` gets one at a time.
    pub async fn captures(&self, mut each: impl FnMut(Capture)) -> Result<(), GatewayError> {
        let each = |listed: Listed| {
            each(Capture {
                intent_id: listed.id,
                order_id: listed.metadata.order_id,
                amount_minor: listed.amount_received,
                currency: listed.currency.to_uppercase(),
            });
        };
        self.list("/v1/payment_intents", each).await
    }

    /// Every refund that was made, newest first: the intent it belongs to, and minor units.
    pub async fn refunds(&self, mut each: impl FnMut(String, i64)) -> Result<(), GatewayError> {
        let each = |listed: RefundBody| {
            let stands = listed.stands();
            if let Some(intent) = listed.payment_intent.filter(|_| stands) {
                each(intent, listed.amount);
            }
        };
        self.list("/v1/refunds", each).await
    }

    async fn list<T: Paged + serde::de::DeserializeOwned>(
        &self,
        path: &str,
        mut each: impl FnMut(T),
    ) -> Result<(), GatewayError> {
        let mut after: Option<String> = None;
        loop {
            let page: Page<T> = self.page(path, &[], after.as_deref()).await?;
            after = page.data.last().map(|last| last.id().to_owned());
            page.data.into_iter().for_each(&mut each);
            if !page.has_more || after.is_none() {
                return Ok(());
            }
        }
    }

    /// One page of a list. Reading is harmless, so what passes by itself is asked again.
    pub(super) async fn page<T: serde::de::DeserializeOwned>(
        &self,
        path: &str,
        about: &[(&str, &str)],
        after: Option<&str>,
    ) -> Result<Page<T>, GatewayError> {
        let mut query = vec![("limit", "100")];
        query.extend(about);
        query.extend(after.map(|id| ("starting_after", id)));
        let mut pauses = LIST_AGAIN_AFTER_MS.iter();
        loop {
            match (read(self.get(Call::List, path, &query).await).await, pauses.next()) {
                (Err(GatewayError::Unknown(_)), Some(pause)) => {
                    tokio::time::sleep(Duration::from_millis(*pause)).await;
                }
                (answer, _) => return answer,
            }
        }
    }
}
