//! A stateful payment gateway with the API shapes of Stripe, for development and tests.
//!
//! It moves no money and knows nothing of what is sold. Unlike a mock it remembers: intents,
//! charges and refunds live in a ledger that is on disk before a request is answered, so the
//! ledger can be the oracle of an audit. On demand it fails in the ways that matter for money:
//! before a charge, and, worse, after one.
//!
//! A request goes `http` → `engine` (idempotency, faults) → `decide` (pure) → `books` → `journal`;
//! `webhooks` sends what the books tell once it is on disk. Only `http` knows what a request looks
//! like, and `view` what an answer does.
//!
//! What happens is told: `GET /v1/events` lists it, and with an endpoint set it is sent there as
//! Stripe sends webhooks, signed, at least once, in no promised order, and again until it is taken
//! with 2xx. That goes on after a restart.
//!
//! Besides Stripe's routes there are three of its own, without a key, so listen on loopback only:
//! `GET` and `PUT /_faults` show and set the [`Faults`] in force, `GET` and `PUT /_webhooks` the
//! endpoint for [`Webhooks`], and `GET /_ledger` streams all intents and refunds as JSON lines.
//!
//! What Stripe does and this gateway does not: manual capture, customers, stored methods, refunds
//! that take their time, expanded objects, events about charges but `charge.refunded`, more than
//! one endpoint, and more than one account.

mod books;
mod clock;
mod config;
mod connection;
mod decide;
mod dice;
mod endpoint;
mod engine;
mod error;
mod faults;
mod http;
mod journal;
mod model;
mod problem;
mod random;
mod server;
mod view;
mod webhooks;

pub use config::Config;
pub use endpoint::{Retries, Webhooks, WrongWebhooks};
pub use error::StartError;
pub use faults::{Faults, Latency, NotALatency, OutOfRange, Probability, WrongFaults};
pub use server::Gateway;
