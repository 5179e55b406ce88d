//! The test gateway from the command line: its faults are printed, its webhooks are signed.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Stdio},
};

use crate::common::platform::{UP_ARGS, comanda};

/// A process that is killed on drop.
struct ComandaProcess {
    child: Child,
    printed: String,
}

impl Drop for ComandaProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts a process, and reads its output up to a line with `last`.
fn start(data: &Path, args: &[&str], secrets: &str, last: &str) -> ComandaProcess {
    let mut command = comanda(data, args);
    command.env("STRIPE_WEBHOOK_SECRET", secrets).stdin(Stdio::null());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut started = ComandaProcess { child, printed: String::new() };
    while !started.printed.contains(last) {
        assert_ne!(output.read_line(&mut started.printed).unwrap(), 0, "{}", started.printed);
    }
    started
}

fn assert_refused(data: &Path, args: &[&str], parts: &[&str]) {
    let output = comanda(data, args).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(64), "{text}");
    for part in parts {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn faults_are_printed_at_the_start_and_checked() {
    let folder = tempfile::tempdir().unwrap();
    let args = [UP_ARGS, &["--gateway-faults", "seed=7,hang_ms=5"]].concat();
    let up = start(&folder.path().join("up"), &args, "", "Press Ctrl-C");
    assert!(
        up.printed.contains("The test gateway fails on purpose: hang_ms=5,seed=7"),
        "{}",
        up.printed
    );
    let data = folder.path().join("data");
    assert_refused(
        &data,
        &["gateway", "--faults", "seed=1,hangs=1"],
        &["'hangs=1'", "hang_before_charge"],
    );
    let elsewhere = ["up", "--payment-gateway-url=http://127.0.0.1:1", "--gateway-faults=all=1"];
    assert_refused(&data, &elsewhere, &["--gateway-faults", "embedded"]);
}

#[test]
fn a_payment_is_sent_to_the_webhook_url() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", receiver.local_addr().unwrap());
    let args = ["gateway", "--gateway-port=0", "--webhook-url", &url];
    let gateway = start(folder.path(), &args, "whsec_1,whsec_2", "Webhooks go to");
    let (_, rest) = gateway.printed.split_once("http://").unwrap();
    let mut client = TcpStream::connect(rest.split(';').next().unwrap()).unwrap();
    let body = "amount=700&currency=eur";
    write!(
        client,
        "POST /v1/payment_intents HTTP/1.0\r\nAuthorization: Bearer sk_test_1\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert!(answer.contains(" 200 "), "{answer}");
    let (webhook, _) = receiver.accept().unwrap();
    let lines = BufReader::new(webhook).lines().map(Result::unwrap);
    let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    assert_eq!(head[0], "POST /hook HTTP/1.1");
    let signature = head.iter().find(|line| line.starts_with("stripe-signature: t=")).unwrap();
    assert_eq!(signature.matches(",v1=").count(), 2, "{signature}");
}

#[test]
fn webhooks_without_a_secret_or_a_url_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let unsigned = ["gateway", "--gateway-port=0", "--webhook-url=http://127.0.0.1:1/hook"];
    assert_refused(folder.path(), &unsigned, &["--webhook-url", "STRIPE_WEBHOOK_SECRET"]);
    let mut wrong = comanda(folder.path(), &["gateway", "--webhook-url=nowhere"]);
    let output = wrong.env("STRIPE_WEBHOOK_SECRET", "whsec_1").output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(64), "{text}");
    assert!(text.contains("http://… or https://…") && !text.contains("whsec"), "{text}");
}
