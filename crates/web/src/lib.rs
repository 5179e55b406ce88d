//! What every service's HTTP has in common.

pub mod access;
pub mod asker;
mod browser;
pub mod budget;
pub mod file;
pub mod guard;
pub mod if_match;
pub mod json;
pub mod key;
pub mod language;
pub mod limit;
pub mod live;
pub mod openapi;
pub mod page;
pub mod passwords;
pub mod problem;
mod random;
pub mod rules;
pub mod secret;
pub mod security;
pub mod sessions;
pub mod sign_in;
pub mod site;
pub mod source;
pub mod staff;
pub mod streams;
pub mod tries;

pub use access::{Access, Denied, Sight};
pub use asker::Asker;
pub use json::StrictJson;
pub use language::ReadBy;
pub use passwords::Passwords;
pub use problem::Problem;
pub use sessions::Sessions;
pub use site::Site;
pub use source::Source;
