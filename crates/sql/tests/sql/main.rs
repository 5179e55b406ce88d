//! The same tests on SQLite (`…::sqlite::…`) and PostgreSQL (`…::postgres::…`), each in a database
//! of its own. They use ports and `Database` only.
//!
//! PostgreSQL tests need `TEST_DATABASE_URL`, the address of a server (15 or later) with a user who
//! may create databases: `cargo test -p sql --test sql -- --include-ignored`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop at once")]

/// Runs tests, functions of a `TestDatabase`, on PostgreSQL.
macro_rules! on_postgres {
    ($($name:ident),+ $(,)?) => {
        mod postgres {
            $(
                #[test]
                #[ignore = "needs PostgreSQL: run by cargo xtask test"]
                fn $name() {
                    crate::common::on_postgres(super::$name);
                }
            )+
        }
    };
}

/// Runs tests, functions of a `TestDatabase`, on both engines.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[test]
                fn $name() {
                    crate::common::on_sqlite(super::$name);
                }
            )+
        }
        on_postgres!($($name),+);
    };
}

mod abandoned;
mod board;
mod books;
mod called_off;
mod changes;
mod common;
mod decisions;
mod due;
mod facts;
mod faults;
mod limits;
mod locks;
mod mails;
mod numbers;
mod open;
mod part_refunds;
mod payments;
mod rebuild;
mod refunds;
mod reopen;
mod reports;
mod search;
mod staff;
mod status;
mod stock;
mod travel;
mod watch;
