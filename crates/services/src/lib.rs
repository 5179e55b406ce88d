//! The flow: one module a service, each with the same shape: consume → decide → effect → produce.
//!
//! Services know ports, never adapters, and never each other: what two of them need lives in
//! [`catalog`], [`live`], or the crate `web`.

mod accepted;
pub mod accounts;
pub mod analytics;
pub mod backoffice;
mod bells;
pub mod catalog;
pub mod declaration;
pub mod email;
pub mod live;
pub mod orders;
pub mod storefront;
pub mod transactions;
