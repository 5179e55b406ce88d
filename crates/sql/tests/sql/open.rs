//! Opening a database: the schema is migrated once, and every failure is one line that says what to
//! do and never contains the password.

use futures::future::join_all;
use sql::Database;
use sqlx::{ConnectOptions, postgres::PgConnectOptions};

use super::common::{TestDatabase, figures_equal_facts};

async fn open_error(address: &str) -> String {
    Database::open(address).await.unwrap_err().to_string()
}

#[tokio::test]
async fn an_invalid_address_is_reported() {
    for address in ["mysql://ada:s3cret@localhost/x", "s3cret", "postgres://ada:s3cret@db:port/x"] {
        let error = open_error(address).await;
        assert!(error.contains("use sqlite:<path> or postgres://"), "{error}");
        assert!(!error.contains("s3cret"), "{error}");
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_reported() {
    assert!(open_error("sqlite:/nowhere/at/all/x.db").await.contains("cannot be opened"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("text.db");
    std::fs::write(&path, "this is a text and not a database at all".repeat(100)).unwrap();
    let error = open_error(&format!("sqlite:{}", path.display())).await;
    assert!(error.contains("cannot be opened") || error.contains("cannot be brought"), "{error}");
}

#[tokio::test]
async fn an_unreachable_server_is_reported() {
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = open_error(&format!("postgres://ada:s3cret@127.0.0.1:{port}/shop")).await;
    assert!(error.contains(&format!("does not answer at postgres://ada@127.0.0.1:{port}/shop")));
    assert!(error.contains("is it running") && !error.contains("s3cret"), "{error}");
}

#[tokio::test]
async fn processes_that_start_together_agree_on_a_new_file() {
    let folder = tempfile::tempdir().unwrap();
    let address = format!("sqlite:{}", folder.path().join("new.db").display());
    for database in join_all((0..6).map(|_| Database::open(&address))).await {
        database.unwrap().close().await;
    }
}

async fn processes_that_start_together_agree_on_a_new_database(test_db: TestDatabase) {
    test_db.database.close().await;
    test_db.tamper("DROP SCHEMA public CASCADE; CREATE SCHEMA public").await;
    for database in join_all((0..6).map(|_| Database::open(&test_db.address))).await {
        database.unwrap().close().await;
    }
}

async fn a_missing_database_or_role_is_reported(test_db: TestDatabase) {
    let options: PgConnectOptions = test_db.address.parse().unwrap();
    let address = |options: &PgConnectOptions| options.to_url_lossy().to_string();
    let missing = options.clone().password("s3cret").database("no such shop");
    let no_database = open_error(&address(&missing)).await;
    assert!(no_database.contains("has no database \"no such shop\""), "{no_database}");
    assert!(no_database.contains("createdb") && !no_database.contains("s3cret"));
    let stranger = open_error(&address(&options.username("stranger").password("s3cret"))).await;
    assert!(stranger.contains("refuses the user or the password"), "{stranger}");
    assert!(!stranger.contains("s3cret"), "{stranger}");
}

/// The name of our connections, as operators see it.
async fn connections_have_an_application_name(test_db: TestDatabase) {
    use sqlx::Row;
    let sql = "SELECT application_name FROM pg_stat_activity WHERE datname = current_database() \
        AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
    figures_equal_facts(&test_db.database).await;
    let found = sqlx::query(sql).fetch_all(&mut test_db.raw().await).await.unwrap();
    assert!(!found.is_empty());
    for row in found {
        assert_eq!(row.get::<String, _>(0), "comanda");
    }
}

on_postgres!(
    processes_that_start_together_agree_on_a_new_database,
    a_missing_database_or_role_is_reported,
    connections_have_an_application_name,
);
