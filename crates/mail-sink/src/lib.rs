//! An SMTP server that delivers nothing and keeps everything, for development and tests.
//!
//! It speaks RFC 5321 strictly enough to show a sender its mistakes. A mail is on disk before
//! its sender is told so. The mails can be listed and read through a [`Mailbox`].
//!
//! `connection` moves bytes; what they mean is decided in `smtp`, which does no I/O; `store`
//! alone touches the disk. There is no authentication and no TLS: listen on loopback only.

mod clock;
mod config;
mod connection;
mod error;
mod mail;
mod mailbox;
mod server;
mod smtp;
mod store;

pub use config::Config;
pub use error::StartError;
pub use mail::{Mail, Summary};
pub use mailbox::Mailbox;
pub use server::MailSink;
