//! The one endpoint that webhooks go to: its address and secrets, how far it has been served, and
//! what became of the deliveries.
//!
//! `mark` remembers on disk how far the journal was delivered, so that a gateway that starts again
//! sends the rest again.

mod desk;
mod mark;
mod settings;

pub(crate) use desk::{Desk, Figures, Target};
pub use settings::{Retries, Webhooks, WrongWebhooks};
