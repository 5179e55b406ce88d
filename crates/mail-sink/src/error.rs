//! Start errors.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why a mail sink does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Another program listens on the address.
    #[error("the address {0} is in use")]
    AddressInUse(SocketAddr),
    /// Cannot listen on the address.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// The address from the configuration.
        address: SocketAddr,
        /// Error from the operating system.
        error: io::Error,
    },
    /// The folder or the file in it is not writable.
    #[error("cannot write {path}: {error}", path = path.display())]
    NotWritable {
        /// The folder or file.
        path: PathBuf,
        /// Error from the operating system.
        error: io::Error,
    },
    /// Another mail sink uses the file.
    #[error("{path} is in use by another mail sink", path = .0.display())]
    InUse(PathBuf),
    /// The file cannot be read.
    #[error("cannot read {path}: {error}", path = path.display())]
    NotReadable {
        /// The file.
        path: PathBuf,
        /// Error from the operating system.
        error: io::Error,
    },
    /// The file is damaged before its last mail.
    #[error("{path} is corrupt at byte {at_byte}", path = path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// Position of the damage, counted from 0.
        at_byte: u64,
    },
}
