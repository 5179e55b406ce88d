//! Opening: the schema is brought up to date once, and what cannot be opened is told in one line
//! that says what to do and never holds the password.

use futures::future::join_all;
use sql::Database;
use sqlx::{ConnectOptions, postgres::PgConnectOptions};

use super::common::{TestDatabase, figures_equal_facts};

async fn told(address: &str) -> String {
    Database::open(address).await.unwrap_err().to_string()
}

#[tokio::test]
async fn what_is_no_address_says_so() {
    for address in ["mysql://ada:s3cret@localhost/x", "s3cret", "postgres://ada:s3cret@db:port/x"] {
        let told = told(address).await;
        assert!(told.contains("use sqlite:<path> or postgres://"), "{told}");
        assert!(!told.contains("s3cret"), "{told}");
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_says_so() {
    assert!(told("sqlite:/nowhere/at/all/x.db").await.contains("cannot be opened"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("text.db");
    std::fs::write(&path, "this is a text and not a database at all".repeat(100)).unwrap();
    let error = told(&format!("sqlite:{}", path.display())).await;
    assert!(error.contains("cannot be opened") || error.contains("cannot be brought"), "{error}");
}

#[tokio::test]
async fn a_server_that_is_not_there_says_so() {
    // A port that was just free.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let told = told(&format!("postgres://ada:s3cret@127.0.0.1:{port}/shop")).await;
    assert!(told.contains(&format!("does not answer at postgres://ada@127.0.0.1:{port}/shop")));
    assert!(told.contains("is it running") && !told.contains("s3cret"), "{told}");
}

#[tokio::test]
async fn processes_that_start_together_agree_on_a_new_file() {
    let folder = tempfile::tempdir().unwrap();
    let address = format!("sqlite:{}", folder.path().join("new.db").display());
    for database in join_all((0..6).map(|_| Database::open(&address))).await {
        database.unwrap().close().await;
    }
}

async fn processes_that_start_together_agree_on_a_new_database(place: TestDatabase) {
    place.database.close().await;
    place.tamper("DROP SCHEMA public CASCADE; CREATE SCHEMA public").await;
    for database in join_all((0..6).map(|_| Database::open(&place.address))).await {
        database.unwrap().close().await;
    }
}

async fn a_missing_database_or_role_says_so(place: TestDatabase) {
    let options: PgConnectOptions = place.address.parse().unwrap();
    let address = |options: &PgConnectOptions| options.to_url_lossy().to_string();
    let missing = options.clone().password("s3cret").database("no such place");
    let told_missing = told(&address(&missing)).await;
    assert!(told_missing.contains("has no database \"no such place\""), "{told_missing}");
    assert!(told_missing.contains("createdb") && !told_missing.contains("s3cret"));
    let stranger = told(&address(&options.username("nobody at all").password("s3cret"))).await;
    assert!(stranger.contains("refuses the user or the password"), "{stranger}");
    assert!(!stranger.contains("s3cret"), "{stranger}");
}

/// What an operator sees of us.
async fn the_server_is_told_who_we_are(place: TestDatabase) {
    use sqlx::Row;
    let sql = "SELECT application_name FROM pg_stat_activity WHERE datname = current_database() \
        AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
    figures_equal_facts(&place.database).await;
    let found = sqlx::query(sql).fetch_all(&mut place.raw().await).await.unwrap();
    assert!(!found.is_empty());
    for row in found {
        assert_eq!(row.get::<String, _>(0), "comanda");
    }
}

on_postgres!(
    processes_that_start_together_agree_on_a_new_database,
    a_missing_database_or_role_says_so,
    the_server_is_told_who_we_are,
);
