//! Why a mail sink does not start.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why a mail sink does not start; each message is one line a person can act upon.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Another program has the address.
    #[error("the address {0} is in use")]
    AddressInUse(SocketAddr),
    /// The address cannot be listened on for another reason.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        error: io::Error,
    },
    /// The folder cannot be made, or the file in it cannot be written.
    #[error("cannot write {path}: {error}", path = path.display())]
    NotWritable {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// Another mail sink has this file open.
    #[error("{path} is in use by another mail sink", path = .0.display())]
    InUse(PathBuf),
    /// The file cannot be read back.
    #[error("cannot read {path}: {error}", path = path.display())]
    NotReadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The file holds something other than mails, and more follows.
    #[error("{path} is corrupt at byte {at_byte}", path = path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// Where the trouble begins, counted from 0.
        at_byte: u64,
    },
}
