//! The command line: errors are one clear line and a documented exit code.

use std::{
    net::TcpListener,
    path::Path,
    process::{Command, Output},
};

use crate::common::{
    Engine, Platform, on_both,
    platform::{COMANDA, UP_ARGS, assert_fault, comanda},
};

fn up(data: &Path, more: &[&str]) -> Output {
    comanda(data, UP_ARGS).args(more).output().unwrap()
}

#[test]
fn a_port_in_use_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for flag in ["--port", "--kafka-port", "--gateway-port", "--smtp-port"] {
        let mut args = vec!["up"];
        args.extend(UP_ARGS[1..].iter().filter(|arg| !arg.starts_with(&format!("{flag}="))));
        let data = folder.path().join(flag);
        let output = comanda(&data, &args).args([flag, &port]).output().unwrap();
        assert_fault(&output, 69, &[&port, flag, "in use"]);
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a-file");
    std::fs::write(&file, "in the way").unwrap();
    assert_fault(&up(&file, &[]), 73, &["data folder", "a-file"]);
    assert_fault(&up(&file.join("below"), &[]), 73, &["data folder", "a-file"]);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "in the way");
}

#[test]
fn a_bad_setting_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    assert_fault(&up(&data, &["--partitions", "0"]), 64, &["--partitions", "1 to 1000"]);
    assert_fault(&up(&data, &["--config", "none.toml"]), 64, &["none.toml"]);
    let secret = comanda(&data, UP_ARGS).env("COMANDA_SECRET", "short").output().unwrap();
    assert_fault(&secret, 64, &["COMANDA_SECRET", "16"]);
    let address = up(&data, &["--public-url", "shop.example"]);
    assert_fault(&address, 64, &["COMANDA_PUBLIC_URL", "shop.example", "https://"]);
    let gateway = up(&data, &["--payment-gateway-url", "http://127.0.0.1:1"]);
    assert_fault(&gateway, 64, &["STRIPE_SECRET_KEY"]);
    let run = comanda(&data, &["run", "orders"]).output().unwrap();
    assert_fault(&run, 64, &["KAFKA_BROKERS", "comanda up"]);
    let token = comanda(&data, &["run", "orders"])
        .env("KAFKA_BROKERS", "127.0.0.1:1")
        .env("DATABASE_URL", "postgres://u@127.0.0.1:1/x")
        .env("COMANDA_SECRET", "a secret of some length")
        .env("COMANDA_STAFF_TOKEN", "0123456789abcdef0123456789abcde")
        .output()
        .unwrap();
    assert_fault(&token, 64, &["COMANDA_STAFF_TOKEN", "32 characters", "openssl rand -hex 32"]);
    let audit = comanda(&data, &["audit"]).output().unwrap();
    assert_fault(&audit, 64, &["--data"]);
}

#[test]
fn all_problems_with_settings_are_named_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let file = "prot = 8080\nsmtp_port = \"many\"\nreplication = 99\nconnections = 0\n";
    std::fs::write(folder.path().join("comanda.toml"), file).unwrap();
    let some = [
        ("COMANDA_SECRET", "short"),
        ("COMANDA_STAFF_TOKEN", "tiny"),
        ("COMANDA_PUBLIC_URL", "ftp://shop.example"),
        ("COMANDA_HOSTS", "shop.test, http://a/b"),
        ("COMANDA_KAFKA_PORT", "ninety"),
        ("COMANDA_TRUSTED_PROXIES", "everybody"),
        ("COMANDA_LOG", "inof"),
        ("COMANDA_PARTITION", "3"),
        ("SMTP_URL", "mail.example"),
        ("DATABASE_URL", "mysql://shop.example"),
        ("COMANDA_MAIL_FROM", "nobody"),
    ];
    let mut command = comanda(&data, UP_ARGS);
    command.args(["--partitions", "0", "--orders-per-recipient=x", "--orders-per-minute=-1"]);
    let output = command.args(["--host", "here"]).envs(some).output().unwrap();
    let wrong = [
        "--partitions must be 1 to 1000",
        "'x' for '--orders-per-recipient <N>': it must be a whole number",
        "--orders-per-minute",
        "'here' for '--host <ADDRESS>': it must be an IP address",
        "line 1: unknown field `prot`",
        "line 2: ",
        "--replication must be 1 to 15",
        "--connections and --connections-per-address must be at least 1",
        "COMANDA_SECRET must have at least 16 characters: make one",
        "COMANDA_STAFF_TOKEN must have at least 8 characters, and 32 with `comanda run`: make one",
        "COMANDA_PUBLIC_URL: ",
        "COMANDA_HOSTS: \"http://a/b\" is not the name of a host",
        "it must be a whole number (COMANDA_KAFKA_PORT)",
        "(COMANDA_TRUSTED_PROXIES)",
        "COMANDA_LOG=",
        "did you mean COMANDA_PARTITIONS?",
        "SMTP_URL cannot be used",
        "DATABASE_URL is not a database address",
        "the mail sender",
    ];
    assert_fault(&output, 64, &wrong);
    assert!(!data.exists(), "nothing was begun");
    let run = comanda(&data, &["run", "orders", "email"])
        .env("COMANDA_STAFF_TOKEN", "0123456789abcdef")
        .env("COMANDA_SECRET", "short")
        .output()
        .unwrap();
    assert_fault(&run, 64, &["32 characters", "COMANDA_SECRET must have"]);
}

