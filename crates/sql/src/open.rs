//! Opening a database by its address.

use std::{str::FromStr, time::Duration};

use sqlx::{
    ConnectOptions, Connection, PgConnection, SqlitePool,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{
    Database, Pools,
    migrate::{self, SchemaError},
};

/// The database could not be opened. No message holds a password.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Not an address we can use. What it is stays unsaid: it may hold a password.
    #[error(
        "DATABASE_URL is no address of a database ({0}): use sqlite:<path> or postgres://<user>:<password>@<host>:<port>/<database>"
    )]
    Address(String),
    /// The file, or what is in it.
    #[error("the database {address} cannot be opened: {reason}")]
    Open {
        /// The address, without a password.
        address: String,
        /// What the database said.
        reason: sqlx::Error,
    },
    /// Nobody answers there.
    #[error(
        "PostgreSQL does not answer at {address} ({reason}): is it running, and is DATABASE_URL right?"
    )]
    Unreachable {
        /// The address, without a password.
        address: String,
        /// What the network said.
        reason: String,
    },
    /// A wrong user or password.
    #[error("PostgreSQL at {address} refuses the user or the password in DATABASE_URL: {reason}")]
    Refused {
        /// The address, without a password.
        address: String,
        /// What the server said.
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
    /// The schema.
    #[error("the database {address} cannot be brought to this version: {reason}")]
    Migrate {
        /// The address, without a password.
        address: String,
        /// What went wrong.
        reason: sqlx::migrate::MigrateError,
    },
    /// The schema of a later version.
    #[error(
        "the database {address} was made by a newer comanda than this one, which cannot work on it: start the newer version again, or restore the backup that was made before the upgrade (its tables are at step {found}, this version knows them up to step {known})"
    )]
    Newer {
        /// The address, without a password.
        address: String,
        /// Its last step.
        found: i64,
        /// The last step that this program knows.
        known: i64,
    },
}

impl OpenError {
    fn of_schema(address: &str, error: SchemaError) -> Self {
        let address = address.to_owned();
        match error {
            SchemaError::Newer { found, known } => Self::Newer { address, found, known },
            SchemaError::Step(reason) => Self::Migrate { address, reason },
        }
    }
}

/// How long a server may take to let us in.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// How long a caller waits for a connection. Longer than a fail-over that nobody should notice,
/// shorter than a person waits for a page.
const ACQUIRE_WITHIN: Duration = Duration::from_secs(5);

/// How long a connection to PostgreSQL may lie idle and be trusted.
const ASK_AFTER: Duration = Duration::from_secs(1);

/// Settings of every connection to PostgreSQL, unless the address has its own (`?options=…`).
const SETTINGS: [(&str, &str); 6] = [
    // Batches take milliseconds. What takes this long would keep others waiting for its locks
    // after its caller has given up.
    ("statement_timeout", "10s"),
    // Others hold locks for milliseconds. Whoever waits longer waits for something broken, and
    // does better to let go of its own locks and come again.
    ("lock_timeout", "3s"),
    // An instance that is frozen or cut off in mid-transaction must not block the others.
    ("idle_in_transaction_session_timeout", "10s"),
    // What the statements are written for, whatever the server's own default.
    ("default_transaction_isolation", "read committed"),
    // A plan that was made while a table was small reads all of it for each batch when it is large.
    ("plan_cache_mode", "force_custom_plan"),
    // The rows of a batch are recent and in memory: looking them up by key beats reading the table.
    ("random_page_cost", "1.1"),
];

/// Opens the file, creating it if it is missing.
pub(super) async fn sqlite(address: &str) -> Result<Database, OpenError> {
    let refused = |reason| OpenError::Open { address: address.to_owned(), reason };
    let options = SqliteConnectOptions::from_str(address)
        .map_err(refused)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(5))
        // What is copied back to the file less often is copied once for more changes.
        .pragma("wal_autocheckpoint", "4000")
        // What a statement that fails would need to be undone; it need not outlive anything.
        .pragma("temp_store", "memory")
        // A batch returns a row an order: they are handed over without waiting in between.
        .row_buffer_size(1_024);
    // Orders are found by keys at random places: pages that were read once are kept, 64 MiB of them.
    let writing = options.clone().pragma("cache_size", "-65536");
    let write = sqlite_pool(1, &writing).await.map_err(refused)?;
    migrate::sqlite(&write).await.map_err(|error| OpenError::of_schema(address, error))?;
    let read = sqlite_pool(4, &options.read_only(true)).await.map_err(refused)?;
    Ok(Database(Pools::Sqlite { write, read }))
}

/// A file that is new, or whose last user has just gone, is switched to its journal under a lock
/// that SQLite does not wait for: whoever comes in that moment is refused, and comes again.
async fn sqlite_pool(connections: u32, options: &SqliteConnectOptions) -> sqlx::Result<SqlitePool> {
    let mut tries = 0;
    loop {
        // A file does not go away: there is nothing to ask before each use.
        let pool = SqlitePoolOptions::new().max_connections(connections).test_before_acquire(false);
        match pool.connect_with(options.clone()).await {
            Err(sqlx::Error::Database(error))
                if tries < 20 && error.code().as_deref() == Some("5") =>
            {
                tries += 1;
                tokio::time::sleep(Duration::from_millis(10 * tries)).await;
            }
            ended => return ended,
        }
    }
}

