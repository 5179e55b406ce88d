//! A build without the feature `embedded` contains no stand-in, directly or through another crate.

use std::process::Command;

use super::root;

const STAND_INS: [&str; 4] = ["local-log", "mail-sink", "stand-in", "test-gateway"];

/// The stand-ins that the program is linked with.
fn linked(flags: &[&str]) -> Vec<&'static str> {
    let mut tree = Command::new(env!("CARGO"));
    tree.args(["tree", "--package=comanda", "--edges=normal", "--prefix=none", "--locked"]);
    let output = tree.args(["--offline", "--format={p}"]).args(flags).current_dir(root()).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let crates = String::from_utf8(output.stdout).unwrap();
    let is_linked = |name: &&str| crates.lines().any(|line| line.split(' ').next() == Some(*name));
    STAND_INS.into_iter().filter(is_linked).collect()
}

#[test]
fn only_the_feature_embedded_links_stand_ins() {
    assert_eq!(linked(&[]), STAND_INS, "`comanda up` starts with nothing to set");
    assert_eq!(linked(&["--no-default-features"]), [""; 0], "production has none");
    assert_eq!(linked(&["--no-default-features", "--features=kafka-tls"]), [""; 0]);
}
