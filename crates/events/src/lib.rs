//! The events: their payloads and headers, independent of the transport.
//!
//! One module per topic, each with the payload, its encoding and its decoding. Payloads are not the
//! domain's types: [`TryFrom`] converts between the two, so a record is validated once, here, and
//! trusted afterwards. Unknown fields are ignored.

pub mod dead_letter;
pub mod envelope;
pub mod event_type;
pub mod flow;
pub mod header;
pub mod menu;
pub mod number;
pub mod order_confirmed;
pub mod order_declined;
pub mod order_details;
pub mod order_event;
pub mod order_payments;
pub mod order_progress;
pub mod order_refunded;
pub mod order_requests;
pub mod record;
pub mod retry;
pub mod seller;
mod set_aside;
pub mod stock_changes;
pub mod stock_levels;
pub mod text;
pub mod topic;

/// The contracts as an `AsyncAPI` document, the same as in `docs/`.
pub const ASYNCAPI: &str = include_str!("../../../docs/asyncapi.json");

pub use dead_letter::Range;
pub use envelope::Envelope;
pub use event_type::{EventType, Readability, WRITE_VERSIONS};
pub use flow::{Follower, Handler, Outcome, Pace, PublishError, Publisher, TooLarge};
pub use header::{BY_HEADER, HeaderName, Headers, TRACE_HEADER, header_name, is_set_aside};
pub use order_event::OrderEvent;
pub use record::{DecodeError, OutgoingRecord, Record, RecordPosition};
pub use retry::Delay;
pub use topic::Topic;