/// Opens a database of a PostgreSQL server; at most `connections` at a time.
pub(super) async fn postgres(address: &str, connections: u32) -> Result<Database, OpenError> {
    let options = PgConnectOptions::from_str(address)
        .map_err(|reason| OpenError::Address(reason.to_string()))?;
    let options = match options.get_application_name() {
        Some(_) => options,
        None => options.application_name("comanda"),
    };
    let shown = place(&options);
    // Changes of the schema may take as long as they take.
    let mut schema = connect(&options, &shown).await?;
    migrate::postgres(&mut schema).await.map_err(|error| OpenError::of_schema(&shown, error))?;
    // It has done its work; that it ends without a word changes nothing.
    let _ = schema.close().await;
    let pool = PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_WITHIN)
        .test_before_acquire(false)
        .before_acquire(|connection, about| Box::pin(is_alive(connection, about.idle_for)))
        .connect_lazy_with(tuned(options));
    Ok(Database(Pools::Postgres(pool)))
}

/// Asks a connection that has lain idle whether it is still there. One that was in use a moment ago
/// is not asked: that would be a round trip more for each batch.
async fn is_alive(connection: &mut PgConnection, idle_for: Duration) -> sqlx::Result<bool> {
    if idle_for >= ASK_AFTER {
        connection.ping().await?;
    }
    Ok(true)
}

fn tuned(options: PgConnectOptions) -> PgConnectOptions {
    let own = options.get_options().unwrap_or_default().to_owned();
    options.options(SETTINGS.into_iter().filter(|(name, _)| !own.contains(name)))
}

/// Connects once by itself: a pool would only say that it timed out.
async fn connect(options: &PgConnectOptions, shown: &str) -> Result<PgConnection, OpenError> {
    let unreachable = |reason: String| OpenError::Unreachable { address: shown.to_owned(), reason };
    let attempt = async {
        loop {
            match options.connect().await {
                // It is starting, or has as many clients as it takes: both pass.
                Err(sqlx::Error::Database(e)) if e.is_transient_in_connect_phase() => {
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
                ended => return ended,
            }
        }
    };
    let Ok(ended) = tokio::time::timeout(CONNECT_WITHIN, attempt).await else {
        let limit = CONNECT_WITHIN.as_secs();
        return Err(unreachable(format!("not ready within {limit} s")));
    };
    ended.map_err(|error| match error {
        sqlx::Error::Io(e) => unreachable(e.to_string()),
        // Also if the server hangs up before it has said anything.
        sqlx::Error::Protocol(e) => {
            unreachable(format!("it hangs up, or something else answers there: {e}"))
        }
        sqlx::Error::Database(e) => match e.code().as_deref() {
            Some("28000" | "28P01") => {
                OpenError::Refused { address: shown.to_owned(), reason: e.message().to_owned() }
            }
            Some("3D000") => OpenError::NoDatabase {
                address: shown.to_owned(),
                name: options.get_database().unwrap_or(options.get_username()).to_owned(),
            },
            _ => OpenError::Open { address: shown.to_owned(), reason: sqlx::Error::Database(e) },
        },
        reason => OpenError::Open { address: shown.to_owned(), reason },
    })
}

/// The address of a database as it may be shown.
pub fn without_password(address: &str) -> String {
    match address.split_once(':') {
        Some(("sqlite", _)) => address.to_owned(),
        _ => address.parse().map_or_else(|_| "?".to_owned(), |options| place(&options)),
    }
}

/// User, host, port and database.
fn place(options: &PgConnectOptions) -> String {
    let (user, port) = (options.get_username(), options.get_port());
    let place = match options.get_socket() {
        Some(folder) => folder.display().to_string(),
        None => format!("{}:{port}", options.get_host()),
    };
    format!("postgres://{user}@{place}/{}", options.get_database().unwrap_or(user))
}

/// The SQLite pools of a test.
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_made_unless_the_address_sets_its_own() {
        let options = |address: &str| tuned(address.parse().unwrap());
        let ours = options("postgres://ada:pw@db/shop");
        let set = ours.get_options().unwrap();
        let escaped = |value: &str| value.replace(' ', "\\ ");
        assert!(SETTINGS.iter().all(|(n, v)| set.contains(&format!("{n}={}", escaped(v)))));
        let own = options("postgres://db/shop?options[statement_timeout]=1min");
        let set = own.get_options().unwrap();
        assert!(set.contains("statement_timeout=1min") && !set.contains("statement_timeout=10s"));
        assert!(set.contains("lock_timeout=3s"));
    }

    #[test]
    fn what_is_shown_holds_no_password() {
        for address in [
            "postgres://ada:s3cret@db:1234/shop",
            "postgresql://db:1234/shop?user=ada&password=s3cret",
        ] {
            let shown = without_password(address);
            assert_eq!(shown, "postgres://ada@db:1234/shop");
        }
    }
}
