//! A build without the feature `embedded`, as for production:
//! `cargo test -p comanda --no-default-features --test without_stand_ins`.

#![cfg(not(feature = "embedded"))]
#![allow(clippy::unwrap_used, reason = "a test may stop")]

use std::process::{Command, Output};

fn comanda(args: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_comanda"));
    command.env_clear().envs(variables.iter().copied()).args(args);
    command.current_dir(env!("CARGO_TARGET_TMPDIR")).output().unwrap()
}

#[track_caller]
fn assert_refused(output: &Output, expected: &str) {
    let line = String::from_utf8_lossy(&output.stderr);
    assert_eq!((line.trim_end(), output.status.code()), (expected, Some(64)));
}

#[test]
fn up_says_in_one_line_what_to_set() {
    let expected = "comanda: this build has no embedded log, payment gateway and mail server: \
                    set KAFKA_BROKERS, STRIPE_SECRET_KEY and SMTP_URL";
    assert_refused(&comanda(&["up"], &[]), expected);
    let set = [("STRIPE_SECRET_KEY", "sk_test_x"), ("SMTP_URL", "smtp://127.0.0.1:9")];
    let expected = "comanda: this build has no embedded log: set KAFKA_BROKERS";
    assert_refused(&comanda(&["up"], &set), expected);
}

#[test]
fn run_does_not_recommend_what_this_build_cannot_do() {
    let expected = "comanda: KAFKA_BROKERS, DATABASE_URL, COMANDA_SECRET and COMANDA_STAFF_TOKEN \
                    are not set";
    assert_refused(&comanda(&["run", "orders"], &[]), expected);
}

#[test]
fn the_test_gateway_is_not_there() {
    let expected = "comanda: this build has no test gateway: use one with the feature `embedded`, \
                    or set STRIPE_SECRET_KEY where `transactions` runs";
    assert_refused(&comanda(&["gateway"], &[]), expected);
}

#[test]
fn settings_of_stand_ins_may_be_set_and_do_nothing() {
    let output = comanda(&["run", "orders", "--gateway-faults", "all=1"], &[]);
    let expected = "comanda: KAFKA_BROKERS, DATABASE_URL, COMANDA_SECRET and COMANDA_STAFF_TOKEN \
                    are not set";
    assert_refused(&output, expected);
}

#[test]
fn help_offers_nothing_that_is_not_there() {
    let is_about_stand_ins = |line: &&str| {
        ["embedded", "stand-in", "local log", "test gateway", "mail sink", "comanda gateway"]
            .iter()
            .any(|word| line.to_lowercase().contains(word))
            || line.trim_start().starts_with("gateway ")
            || line.contains("-faults")
    };
    for args in [&["--help"][..], &["-h"], &["up", "--help"], &["run", "--help"]] {
        let output = comanda(args, &[]);
        let help = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success() && help.contains("--smtp-url"), "{help}");
        let lines: Vec<_> = help.lines().filter(is_about_stand_ins).collect();
        assert!(lines.is_empty(), "{args:?} offers {lines:#?}");
    }
}
