//! Start errors.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why a gateway does not start.
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
    /// The folder or a file in it is not writable.
    #[error("cannot write {path}: {error}", path = path.display())]
    NotWritable {
        /// The folder or file.
        path: PathBuf,
        /// Error from the operating system.
        error: io::Error,
    },
    /// Another gateway uses the ledger.
    #[error("{path} is in use by another gateway", path = .0.display())]
    LedgerInUse(PathBuf),
    /// A file cannot be read.
    #[error("cannot read {path}: {error}", path = path.display())]
    NotReadable {
        /// The journal.
        path: PathBuf,
        /// Error from the operating system.
        error: io::Error,
    },
    /// A complete line is malformed. Payments may be missing, so it is not skipped.
    #[error("{path} is corrupt at line {line}: {reason}", path = path.display())]
    Corrupt {
        /// The journal.
        path: PathBuf,
        /// The line, counted from 1.
        line: u64,
        /// Description of the problem.
        reason: String,
    },
}
