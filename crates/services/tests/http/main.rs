//! The services over HTTP, with everything outside in memory.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop at once")]

#[path = "../common/mod.rs"]
mod common;
#[path = "../../../events/tests/common/schema.rs"]
mod schema;

mod access;
mod again;
mod analytics;
mod backoffice;
mod bad_orders;
mod bodies;
mod cancel;
mod card_field;
mod checkout;
mod cross_site;
mod currencies;
mod days;
mod edge;
mod idempotency;
mod kitchen;
mod language;
mod live;
mod menu;
mod office;
mod openapi;
mod opening;
mod other_customers;
mod pay;
mod plain_errors;
mod refusals;
mod reject;
mod roles;
mod routes;
mod seller;
mod sessions;
mod shop;
mod sold_out;
mod staff;
mod stock;
mod streams;
mod tax;
mod totals;
mod travel;
mod webhooks;
mod wrong_values;
