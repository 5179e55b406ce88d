//! Webhooks: events are sent to one endpoint, signed, at least once.
//!
//! `courier` sends what the books tell, once it is on disk; `post` is one attempt. `schedule`
//! decides when, without I/O.

mod courier;
mod post;
mod schedule;
mod signature;

pub(crate) use courier::run;
