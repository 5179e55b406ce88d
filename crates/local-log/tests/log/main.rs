//! Black-box tests of the log through Kafka clients, in one program to link once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "helpers of tests are tests, too"
)]
#![allow(unreachable_pub, missing_docs, reason = "nothing is public in a test")]

mod compaction;
mod crashes;
mod damage;
mod damaged_records;
mod deletion;
mod durability;
mod flips;
mod full_disk;
mod garbage;
mod group_versions;
mod groups;
mod limits;
mod records;
mod retention;
mod support;
mod topics;
mod versions;
mod wire;

/// Not a test: the child process of other tests, which serves a folder until it is killed.
#[test]
fn child_log() {
    support::child::serve_if_child();
}
