//! The protocol, without I/O: lines in, replies out.

mod command;
mod data;
mod path;
mod refusal;
mod reply;
mod session;

pub(crate) use data::{Data, Flaw, Progress};
pub(crate) use refusal::Refusals;
pub(crate) use reply::Reply;
pub(crate) use session::{Envelope, Limits, Next, Session};
