//! Documents name files that exist: with their crate (`sql/src/travel.rs`), from the root, or, in
//! the walk of ARCHITECTURE.md, below `services/src` (`email/news.rs`).

use std::{collections::BTreeSet, fs, path::Path};

use super::{root, sources};

/// The Rust files that a text names.
fn files_named(text: &str) -> BTreeSet<&str> {
    let is_end = |c: char| !(c.is_ascii_alphanumeric() || "_-/.".contains(c));
    let is_source = |word: &&str| Path::new(word).extension().is_some_and(|end| end == "rs");
    text.split(is_end).filter(|word| word.contains('/')).filter(is_source).collect()
}

#[test]
fn documents_name_files_that_exist() {
    let root = root();
    let adrs = fs::read_dir(root.join("docs/adr")).unwrap().map(|entry| entry.unwrap().path());
    let names = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"];
    let mut seen = 0;
    for document in names.map(|name| root.join(name)).into_iter().chain(adrs) {
        let text = fs::read_to_string(&document).unwrap();
        for file in files_named(&text) {
            seen += 1;
            let roots = ["", "crates", "crates/services/src"];
            let exists = roots.iter().any(|folder| root.join(folder).join(file).exists());
            assert!(exists, "{} names {file}", relative_path(&document, &root));
        }
    }
    assert!(seen > 30, "file names were found: {seen}");
}

/// Beside the full name of a file, a recipe names its neighbours by the end of theirs
/// (`fixtures/any.rs`).
#[test]
fn recipes_name_files_that_exist() {
    let (root, mut files) = (root(), Vec::new());
    sources(&root.join("crates"), &mut files);
    let text = fs::read_to_string(root.join("docs/adding.md")).unwrap();
    let named = files_named(&text);
    for file in &named {
        assert!(files.iter().any(|known| known.ends_with(file)), "docs/adding.md names {file}");
    }
    assert!(named.len() > 30, "file names were found: {}", named.len());
}

fn relative_path(path: &Path, root: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}
