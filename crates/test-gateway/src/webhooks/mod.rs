//! Webhooks: events are sent to one endpoint, signed, at least once.
//!
//! `courier` sends what the books tell, once it is on disk; `post` is one attempt. `schedule`
//! decides when, without I/O. `mark` remembers on disk how far the journal was delivered, so that a
//! gateway that starts again sends the rest again. `desk` is where the endpoint is set and the
//! figures are read.

mod courier;
mod desk;
mod mark;
mod post;
mod schedule;
mod settings;
mod signature;

pub(crate) use courier::run;
pub(crate) use desk::{Desk, Figures};
pub use settings::{Retries, Webhooks, WrongWebhooks};
