//! A stateful payment gateway with the API shapes of Stripe, for development and tests.
//!
//! It moves no money. Unlike a mock it is stateful: intents, charges and refunds are kept in a
//! ledger, durably before a request is answered, so the ledger can serve as the reference of an
//! audit. It injects faults on demand, before and after a charge.
//!
//! A request passes through `http` → `engine` (idempotency, faults) → `decide` (pure) → `books` →
//! `journal`; `webhooks` sends events once they are on disk. Only `http` knows the format of
//! requests, only `view` that of responses.
//!
//! `GET /v1/events` lists all events. With an endpoint set, they are also sent as signed webhooks,
//! like Stripe's: at least once, in any order, with retries until a 2xx response, across restarts.
//!
//! Amounts are captured at once, or held until a capture, a cancellation, or the end of seven days.
//! Cards come as test tokens, or as confirmation tokens from the script at `/v3/stripe.js`, a
//! stand-in for Stripe's. Some of them want the customer to authenticate on a page of the bank,
//! `/3d_secure/…`. Disputes and refunds move the balance, each with its fee.
//!
//! Operational routes require no key, so the gateway should listen on loopback only: `GET` and
//! `PUT /_faults` show and set the [`Faults`], `GET` and `PUT /_webhooks` the endpoint for
//! [`Webhooks`], `GET` and `PUT /_authentication` whether every authentication is left to the
//! script, `POST /_disputes` makes a dispute, and `GET /_ledger` exports all intents and refunds as
//! JSON lines.
//!
//! Not supported: multicapture, customers, stored payment methods, asynchronous refunds, expanded
//! objects other than `latest_charge`, evidence in disputes, payouts, the events `charge.succeeded`
//! and `charge.failed`, several endpoints or accounts.

mod books;
mod clock;
mod config;
mod connection;
mod decide;
mod endpoint;
mod engine;
mod expiry;
mod fault_injector;
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
pub use endpoint::{Retries, Webhooks, WebhooksError};
pub use faults::{
    Faults, Latency, ParseFaultsError, ParseLatencyError, Probability, ProbabilityError,
};
pub use server::Gateway;
pub use stand_in::{Position, StartError};
