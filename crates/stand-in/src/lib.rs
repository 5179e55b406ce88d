//! What servers that keep files have in common: start errors, the lock on a file, durable writes and
//! group commit. Shared by `local-log`, `test-gateway` and `mail-sink`.

mod append_file;
mod error;
pub mod files;
mod group_commit;
mod listen;

pub use append_file::{AppendFile, lock};
pub use error::{Position, StartError};
pub use group_commit::{FileLost, GroupCommit, Progress};
pub use listen::listen;
