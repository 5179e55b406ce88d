//! The flow: one module a service, each with the same shape: consume → decide → effect → produce.
//!
//! Services know ports, never adapters, and never each other: what two of them need lives in
//! [`web`], [`catalog`], [`live`] or [`secret`].

mod accepted;
pub mod accounts;
pub mod analytics;
pub mod backoffice;
mod bells;
pub mod catalog;
pub mod email;
pub mod live;
pub mod orders;
pub mod secret;
pub mod storefront;
pub mod transactions;
pub mod web;

use std::sync::Arc;

use domain::ports::Clock;

/// The clock as services hold it.
pub type SharedClock = Arc<dyn Clock>;
