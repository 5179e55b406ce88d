//! One import style: a crate or module is imported from in one `use`, whose parts are nested.

use std::{collections::BTreeSet, fs};

use super::{root, sources};

/// The part before the first `::` of each unindented `use`, with its visibility. A `use` under an
/// attribute is a group of its own.
fn roots(source: &str) -> Vec<(&str, &str)> {
    let mut roots = Vec::new();
    let mut before = "";
    for line in source.lines() {
        let has_attribute = std::mem::replace(&mut before, line).starts_with("#[");
        let Some(at) = line.find("use ").filter(|_| !has_attribute) else { continue };
        let (visibility, path) = (&line[..at], &line[at + 4..]);
        if visibility.is_empty() || visibility.starts_with("pub") {
            let end = path.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(path.len());
            roots.push((visibility, &path[..end]));
        }
    }
    roots
}

#[test]
fn imports_of_one_root_are_one_tree() {
    let mut files = Vec::new();
    for folder in ["crates", "xtask"] {
        sources(&root().join(folder), &mut files);
    }
    for file in files {
        let source = fs::read_to_string(&file).unwrap();
        let mut seen = BTreeSet::new();
        let again: Vec<_> = roots(&source).into_iter().filter(|root| !seen.insert(*root)).collect();
        assert!(again.is_empty(), "{}: nest what is used of {again:?}", file.display());
    }
}

#[test]
fn roots_are_found() {
    let source =
        "use a::b;\npub use a::c;\n#[cfg(test)]\nuse a::d;\nuse e::{\n    f,\n};\nuse g;\n";
    assert_eq!(roots(source), [("", "a"), ("pub ", "a"), ("", "e"), ("", "g")]);
}
