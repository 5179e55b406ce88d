//! `<group>.dead_letters`: the original bytes, and beside them why and where from.

use crate::{
    aside::set_aside,
    record::{Outgoing, Record},
};

pub use crate::aside::{ATTEMPTS, ORIGIN_OFFSET, ORIGIN_PARTITION, ORIGIN_TOPIC, REASON};

/// The dead-letter topic of a group.
pub fn topic(group: &str) -> String {
    format!("{group}.dead_letters")
}

/// The dead letter of a record: key, value and headers as they came, and what is known of it.
pub fn dead_letter(group: &str, record: &Record, reason: &str, attempts: u32) -> Outgoing {
    set_aside(topic(group), record, reason, attempts)
}
