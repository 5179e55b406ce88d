//! Why a log cannot start: one clear line for each case.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Why the log did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Something else listens on the address.
    #[error("{0} is in use: stop the program that listens there, or choose another address")]
    AddressInUse(SocketAddr),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address from the configuration.
        address: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
    /// The data folder cannot be written to.
    #[error("cannot write to the folder {}: {source}", folder.display())]
    NotWritable {
        /// The folder from the configuration.
        folder: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Another process uses the same data folder.
    #[error("the folder {} is locked by another running log", .0.display())]
    Locked(PathBuf),
    /// A stored file is damaged where it must not be.
    #[error("{} is damaged at byte {offset_bytes}: {reason}; restore it from a backup", file.display())]
    Corrupt {
        /// The damaged file.
        file: PathBuf,
        /// Where the damage begins.
        offset_bytes: u64,
        /// What is wrong there.
        reason: String,
    },
    /// A stored file cannot be read or written.
    #[error("cannot use {}: {source}", file.display())]
    Storage {
        /// The file or folder.
        file: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

impl StartError {
    /// For `map_err`: the file that could not be used.
    pub(crate) fn storage(file: &Path) -> impl FnOnce(io::Error) -> Self {
        let file = file.to_path_buf();
        move |source| Self::Storage { file, source }
    }

    /// A damaged file, with the place and the reason.
    pub(crate) fn corrupt(file: &Path, offset_bytes: u64, reason: impl Into<String>) -> Self {
        Self::Corrupt { file: file.to_path_buf(), offset_bytes, reason: reason.into() }
    }
}
