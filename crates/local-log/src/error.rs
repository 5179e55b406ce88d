//! Start errors.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Why the log did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another program listens on the address.
    #[error("{0} is in use: stop the program that listens there, or choose another address")]
    AddressInUse(SocketAddr),
    /// Cannot listen on the address.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address from the configuration.
        address: SocketAddr,
        /// Error from the operating system.
        source: io::Error,
    },
    /// The data folder is not writable.
    #[error("cannot write to the folder {}: {source}", folder.display())]
    NotWritable {
        /// The folder from the configuration.
        folder: PathBuf,
        /// Error from the operating system.
        source: io::Error,
    },
    /// Another process uses the same data folder.
    #[error("the folder {} is locked by another running log", .0.display())]
    Locked(PathBuf),
    /// A stored file is damaged in a way that cannot be served or repaired.
    #[error("{} is damaged at byte {offset_bytes}: {reason}; restore it from a backup", file.display())]
    Corrupt {
        /// The damaged file.
        file: PathBuf,
        /// Position of the damage, in bytes from the start of the file.
        offset_bytes: u64,
        /// Description of the damage.
        reason: String,
    },
    /// A stored file cannot be read or written.
    #[error("cannot use {}: {source}", file.display())]
    Storage {
        /// The file or folder.
        file: PathBuf,
        /// Error from the operating system.
        source: io::Error,
    },
}

impl StartError {
    /// Wraps an I/O error with the affected file, for `map_err`.
    pub(crate) fn storage(file: &Path) -> impl FnOnce(io::Error) -> Self {
        let file = file.to_path_buf();
        move |source| Self::Storage { file, source }
    }

    /// A damaged file, with the position and the reason.
    pub(crate) fn corrupt(file: &Path, offset_bytes: u64, reason: impl Into<String>) -> Self {
        Self::Corrupt { file: file.to_path_buf(), offset_bytes, reason: reason.into() }
    }
}
