//! The engines under the platform: the embedded ones, or Apache Kafka and PostgreSQL. The tests
//! are the same.

use std::{env, thread};

use rdkafka::{
    ClientConfig,
    admin::{AdminClient, AdminOptions},
    client::DefaultClientContext,
    metadata::MetadataTopic,
};
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use super::kafka::TIMEOUT;

/// The engine that a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// The local log and SQLite, which `comanda up` embeds.
    Embedded,
    /// The cluster at `TEST_KAFKA_BROKERS` and the server at `TEST_DATABASE_URL`.
    Real,
}

#[allow(unused_macros, reason = "each test binary uses some of them")]
/// Runs tests on both engines: `on_both!(a_test, another)`.
macro_rules! on_both {
    ($($test:ident),+ $(,)?) => {
        $crate::common::on_embedded!($($test),+);
        $crate::common::on_real!($($test),+);
    };
}

/// Runs tests on the cluster and the database server, for what only they have.
macro_rules! on_real {
    ($($test:ident),+ $(,)?) => {
        mod real {
            $(
                #[tokio::test]
                #[ignore = "needs Apache Kafka and PostgreSQL: `cargo xtask test` runs it"]
                async fn $test() {
                    super::$test($crate::common::Engine::Real).await;
                }
            )+
        }
    };
}

#[allow(unused_macros, reason = "each test binary uses some of them")]
/// Runs tests on the embedded engines, for what only they have.
macro_rules! on_embedded {
    ($($test:ident),+ $(,)?) => {
        mod embedded {
            $(
                #[tokio::test]
                async fn $test() {
                    super::$test($crate::common::Engine::Embedded).await;
                }
            )+
        }
    };
}

pub(crate) use {on_both, on_embedded, on_real};

/// The topics and the database of one test; removed on drop.
pub struct Namespace {
    /// Prefix of every topic and group.
    pub prefix: String,
    real: Option<Real>,
}

struct Real {
    brokers: String,
    server: String,
    database: String,
}

impl Namespace {
    /// Creates a namespace on `engine`.
    pub async fn claim(engine: Engine) -> Self {
        if engine == Engine::Embedded {
            return Self { prefix: String::new(), real: None };
        }
        let asked = |name| {
            env::var(name).unwrap_or_else(|_| {
                panic!("{name} is not set: `cargo xtask services up` starts what it names")
            })
        };
        let id = Uuid::new_v4().simple().to_string();
        let (brokers, server) = (asked("TEST_KAFKA_BROKERS"), asked("TEST_DATABASE_URL"));
        let database = format!("test_{id}");
        sql(&server, format!("CREATE DATABASE {database}")).await;
        Self { prefix: format!("test-{id}."), real: Some(Real { brokers, server, database }) }
    }

    /// The brokers' address without authentication.
    pub fn brokers(&self) -> Option<String> {
        self.real.as_ref().map(|real| real.brokers.clone())
    }

    /// The variables that point a platform to it.
    pub fn env(&self) -> Vec<(&'static str, String)> {
        let Some(real) = &self.real else { return Vec::new() };
        let server = real.server.rsplit_once('/').expect("the address names a database").0;
        vec![
            ("KAFKA_BROKERS", real.brokers.clone()),
            ("COMANDA_TOPIC_PREFIX", self.prefix.clone()),
            ("DATABASE_URL", format!("{server}/{}", real.database)),
        ]
    }
}

async fn sql(server: &str, statement: String) {
    let mut connection = PgConnection::connect(server).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

impl Real {
    /// Removes the topics and the database.
    async fn remove(&self, prefix: &str) {
        let admin: AdminClient<DefaultClientContext> =
            ClientConfig::new().set("bootstrap.servers", &self.brokers).create().unwrap();
        let metadata = admin.inner().fetch_metadata(None, TIMEOUT).unwrap();
        let ours = metadata.topics().iter().map(MetadataTopic::name);
        let ours: Vec<_> = ours.filter(|name| name.starts_with(prefix)).collect();
        let options = AdminOptions::new().operation_timeout(Some(TIMEOUT));
        if !ours.is_empty() {
            admin.delete_topics(&ours, &options).await.unwrap();
        }
        let statement = format!("DROP DATABASE {} WITH (FORCE)", self.database);
        sql(&self.server, statement).await;
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let (Some(real), prefix) = (self.real.take(), self.prefix.clone()) else { return };
        // In a thread of its own, since the test's runtime cannot block here.
        let removed = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(real.remove(&prefix));
        });
        if removed.join().is_err() {
            eprintln!("the topics or the database of a test are left behind");
        }
    }
}
