//! Webhooks: sends events to the endpoint, signed, at least once.
//!
//! `sender` sends events once they are on disk; `post` is one attempt. `schedule` decides when to
//! send, without I/O.

mod post;
mod schedule;
mod sender;
mod signature;

pub(crate) use sender::run;
