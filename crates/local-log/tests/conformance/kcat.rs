//! Debian's kcat, which has its own librdkafka.

use tokio::process::Command;

use crate::{
    engine::{Engine, on_both},
    peer::{run, run_successfully},
};

on_both!(needs "kcat":
    kcat_lists_metadata,
    kcat_produces_and_consumes,
    kcat_finds_offsets_by_timestamp,
    kcat_joins_a_group,
    kcat_reports_unknown_topics,
);

fn kcat(engine: &Engine, args: &[&str]) -> Command {
    let mut command = Command::new("kcat");
    command.args(["-b", &engine.address.to_string()]).args(args);
    command
}

async fn kcat_lists_metadata(engine: &Engine) {
    let topic = engine.topic(3, &[]).await;
    let listed = run_successfully(&mut kcat(engine, &["-L", "-t", &topic]), "").await;
    assert!(listed.contains(&format!("topic \"{topic}\" with 3 partitions")), "{listed}");
    for partition in 0..3 {
        assert!(listed.contains(&format!("    partition {partition}, leader ")), "{listed}");
    }
}

async fn kcat_produces_and_consumes(engine: &Engine) {
    for codec in ["none", "gzip", "snappy", "lz4"] {
        let topic = engine.topic(1, &[]).await;
        let write = ["-P", "-t", &topic, "-K", ":", "-H", "kind=test", "-z", codec, "-Z"];
        run_successfully(&mut kcat(engine, &write), "a:1\nb:2\nc:\n").await;
        let read = ["-C", "-t", &topic, "-e", "-q", "-f", "%o %k=%s(%S) %h\\n"];
        let back = run_successfully(&mut kcat(engine, &read), "").await;
        let expected = "0 a=1(1) kind=test\n1 b=2(1) kind=test\n2 c=(-1) kind=test\n";
        assert_eq!(back, expected, "{codec}");
    }
}

async fn kcat_finds_offsets_by_timestamp(engine: &Engine) {
    let topic = engine.topic(1, &[]).await;
    run_successfully(&mut kcat(engine, &["-P", "-t", &topic]), "one\ntwo\n").await;
    for (time, offset) in [("-1", 2), ("-2", 0), ("0", 0), ("4000000000000", -1)] {
        let requested = format!("{topic}:0:{time}");
        let output = run_successfully(&mut kcat(engine, &["-Q", "-t", &requested]), "").await;
        assert_eq!(output.trim(), format!("{topic} [0] offset {offset}"), "time {time}");
    }
}

async fn kcat_joins_a_group(engine: &Engine) {
    let topic = engine.topic(2, &[]).await;
    run_successfully(&mut kcat(engine, &["-P", "-t", &topic]), "one\ntwo\nthree\n").await;
    let group = engine.name("kcat");
    let args = ["-G", &group, "-X", "auto.offset.reset=earliest", "-e", "-q", &topic];
    let mut first: Vec<_> =
        run_successfully(&mut kcat(engine, &args), "").await.lines().map(str::to_owned).collect();
    first.sort();
    assert_eq!(first, ["one", "three", "two"]);
    // It has committed, so nothing is left for the next member.
    assert_eq!(run_successfully(&mut kcat(engine, &args), "").await, "");
}

async fn kcat_reports_unknown_topics(engine: &Engine) {
    let args = ["-C", "-t", &engine.name("nowhere"), "-e", "-X", "allow.auto.create.topics=false"];
    let output = run(&mut kcat(engine, &args), "").await;
    assert!(!output.is_ok && output.err.contains("Unknown topic or partition"), "{output:?}");
}
