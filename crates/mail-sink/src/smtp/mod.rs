//! The SMTP protocol, without I/O.

mod command;
mod data;
mod path;
mod refusal;
mod reply;
mod session;

pub(crate) use data::{DataReceiver, Progress, RejectedMail};
pub(crate) use refusal::Refusals;
pub(crate) use reply::Reply;
pub(crate) use session::{Envelope, Limits, NextInput, Session};
