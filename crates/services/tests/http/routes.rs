//! The routes of all services, read from their sources.

use std::{fs, path::Path};

/// Every route of the services and the program, such as `/api/orders/{id}`.
pub(crate) fn every_route() -> Vec<String> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = Vec::new();
    for part in ["services/src", "comanda/src"] {
        routes_in(&crates.join(part), &mut found);
    }
    assert!(found.len() > 30, "the routes were found: {found:?}");
    found
}

fn routes_in(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            routes_in(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let routes = text
                .split(".route(")
                .skip(1)
                .filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next());
            found.extend(routes.map(str::to_owned));
        }
    }
}
