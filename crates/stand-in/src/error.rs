//! Start errors.

use std::{
    fmt, io,
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Another program listens on the address.
    #[error("{0} is in use: stop the program that listens there, or choose another address")]
    AddressInUse(SocketAddr),
    /// Cannot listen on the address.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address from the configuration.
        address: SocketAddr,
        /// Error from the operating system.
        source: io::Error,
    },
    /// The data folder, or the file that is appended to, is not writable.
    #[error("cannot write to {}", path.display())]
    NotWritable {
        /// The folder or file.
        path: PathBuf,
        /// Error from the operating system.
        source: io::Error,
    },
    /// Another process uses the file or folder.
    #[error("{} is in use by another process", .0.display())]
    InUse(PathBuf),
    /// A stored file is damaged in a way that cannot be served or repaired.
    #[error("{} is damaged at {position}: {reason}; restore it from a backup", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// Position of the damage.
        position: Position,
        /// Description of the damage, in one line.
        reason: String,
    },
    /// A stored file cannot be read or written.
    #[error("cannot use {}", path.display())]
    Storage {
        /// The file or folder.
        path: PathBuf,
        /// Error from the operating system.
        source: io::Error,
    },
}

/// A position in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// Bytes before it.
    Byte(u64),
    /// Number of a line, from 1.
    Line(u64),
}

impl StartError {
    /// Adds the affected folder or file to an I/O error, for `map_err`.
    pub fn not_writable(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::NotWritable { path, source }
    }

    /// Adds the affected file to an I/O error, for `map_err`.
    pub fn storage(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Storage { path, source }
    }

    /// A file that is damaged from this byte on.
    pub fn corrupt_at_byte(path: &Path, bytes: u64, reason: impl Into<String>) -> Self {
        Self::Corrupt {
            path: path.to_owned(),
            position: Position::Byte(bytes),
            reason: reason.into(),
        }
    }

    /// A file whose line `number` is damaged, counted from 1.
    pub fn corrupt_at_line(path: &Path, number: u64, reason: impl Into<String>) -> Self {
        Self::Corrupt {
            path: path.to_owned(),
            position: Position::Line(number),
            reason: reason.into(),
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Byte(bytes) => write!(f, "byte {bytes}"),
            Self::Line(number) => write!(f, "line {number}"),
        }
    }
}
