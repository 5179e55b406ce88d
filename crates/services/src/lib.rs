//! The services: one module each, all of the same shape: consume → decide → effect → produce.
//!
//! Services depend on ports, never on adapters or on each other. Shared parts are in [`catalog`],
//! [`live`] and the crate `web`.

mod accepted;
pub mod accounts;
pub mod analytics;
pub mod backoffice;
mod bells;
pub mod card_field;
pub mod catalog;
pub mod declaration;
pub mod email;
pub mod live;
pub mod orders;
pub mod storefront;
pub mod transactions;
