//! `comanda load`: its report agrees with the platform.

use serde_json::{Value, json};

use crate::common::{Engine, Platform, on_both, platform::comanda};

/// `comanda load --json` with more flags, on a platform: its exit code and its report.
fn load(platform: &Platform, more: &[&str]) -> (Option<i32>, Value) {
    let mut command = comanda(&platform.data(), &["load", "--json"]);
    let output = command.args(more).output().unwrap();
    let stderr = || String::from_utf8_lossy(&output.stderr).into_owned();
    let report = serde_json::from_slice(&output.stdout);
    (output.status.code(), report.unwrap_or_else(|_| panic!("no report: {}", stderr())))
}

async fn reported_counts_are_those_of_the_platform(engine: Engine) {
    let platform = Platform::start(engine).await;
    let dashboard = format!("--dashboard={}", platform.endpoint("http"));
    let flags = ["--rate=10", "--duration=10s", "--decline-share=0.2", "--follow=0.5", &dashboard];
    let (code, report) = load(&platform, &flags);
    assert_eq!((code, &report["clean"]), (Some(0), &json!(true)), "{report:#}");
    let counts = &report["counts"];
    for name in ["planned", "sent", "accepted"] {
        assert_eq!(counts[name], 100, "{report:#}");
    }
    let count = |name: &str| counts[name].as_u64().unwrap();
    assert_eq!(count("confirmed") + count("declined"), 100, "{report:#}");
    assert!(count("declined") > 0, "{report:#}");
    assert_eq!((count("not_confirmed"), &report["errors"]), (0, &json!([])));
    for name in ["accept", "confirm"] {
        assert_eq!(report["latency_ms"][name]["count"], 100, "{report:#}");
    }
    let shown = &report["dashboard_ms"];
    // Orders confirmed after the ten seconds are not measured.
    let measured = shown["count"].as_u64().unwrap();
    assert!(measured > 0 && measured <= count("confirmed"), "{report:#}");
    assert!(shown["p50"].as_f64().unwrap() > 0.0, "{report:#}");
    let heard = report["latency_ms"]["sse"]["count"].as_u64().unwrap();
    assert!((1..100).contains(&heard), "half of them, at random: {heard}");

    platform.wait_until_idle().await;
    let orders = platform.api.summary().await["orders"].clone();
    assert_eq!((&orders["placed"], &orders["confirmed"]), (&json!(100), &counts["confirmed"]));
    assert_eq!(orders["declined"], counts["declined"]);
    let audited = platform.finish().await;
    assert_eq!(audited["totals"]["orders_confirmed"], counts["confirmed"]);
    assert_eq!(audited["totals"]["orders_declined"], counts["declined"]);
}

async fn failed_requests_are_reported_with_their_reason(engine: Engine) {
    let limit = [("COMANDA_ORDERS_PER_MINUTE", "5")];
    let platform = Platform::start_with(engine, &limit).await;
    // A shop given by its address gets no staff token, so the limit applies.
    let url = format!("--url={}", platform.endpoint("http"));
    let (code, report) = load(&platform, &["--rate=20", "--duration=1s", &url]);
    assert_eq!((code, &report["clean"]), (Some(1), &json!(false)), "{report:#}");
    let error = &report["errors"][0];
    assert_eq!(error["kind"], "HTTP 429", "{report:#}");
    let [accepted, refused] = [&report["counts"]["accepted"], &error["count"]];
    let [accepted, refused] = [accepted, refused].map(|count| count.as_u64().unwrap());
    assert!((5..20).contains(&accepted) && accepted + refused == 20, "{report:#}");
    assert!(error["example"].as_str().unwrap().contains("Too many requests"), "{report:#}");
    platform.finish().await;
}

#[test]
fn a_shop_that_does_not_answer_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let run = |more: &[&str]| {
        let flags = ["load", "--rate=1", "--duration=1s"];
        let output = comanda(&folder.path().join("data"), &flags).args(more).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, error) = run(&["--url=http://127.0.0.1:1"]);
    assert_eq!((code, error.contains("http://127.0.0.1:1")), (Some(69), true), "{error}");
    assert_eq!(run(&["--url=ftp://x"]).0, Some(64));
    assert_eq!(run(&["--follow=2"]).0, Some(64));
    assert_eq!(run(&["--pid=x=0"]).0, Some(64));
}

on_both!(reported_counts_are_those_of_the_platform, failed_requests_are_reported_with_their_reason);
