//! Rules of the structure: dependencies between crates and services, and the length of files.
//! Clippy checks the length of functions (`too-many-lines-threshold`).

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop")]

mod cycles;
mod docs;
mod imports;
#[path = "../common/register.rs"]
mod register;
mod stand_ins;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use self::register::services;

/// The allowed dependencies between our crates:
/// domain ← events ← {services, kafka, sql, smtp, stripe} ← comanda.
const ALLOWED: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("events", &["domain"]),
    ("ui", &["domain"]),
    // Metrics and traces, independent of the crates that record them.
    ("telemetry", &["domain"]),
    ("web", &["domain", "events", "ui"]),
    ("services", &["domain", "events", "telemetry", "ui", "web"]),
    // One technology each.
    ("clock", &["domain"]),
    ("kafka", &["clock", "domain", "events", "telemetry"]),
    ("sql", &["domain", "events", "telemetry"]),
    ("smtp", &["domain", "telemetry"]),
    ("stripe", &["domain", "telemetry"]),
    // Stand-ins for external systems, independent of the domain.
    ("stand-in", &[]),
    ("local-log", &["stand-in"]),
    ("test-gateway", &["stand-in"]),
    ("mail-sink", &["stand-in"]),
    (
        "comanda",
        &[
            "clock",
            "domain",
            "events",
            "kafka",
            "local-log",
            "mail-sink",
            "services",
            "smtp",
            "sql",
            "stripe",
            "telemetry",
            "test-gateway",
            "ui",
            "web",
        ],
    ),
];

/// Further dependencies of tests.
const IN_TESTS: &[(&str, &[&str])] = &[("smtp", &["mail-sink"])];

const MAX_LINES: usize = 500;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn manifest(name: &str) -> toml::Table {
    let path = root().join("crates").join(name).join("Cargo.toml");
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display())).parse().unwrap()
}

fn own(manifest: &toml::Table, section: &str, names: &BTreeSet<String>) -> BTreeSet<String> {
    let Some(table) = manifest.get(section).and_then(toml::Value::as_table) else {
        return BTreeSet::new();
    };
    table.keys().filter(|name| names.contains(*name)).cloned().collect()
}

fn allowed(table: &[(&str, &[&str])], name: &str) -> BTreeSet<String> {
    let row = table.iter().find(|(row, _)| *row == name);
    row.into_iter().flat_map(|(_, to)| to.iter().map(|s| (*s).to_owned())).collect()
}

#[test]
fn dependencies_have_one_direction() {
    let folders = fs::read_dir(root().join("crates")).unwrap();
    let names: BTreeSet<String> =
        folders.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    let known: BTreeSet<String> = ALLOWED.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names, known, "every crate has its place in the direction");
    for name in &names {
        let manifest = manifest(name);
        let (may, in_tests) = (allowed(ALLOWED, name), allowed(IN_TESTS, name));
        for (section, more) in [
            ("dependencies", BTreeSet::new()),
            ("build-dependencies", BTreeSet::new()),
            ("dev-dependencies", in_tests),
        ] {
            let has = own(&manifest, section, &names);
            let may: BTreeSet<_> = may.union(&more).cloned().collect();
            let wrong: Vec<_> = has.difference(&may).collect();
            assert!(wrong.is_empty(), "{name} must not depend on {wrong:?} ({section})");
        }
        assert!(manifest.get("target").is_none(), "{name}: this test does not look there");
    }
}

/// Rust files below a folder.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The service that a file under `services/src` belongs to.
fn service_of(path: &Path, src: &Path) -> Option<&'static str> {
    let first = path.strip_prefix(src).unwrap().components().next()?;
    let name = Path::new(first.as_os_str()).file_stem()?.to_str()?.to_owned();
    services().into_iter().find(|service| *service == name)
}

/// The modules that a source names: `crate::a`, `crate::{a, b::c}`, `super::d`. Comments and
/// white space are left out.
fn named(source: &str) -> BTreeSet<String> {
    let code = source.lines().map(|line| line.split("//").next().unwrap_or_default());
    let code: String = code.flat_map(str::chars).filter(|c| !c.is_whitespace()).collect();
    let word = |text: &str| -> String {
        text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    };
    let mut names = BTreeSet::new();
    // From a service's outermost module, `super::` is the crate as well.
    for after in code.split("crate::").skip(1).chain(code.split("super::").skip(1)) {
        match after.strip_prefix('{') {
            None => names.extend([word(after)]),
            Some(group) => names.extend(first_words(group).into_iter().map(|part| word(&part))),
        }
    }
    names.remove("");
    names
}

/// The parts of a `{a, b::{c, d}}` group, without those of groups inside.
fn first_words(group: &str) -> Vec<String> {
    let (mut depth, mut parts) = (0_usize, vec![String::new()]);
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => parts.push(String::new()),
            c if depth == 0 => parts.last_mut().unwrap().push(c),
            _ => {}
        }
    }
    parts
}

#[test]
fn a_service_never_names_another() {
    let (src, all) = (root().join("crates/services/src"), services());
    assert!(all.len() >= 6, "the register was read: {all:?}");
    let mut files = Vec::new();
    sources(&src, &mut files);
    let mut seen = BTreeMap::<&str, usize>::new();
    for file in files {
        let Some(service) = service_of(&file, &src) else { continue };
        *seen.entry(service).or_default() += 1;
        let names = named(&fs::read_to_string(&file).unwrap());
        let others: Vec<_> = all.iter().filter(|s| **s != service && names.contains(**s)).collect();
        assert!(others.is_empty(), "{} names {others:?}", file.display());
    }
    assert_eq!(seen.len(), all.len(), "every service was found: {seen:?}");
}

#[test]
fn names_are_found_in_every_spelling() {
    let all = "use crate::{\n    a,\n    b::{c, d},\n    e::f as g,\n};\n\
               fn x() { crate::h::i() } // crate::j\nuse super::k;";
    assert_eq!(named(all).into_iter().collect::<Vec<_>>(), ["a", "b", "e", "h", "k"]);
}

#[test]
fn no_file_is_too_long() {
    let mut files = Vec::new();
    for folder in ["crates", "xtask"] {
        sources(&root().join(folder), &mut files);
    }
    assert!(files.len() > 100, "the sources were found");
    for file in files {
        let lines = fs::read_to_string(&file).unwrap().lines().count();
        assert!(lines <= MAX_LINES, "{} has {lines} lines, {MAX_LINES} at most", file.display());
    }
}
