//! The schema: one list of migrations per engine.

use std::time::Duration;

use sqlx::{
    PgConnection, SqlitePool,
    migrate::{Migrate, MigrateError, Migration, MigrationType, Migrator},
};

type Step = (i64, &'static str, &'static str);

const SQLITE: &[Step] = &[
    (1, "order book", include_str!("../migrations/sqlite/0001_order_book.sql")),
    (2, "indexes", include_str!("../migrations/sqlite/0002_indexes.sql")),
    (3, "clustered", include_str!("../migrations/sqlite/0003_clustered.sql")),
    (4, "refunds", include_str!("../migrations/sqlite/0004_refunds.sql")),
    (5, "stock", include_str!("../migrations/sqlite/0005_stock.sql")),
    (6, "decision reasons", include_str!("../migrations/sqlite/0006_decision_reasons.sql")),
    (7, "undecided", include_str!("../migrations/sqlite/0007_undecided.sql")),
    (8, "staff", include_str!("../migrations/sqlite/0008_staff.sql")),
    (9, "figures", include_str!("../migrations/sqlite/0009_figures.sql")),
    (10, "projections", include_str!("../migrations/sqlite/0010_projections.sql")),
    (11, "handed over", include_str!("../migrations/sqlite/0011_handed_over.sql")),
    (12, "travel", include_str!("../migrations/sqlite/0012_travel.sql")),
    (13, "back office", include_str!("../migrations/sqlite/0013_backoffice.sql")),
    (14, "claims", include_str!("../migrations/sqlite/0014_claims.sql")),
    (15, "digests", include_str!("../migrations/sqlite/0015_digests.sql")),
    (16, "session places", include_str!("../migrations/sqlite/0016_session_places.sql")),
    (17, "traces", include_str!("../migrations/sqlite/0017_traces.sql")),
    (18, "due payments", include_str!("../migrations/sqlite/0018_due_payments.sql")),
    (19, "numbers", include_str!("../migrations/sqlite/0019_numbers.sql")),
    (20, "money", include_str!("../migrations/sqlite/0020_money.sql")),
];

const POSTGRES: &[Step] = &[
    (1, "order book", include_str!("../migrations/postgres/0001_order_book.sql")),
    (2, "refunds", include_str!("../migrations/postgres/0002_refunds.sql")),
    (3, "stock", include_str!("../migrations/postgres/0003_stock.sql")),
    (4, "decision reasons", include_str!("../migrations/postgres/0004_decision_reasons.sql")),
    (5, "undecided", include_str!("../migrations/postgres/0005_undecided.sql")),
    (6, "staff", include_str!("../migrations/postgres/0006_staff.sql")),
    (7, "figures", include_str!("../migrations/postgres/0007_figures.sql")),
    (8, "projections", include_str!("../migrations/postgres/0008_projections.sql")),
    (9, "handed over", include_str!("../migrations/postgres/0009_handed_over.sql")),
    (10, "travel", include_str!("../migrations/postgres/0010_travel.sql")),
    (11, "back office", include_str!("../migrations/postgres/0011_backoffice.sql")),
    (12, "claims", include_str!("../migrations/postgres/0012_claims.sql")),
    (13, "digests", include_str!("../migrations/postgres/0013_digests.sql")),
    (14, "session places", include_str!("../migrations/postgres/0014_session_places.sql")),
    (15, "traces", include_str!("../migrations/postgres/0015_traces.sql")),
    (16, "due payments", include_str!("../migrations/postgres/0016_due_payments.sql")),
    (17, "numbers", include_str!("../migrations/postgres/0017_numbers.sql")),
    (18, "money", include_str!("../migrations/postgres/0018_money.sql")),
];

/// Why the schema cannot be migrated to this version.
#[derive(Debug)]
pub(super) enum SchemaError {
    /// It is more than one migration ahead of this program.
    Newer {
        /// Its last migration.
        found: i64,
        /// The last migration that this program knows.
        known: i64,
    },
    /// A migration failed, or its text differs from the one applied.
    Step(MigrateError),
}

impl From<MigrateError> for SchemaError {
    fn from(error: MigrateError) -> Self {
        Self::Step(error)
    }
}

/// Migrates the schema to this version. Processes that start at the same moment race, and SQLite
/// has no lock to wait for: the losing ones retry and find the work done.
pub(super) async fn sqlite(write: &SqlitePool) -> Result<(), SchemaError> {
    let mut tries = 0;
    loop {
        let mut connection = write.acquire().await.map_err(MigrateError::from)?;
        match take_steps(SQLITE, &mut *connection).await {
            Err(SchemaError::Step(_)) if tries < 10 => {
                tries += 1;
                tokio::time::sleep(Duration::from_millis(50 * tries)).await;
            }
            ended => return ended,
        }
    }
}

/// Migrates the schema to this version; an advisory lock makes other processes wait.
pub(super) async fn postgres(connection: &mut PgConnection) -> Result<(), SchemaError> {
    take_steps(POSTGRES, connection).await
}

/// Applies the missing migrations. A schema that is one migration ahead is used as it is: each
/// migration keeps what the previous version needs, so that instances can be replaced one by one.
async fn take_steps<C: Migrate>(steps: &[Step], connection: &mut C) -> Result<(), SchemaError> {
    let mut migrator = migrator(steps);
    connection.lock().await?;
    connection.ensure_migrations_table(&migrator.table_name).await?;
    let taken = connection.list_applied_migrations(&migrator.table_name).await?;
    let found = taken.iter().map(|step| step.version).max().unwrap_or(0);
    let known = steps.iter().map(|(version, ..)| *version).max().unwrap_or(0);
    if found > known + 1 {
        connection.unlock().await?;
        return Err(SchemaError::Newer { found, known });
    }
    migrator.ignore_missing = found > known;
    let taken = migrator.run_direct(None, connection, false).await;
    connection.unlock().await?;
    Ok(taken?)
}

fn migrator(steps: &[Step]) -> Migrator {
    let migration = |&(version, name, sql): &Step| {
        let sql = sqlx::AssertSqlSafe(expand_slots(sql));
        Migration::new(
            version,
            name.into(),
            MigrationType::Simple,
            sqlx::SqlSafeStr::into_sql_str(sql),
            false,
        )
    };
    Migrator {
        migrations: steps.iter().map(migration).collect::<Vec<_>>().into(),
        ..Migrator::DEFAULT
    }
}

/// Expands a text with `{s}` into two, one for each projection of the figures.
fn expand_slots(sql: &str) -> String {
    if !sql.contains("{s}") {
        return sql.to_owned();
    }
    ["a", "b"].map(|slot| sql.replace("{s}", slot)).concat()
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;

    /// A database stores the checksum of each migration it applied, and refuses to open if one has
    /// changed. So a released migration is never changed, mistakes included.
    #[test]
    fn released_migrations_are_never_changed() {
        let mut sums = String::new();
        for (engine, steps) in [("sqlite", SQLITE), ("postgres", POSTGRES)] {
            for step in migrator(steps).iter() {
                let sum = step.checksum.iter().take(12).fold(String::new(), |mut sum, byte| {
                    write!(sum, "{byte:02x}").unwrap();
                    sum
                });
                writeln!(sums, "{engine} {} {sum}", step.version).unwrap();
            }
        }
        let landed = include_str!("../migrations/sums.txt");
        assert_eq!(sums, landed, "add the line of a new step to sums.txt, and change no other");
    }
}
