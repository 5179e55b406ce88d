//! Mails on disk: one append-only file.
//!
//! Opening scans all frames, truncates an unfinished one at the end, and indexes the newest mails.

mod frame;
mod index;
mod open;
mod writer;

pub(crate) use frame::decode;
pub(crate) use index::{Index, IndexedMail};
pub(crate) use open::open;
pub(crate) use writer::Writer;
