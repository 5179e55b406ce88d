//! An SMTP server that stores all mails and delivers none, for development and tests.
//!
//! It implements RFC 5321 strictly, to reveal mistakes of a sender. A mail is on disk before it is
//! acknowledged. The mails can be listed and read through a [`Mailbox`].
//!
//! `connection` does network I/O, `smtp` implements the protocol without I/O, `store` does disk
//! I/O. There is no authentication and no TLS, so it should listen on loopback only.

mod clock;
mod config;
mod connection;
mod mail;
mod mailbox;
mod server;
mod smtp;
mod store;

pub use config::Config;
pub use mail::{Mail, Summary};
pub use mailbox::Mailbox;
pub use server::MailSink;
pub use stand_in::{Position, StartError};
