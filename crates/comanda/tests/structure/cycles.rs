//! No cyclic dependencies between the top-level modules of a crate. Within one of them, parent and
//! child may use each other.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use super::{named, root, sources};

/// The other modules that each module uses.
type Uses = BTreeMap<String, BTreeSet<String>>;

/// The top-level module of a file, and the depth of the file in it.
fn module_of(file: &Path, src: &Path) -> (String, usize) {
    let path = file.strip_prefix(src).unwrap().with_extension("");
    let parts: Vec<_> = path.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
    let depth = parts.len() - usize::from(parts.last().is_some_and(|last| last == "mod"));
    (parts[0].clone(), depth)
}

/// A source without its unit tests, which may name anything.
fn without_tests(source: &str) -> &str {
    let marks = ["#[cfg(test)]\nmod tests", "#[cfg(test)]\npub(super) mod tests"];
    let start = marks.iter().filter_map(|mark| source.find(mark)).min();
    &source[..start.unwrap_or(source.len())]
}

fn uses(src: &Path) -> Uses {
    let mut files = Vec::new();
    sources(src, &mut files);
    files.retain(|file| !file.components().any(|part| part.as_os_str() == "tests"));
    files.retain(|file| !file.ends_with("tests.rs"));
    let modules: BTreeSet<_> = files.iter().map(|file| module_of(file, src).0).collect();
    let mut uses = Uses::new();
    for file in &files {
        let (module, depth) = module_of(file, src);
        if ["lib", "main"].contains(&module.as_str()) {
            continue;
        }
        let text = fs::read_to_string(file).unwrap();
        let mut text = without_tests(&text).to_owned();
        if depth > 1 {
            // Below a module, `super::` stays within it.
            text = text.replace("super::", "");
        }
        let names = named(&text).into_iter().filter(|name| modules.contains(name));
        let others = names.filter(|name| *name != module);
        uses.entry(module.clone()).or_default().extend(others);
    }
    uses
}

/// A cycle of modules, if there is one.
fn find_cycle(uses: &Uses) -> Option<Vec<String>> {
    fn walk(uses: &Uses, way: &mut Vec<String>, done: &mut BTreeSet<String>) -> bool {
        let here = way.last().unwrap().clone();
        for next in uses.get(&here).into_iter().flatten() {
            if let Some(at) = way.iter().position(|module| module == next) {
                way.drain(..at);
                way.push(next.clone());
                return true;
            }
            if done.contains(next) {
                continue;
            }
            way.push(next.clone());
            if walk(uses, way, done) {
                return true;
            }
            way.pop();
        }
        done.insert(here);
        false
    }
    let mut done = BTreeSet::new();
    uses.keys().find_map(|start| {
        let mut way = vec![start.clone()];
        walk(uses, &mut way, &mut done).then_some(way)
    })
}

#[test]
fn no_modules_of_a_crate_depend_on_each_other_cyclically() {
    let mut looked_at = 0;
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        let src = entry.unwrap().path().join("src");
        let uses = uses(&src);
        looked_at += uses.len();
        if let Some(way) = find_cycle(&uses) {
            panic!("{}: {}", src.display(), way.join(" → "));
        }
    }
    assert!(looked_at > 150, "the modules were found: {looked_at}");
}

#[test]
fn a_cycle_is_found() {
    let uses = |pairs: &[(&str, &[&str])]| -> Uses {
        let to = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        pairs.iter().map(|(from, names)| ((*from).to_owned(), to(names))).collect()
    };
    let open = uses(&[("a", &["b", "c"]), ("b", &["c"]), ("c", &[])]);
    assert_eq!(find_cycle(&open), None);
    let closed = uses(&[("a", &["b"]), ("b", &["c"]), ("c", &["d"]), ("d", &["b"])]);
    assert_eq!(find_cycle(&closed).unwrap().join(" "), "b c d b");
}
