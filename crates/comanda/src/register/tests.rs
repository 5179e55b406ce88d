//! Files that are not generated from the register must agree with it.

use std::{collections::BTreeSet, fs, path::Path};

use super::*;

fn file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name);
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The whole source of a service.
fn source(name: &str) -> String {
    fn add(path: &Path, text: &mut String) {
        if path.is_dir() {
            for entry in fs::read_dir(path).unwrap() {
                add(&entry.unwrap().path(), text);
            }
        } else if let Ok(more) = fs::read_to_string(path) {
            text.push_str(&more);
        }
    }
    let services = Path::new(env!("CARGO_MANIFEST_DIR")).join("../services/src");
    let mut text = String::new();
    add(&services.join(name), &mut text);
    add(&services.join(format!("{name}.rs")), &mut text);
    text
}

#[test]
fn names_ports_and_groups_are_unique() {
    let all = Service::ALL.iter().map(|service| service.declaration());
    let names: BTreeSet<_> = all.clone().map(|service| service.name).collect();
    let ports: BTreeSet<_> = all.map(|service| service.port).collect();
    let groups: BTreeSet<_> = groups().map(|group| group.name).collect();
    assert_eq!(names.len(), Service::ALL.len(), "two services have one name");
    assert_eq!(ports.len(), Service::ALL.len(), "two services have one port");
    assert_eq!(groups.len(), super::groups().count(), "two handlers have one group");
}

#[test]
fn every_service_is_in_the_compose_file() {
    let compose = file("compose.yaml");
    for Declaration { name, port, .. } in Service::ALL.iter().map(|service| service.declaration()) {
        let parts = compose.split(&format!("\n  {name}:\n")).nth(1);
        let problem = format!(
            "compose.yaml: add a service `{name}` with `command: run {name}` and `COMANDA_PORT: {port}`"
        );
        let own = parts.unwrap_or_else(|| panic!("{problem}"));
        let own = own.split("\n\n").next().unwrap();
        let is_right = own.contains(&format!("command: run {name}\n"))
            && own.contains(&format!("COMANDA_PORT: {port}"));
        assert!(is_right, "{problem}");
    }
}

/// Checks the upstreams only. The fleet tests check with Caddy that each route reaches its service.
#[test]
fn every_service_with_routes_is_behind_the_proxy() {
    let caddy = file("deploy/Caddyfile");
    for Declaration { name, port, .. } in Service::ALL.iter().map(|service| service.declaration()) {
        let upstream = format!("{{${}:{name}:{port}}}", name.to_uppercase());
        let has_routes = source(name).contains(".route(\"");
        assert_eq!(
            caddy.contains(&upstream),
            has_routes,
            "deploy/Caddyfile: `reverse_proxy @{name} {upstream}` for the routes of {name}, if it has any"
        );
    }
}

#[test]
fn every_group_of_the_sources_is_in_the_register() {
    let groups: BTreeSet<_> = groups().map(|group| group.name.to_owned()).collect();
    let services = source("");
    let declared = services.split("const GROUP: &'static str = \"").skip(1);
    let declared = declared.filter_map(|text| text.split('"').next()).map(str::to_owned);
    let lacks: Vec<_> = declared.filter(|group| !groups.contains(group)).collect();
    assert!(lacks.is_empty(), "add the handlers of {lacks:?} to their line in register/mod.rs");
}
