//! A stateful payment gateway with the API shapes of Stripe, for development and tests.
//!
//! It moves no money and knows nothing of what is sold. Unlike a mock it remembers: intents,
//! charges and refunds live in a ledger that is on disk before a request is answered, so the
//! ledger can be the oracle of an audit. On demand it fails in the ways that matter for money:
//! before a charge, and, worse, after one.
//!
//! A request goes `http` → `engine` (idempotency, faults) → `decide` (pure) → `books` → `journal`.
//! Only `journal` touches the disk, and only `http` knows what a request looks like.
//!
//! Besides Stripe's routes there are two of its own, without a key, so listen on loopback only:
//! `GET` and `PUT /_faults` show and set the [`Faults`] in force, and `GET /_ledger` streams all
//! intents and refunds as JSON lines.
//!
//! What Stripe does and this gateway does not: webhooks, manual capture, customers, stored
//! methods, expanded objects, and more than one account.

mod books;
mod clock;
mod config;
mod connection;
mod decide;
mod dice;
mod engine;
mod error;
mod faults;
mod http;
mod journal;
mod model;
mod problem;
mod server;

pub use config::Config;
pub use error::StartError;
pub use faults::{Faults, Latency, OutOfRange, Probability};
pub use server::Gateway;
