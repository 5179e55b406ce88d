//! What every service's HTTP has in common.

pub mod access;
pub mod guard;
pub mod json;
pub mod key;
pub mod language;
pub mod limit;
pub mod live;
pub mod openapi;
pub mod page;
pub mod problem;
pub mod staff;

pub use access::Access;
pub use json::StrictJson;
pub use language::ReadBy;
pub use problem::Problem;
