//! The pages in a real browser: the scenarios of `tests/browser`, against the binary of this build.
//! `cargo xtask test` installs the browser and the packages that it needs.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop")]

use std::{env, fs, path::Path, process::Command};

/// Each file starts a system and a browser of its own.
const FILES_AT_A_TIME: &str = "--test-concurrency=2";

#[test]
#[ignore = "needs Chromium, Node and npm: `cargo xtask test` runs it"]
fn the_pages_do_what_people_expect() {
    let packages = env::var_os("BROWSER_PACKAGES").expect("`cargo xtask test` says where they are");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/browser");
    let entries = fs::read_dir(folder.canonicalize().unwrap()).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    // `BROWSER_TESTS=journey` chooses some by their names.
    let wanted = env::var("BROWSER_TESTS").unwrap_or_default();
    files.retain(|path| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.ends_with(".test.mjs") && name.contains(&wanted)
    });
    assert!(!files.is_empty(), "there is no test named {wanted}");
    files.sort();
    let mut node = Command::new("node");
    node.args(["--test", "--test-reporter=spec", FILES_AT_A_TIME]).args(files);
    node.env("BROWSER_PACKAGES", packages);
    node.env("COMANDA_PROGRAM", env!("CARGO_BIN_EXE_comanda"));
    let status = node.status().expect("Node is installed");
    assert!(status.success(), "node --test ended with {status}");
}
