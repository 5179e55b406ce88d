//! Mails on disk: one file, only ever appended to.
//!
//! Opening walks the file from frame to frame and cuts what a crash left unfinished at its
//! end. The newest mails are read and indexed.

mod frame;
mod index;
mod open;
mod writer;

pub(crate) use frame::decode;
pub(crate) use index::{Index, Indexed};
pub(crate) use open::open;
pub(crate) use writer::Writer;
