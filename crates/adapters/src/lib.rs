//! Everything that can fail for outside reasons. Each module provides ports of `domain` or `events`
//! over one technology, and knows no service.

pub mod clock;
pub mod kafka;
pub mod smtp;
pub mod sql;
pub mod stripe;