#[test]
fn a_bad_line_of_the_settings_file_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("comanda.toml"), "prot = 8080\n").unwrap();
    let output = up(&folder.path().join("data"), &[]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(64), "{text}");
    assert!(text.starts_with("comanda: the settings in comanda.toml are wrong"), "{text}");
    assert!(text.contains("line 1") && text.contains("prot"), "{text}");
}

/// A flag wins over its variable, which wins over the file, which wins over the default.
#[test]
fn flags_win_over_variables_and_files() {
    let folder = tempfile::tempdir().unwrap();
    let address = |file: &str, variable: &str, flags: &[&str]| {
        std::fs::write(folder.path().join("comanda.toml"), file).unwrap();
        let mut command = comanda(&folder.path().join("data"), UP_ARGS);
        let output = command.env("COMANDA_PUBLIC_URL", variable).args(flags).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        ["ftp://file", "ftp://variable", "ftp://flag"].map(|address| text.contains(address))
    };
    let (file, flag) = ("public_url = \"ftp://file\"\n", ["--public-url=ftp://flag"]);
    assert_eq!(address(file, "", &[]), [true, false, false], "an empty variable is not set");
    assert_eq!(address(file, "ftp://variable", &[]), [false, true, false]);
    assert_eq!(address(file, "ftp://variable", &flag), [false, false, true]);
    let empty = ["--public-url", ""];
    assert_eq!(address(file, "ftp://variable", &empty), [false, true, false], "nor is a flag");
}

#[test]
fn an_unknown_flag_is_a_wrong_setting() {
    let output = Command::new(COMANDA).args(["up", "--prot", "1"]).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(64), "{text}");
    assert!(text.contains("--prot") && text.contains("--port"), "it offers the right one: {text}");
    let output = Command::new(COMANDA).args(["up", "--port", "many"]).output().unwrap();
    assert_eq!(output.status.code(), Some(64));
    assert!(String::from_utf8(output.stderr).unwrap().contains("--port"));
}

#[test]
fn help_shows_examples_and_exit_codes() {
    for args in [["--help", ""], ["up", "--help"]] {
        let args = args.iter().filter(|arg| !arg.is_empty());
        let output = Command::new(COMANDA).args(args).output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        assert!(output.stderr.is_empty());
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("--data") && text.contains("COMANDA_PORT"), "{text}");
    }
    let output = Command::new(COMANDA).arg("--help").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    for part in ["Examples:", "comanda up --port", "comanda audit", "Exit codes:"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let version = Command::new(COMANDA).arg("--version").output().unwrap();
    assert!(String::from_utf8(version.stdout).unwrap().starts_with("comanda 0."));
}

async fn a_second_instance_on_the_same_data_is_refused(engine: Engine) {
    let platform = Platform::start(engine).await;
    let output = up(&platform.data(), &[]);
    assert_fault(&output, 69, &["data", "another"]);
    let placed = platform.api.place_order(&crate::common::orders::pizza("a@example.com")).await;
    platform.api.wait_for_status(&placed, "confirmed").await;
    platform.finish().await;
}

on_both!(a_second_instance_on_the_same_data_is_refused,);

#[test]
fn help_of_dead_letters_shows_examples_and_exit_codes() {
    let folder = tempfile::tempdir().unwrap();
    for what in ["list", "drop"] {
        let help = comanda(folder.path(), &["dead-letters", what, "--help"]).output().unwrap();
        let text = String::from_utf8(help.stdout).unwrap();
        let example = format!("  comanda dead-letters {what} --");
        assert!(help.status.success() && text.contains(&example) && text.contains("69"), "{text}");
    }
}
