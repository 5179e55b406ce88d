//! Opening a database by its address.

mod error;

use std::time::Duration;

use sqlx::{
    ConnectOptions, Connection, PgConnection, SqlitePool,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use self::error::BoxError;
pub use self::error::OpenError;
use super::{Database, Pools, migrate};

/// Timeout for connecting to a server.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// Timeout for taking a connection from the pool: longer than a fail-over, shorter than a person
/// waits for a page.
const ACQUIRE_WITHIN: Duration = Duration::from_secs(5);

/// Idle time after which a connection to PostgreSQL is checked before use.
const ASK_AFTER: Duration = Duration::from_secs(1);

/// Settings of each connection to PostgreSQL, unless the address has its own (`?options=…`).
const SETTINGS: [(&str, &str); 6] = [
    // Batches take milliseconds. A statement that takes this long would hold locks after its caller
    // has given up.
    ("statement_timeout", "10s"),
    // Locks are held for milliseconds. A longer wait means that something is broken; releasing our
    // own locks and retrying is better.
    ("lock_timeout", "3s"),
    // An instance that freezes or loses its connection in a transaction must not block the others.
    ("idle_in_transaction_session_timeout", "10s"),
    // The isolation level that the statements are written for.
    ("default_transaction_isolation", "read committed"),
    // A plan made while a table was small would scan all of it for each batch when it is large.
    ("plan_cache_mode", "force_custom_plan"),
    // The rows of a batch are recent and in memory: an index lookup is faster than a scan.
    ("random_page_cost", "1.1"),
];

/// A valid address, as the settings of a connection.
pub(super) enum Address {
    Sqlite(Box<SqliteConnectOptions>),
    Postgres(Box<PgConnectOptions>),
}

impl Address {
    pub(super) fn parse(address: &str) -> Result<Self, OpenError> {
        let wrong = |reason: sqlx::Error| OpenError::Address(reason.into());
        match address.split_once(':').map(|(scheme, _)| scheme) {
            Some("sqlite") => address.parse().map(Box::new).map(Self::Sqlite).map_err(wrong),
            Some("postgres" | "postgresql") => {
                address.parse().map(Box::new).map(Self::Postgres).map_err(wrong)
            }
            Some(scheme) => Err(OpenError::Address(format!("{scheme} is not supported").into())),
            None => Err(OpenError::Address("it has no scheme".into())),
        }
    }
}

/// Opens the file, creating it if it is missing.
pub(super) async fn sqlite(
    address: &str,
    options: SqliteConnectOptions,
) -> Result<Database, OpenError> {
    let refused = |reason| OpenError::Open { address: address.to_owned(), reason };
    let options = options
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(5))
        // Fewer checkpoints: a page that changes often is copied to the file once.
        .pragma("wal_autocheckpoint", "4000")
        // Rollback journals of single statements need not survive a crash.
        .pragma("temp_store", "memory")
        // A batch returns one row per order: a larger buffer avoids waiting between rows.
        .row_buffer_size(1_024);
    // Orders are looked up by random keys: 64 MiB of pages stay cached.
    let writing = options.clone().pragma("cache_size", "-65536");
    let write = sqlite_pool(1, &writing).await.map_err(refused)?;
    migrate::sqlite(&write).await.map_err(|error| OpenError::of_schema(address, error))?;
    let read = sqlite_pool(4, &options.read_only(true)).await.map_err(refused)?;
    Ok(Database(Pools::Sqlite { write, read }))
}

/// Switching a new file to WAL takes a lock that SQLite does not wait for, also after its last user
/// has closed it; a process that opens the file at that moment is refused and retries.
async fn sqlite_pool(connections: u32, options: &SqliteConnectOptions) -> sqlx::Result<SqlitePool> {
    let mut tries = 0;
    loop {
        // A file does not disconnect: no check before use is needed.
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

/// Opens a database on a PostgreSQL server, with at most `connections` connections.
pub(super) async fn postgres(
    options: PgConnectOptions,
    connections: u32,
) -> Result<Database, OpenError> {
    let options = match options.get_application_name() {
        Some(_) => options,
        None => options.application_name("comanda"),
    };
    let shown = display_address(&options);
    // Migrations may take long: no timeout.
    let mut schema = connect(&options, &shown).await?;
    migrate::postgres(&mut schema).await.map_err(|error| OpenError::of_schema(&shown, error))?;
    // Its work is done; a failure to close changes nothing.
    let _ = schema.close().await;
    let pool = PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_WITHIN)
        .test_before_acquire(false)
        .before_acquire(|connection, about| Box::pin(is_alive(connection, about.idle_for)))
        .connect_lazy_with(with_settings(options));
    Ok(Database(Pools::Postgres(pool)))
}

/// Checks a connection that was idle. A recently used one is not checked: that would cost a round
/// trip per batch.
async fn is_alive(connection: &mut PgConnection, idle_for: Duration) -> sqlx::Result<bool> {
    if idle_for >= ASK_AFTER {
        connection.ping().await?;
    }
    Ok(true)
}

fn with_settings(options: PgConnectOptions) -> PgConnectOptions {
    let own = options.get_options().unwrap_or_default().to_owned();
    options.options(SETTINGS.into_iter().filter(|(name, _)| !own.contains(name)))
}

/// Connects once without a pool: a pool would only report a timeout.
async fn connect(options: &PgConnectOptions, shown: &str) -> Result<PgConnection, OpenError> {
    let unreachable =
        |reason: BoxError| OpenError::Unreachable { address: shown.to_owned(), reason };
    let attempt = async {
        loop {
            match options.connect().await {
                // The server is starting or has reached its connection limit; both are temporary.
                Err(sqlx::Error::Database(e)) if e.is_transient_in_connect_phase() => {
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
                ended => return ended,
            }
        }
    };
    let Ok(ended) = tokio::time::timeout(CONNECT_WITHIN, attempt).await else {
        let limit = CONNECT_WITHIN.as_secs();
        return Err(unreachable(format!("not ready within {limit} s").into()));
    };
    ended.map_err(|error| match error {
        sqlx::Error::Io(e) => unreachable(e.into()),
        // Also if the server closes the connection before it has sent anything.
        sqlx::Error::Protocol(e) => {
            unreachable(format!("it hangs up, or something else answers there: {e}").into())
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

/// The address of a database without its password, for logs and messages.
pub fn without_password(address: &str) -> String {
    match address.split_once(':') {
        Some(("sqlite", _)) => address.to_owned(),
        _ => address.parse().map_or_else(|_| "?".to_owned(), |options| display_address(&options)),
    }
}

/// User, host, port and database.
fn display_address(options: &PgConnectOptions) -> String {
    let (user, port) = (options.get_username(), options.get_port());
    let host = match options.get_socket() {
        Some(folder) => folder.display().to_string(),
        None => format!("{}:{port}", options.get_host()),
    };
    format!("postgres://{user}@{host}/{}", options.get_database().unwrap_or(user))
}

/// The SQLite pools of a test.
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_apply_unless_the_address_has_its_own() {
        let options = |address: &str| with_settings(address.parse().unwrap());
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
