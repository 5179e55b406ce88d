//! Why a gateway does not start.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why a gateway does not start; each message is one line a person can act upon.
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
    /// The folder cannot be made, or the journal in it cannot be written.
    #[error("cannot write {path}: {error}", path = path.display())]
    NotWritable {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// Another gateway has this ledger open.
    #[error("{path} is in use by another gateway", path = .0.display())]
    LedgerInUse(PathBuf),
    /// The journal cannot be read back.
    #[error("cannot read {path}: {error}", path = path.display())]
    NotReadable {
        /// The journal.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// A complete line of the journal makes no sense. Money may be missing, so nothing is guessed.
    #[error("{path} is corrupt at line {line}: {reason}", path = path.display())]
    Corrupt {
        /// The journal.
        path: PathBuf,
        /// The line, counted from 1.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
}
