//! Why a database cannot be opened.

use crate::migrate::SchemaError;

/// An error of any kind, or a text.
pub(super) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why the database could not be opened. No message contains a password.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Not a valid address. The message leaves it out, since it may contain a password.
    #[error(
        "DATABASE_URL is not a database address ({0}): use sqlite:<path> or postgres://<user>:<password>@<host>:<port>/<database>"
    )]
    Address(#[source] BoxError),
    /// The file or its contents.
    #[error("the database {address} cannot be opened: {reason}")]
    Open {
        /// The address, without a password.
        address: String,
        /// The error of the database.
        #[source]
        reason: sqlx::Error,
    },
    /// The server does not respond.
    #[error(
        "PostgreSQL does not answer at {address} ({reason}): is it running, and is DATABASE_URL right?"
    )]
    Unreachable {
        /// The address, without a password.
        address: String,
        /// The error of the network.
        #[source]
        reason: BoxError,
    },
    /// A wrong user or password.
    #[error("PostgreSQL at {address} refuses the user or the password in DATABASE_URL: {reason}")]
    Refused {
        /// The address, without a password.
        address: String,
        /// The error of the server.
        reason: String,
    },
    /// The server has no such database.
    #[error(
        "PostgreSQL at {address} has no database {name:?}: create it (createdb {name}), or name another one in DATABASE_URL"
    )]
    NoDatabase {
        /// The address, without a password.
        address: String,
        /// The missing database.
        name: String,
    },
    /// The schema could not be migrated.
    #[error("the database {address} cannot be brought to this version: {reason}")]
    Migrate {
        /// The address, without a password.
        address: String,
        /// The error.
        #[source]
        reason: sqlx::migrate::MigrateError,
    },
    /// The schema is of a later version.
    #[error(
        "the database {address} was made by a newer comanda than this one, which cannot work on it: start the newer version again, or restore the backup that was made before the upgrade (its tables are at step {found}, this version knows them up to step {known})"
    )]
    Newer {
        /// The address, without a password.
        address: String,
        /// Its last migration.
        found: i64,
        /// The last migration that this program knows.
        known: i64,
    },
}

impl OpenError {
    pub(super) fn of_schema(address: &str, error: SchemaError) -> Self {
        let address = address.to_owned();
        match error {
            SchemaError::Newer { found, known } => Self::Newer { address, found, known },
            SchemaError::Step(reason) => Self::Migrate { address, reason },
        }
    }
}
