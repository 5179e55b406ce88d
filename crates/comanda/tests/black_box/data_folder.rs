//! The data folder: private to its owner, and unusable without its secret.

use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use crate::common::{
    Engine, Platform, on_embedded,
    orders::pizza,
    platform::{UP_ARGS, assert_fault, comanda},
};

/// The permissions of group and others on a file or folder.
fn permissions_of_others(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o077
}

fn list_below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let deep = |path: PathBuf| {
        let below = if path.is_dir() { list_below(&path) } else { Vec::new() };
        [vec![path], below].concat()
    };
    entries.flat_map(deep).collect()
}

async fn data_is_private_and_a_lost_secret_is_not_generated_again(engine: Engine) {
    let mut platform = Platform::start(engine).await;
    let placed = platform.api.place_order(&pizza("a@example.com")).await;
    platform.api.wait_for_status(&placed, "confirmed").await;
    let data = platform.data();
    let open: Vec<_> = [vec![data.clone()], list_below(&data)].concat();
    let open: Vec<_> = open.into_iter().filter(|path| permissions_of_others(path) != 0).collect();
    assert!(open.is_empty(), "others may look into {open:?}");
    platform.stop().await;

    let (secret, away) = (data.join("secret"), data.join("secret.away"));
    std::fs::rename(&secret, &away).unwrap();
    assert_fault(&comanda(&data, UP_ARGS).output().unwrap(), 64, &["secret is missing", "backup"]);
    assert!(!secret.exists());
    std::fs::rename(&away, &secret).unwrap();
    platform.start_again().await;
    platform.api.order(&placed).await;
    platform.finish().await;
}

#[test]
fn a_process_that_cannot_write_its_addresses_is_drained() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir_all(data.join("endpoints.json")).unwrap();
    let output = comanda(&data, UP_ARGS).env("COMANDA_LOG", "warn,kafka=debug").output().unwrap();
    let log = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(73), "{log}");
    assert!(log.contains("cannot write") && log.contains("endpoints.json"), "{log}");
    // No client of the local log has outlived it.
    assert!(!log.contains("AllBrokersDown"), "{log}");
}

on_embedded!(data_is_private_and_a_lost_secret_is_not_generated_again,);
