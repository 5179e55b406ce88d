//! The webhook endpoint: its settings, the delivery checkpoint and statistics.
//!
//! `checkpoint` stores up to which journal position events are delivered, so that the rest is sent
//! after a restart.

mod checkpoint;
mod settings;
mod state;

pub use settings::{Retries, Webhooks, WebhooksError};
pub(crate) use state::{DeliveryStats, EndpointState, Target};
