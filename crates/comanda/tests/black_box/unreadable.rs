//! Unreadable batches: each group that reads the topic has a dead letter with the offsets and
//! continues after them; the audit fails until they are acknowledged.

use std::ops::Range;

use serde_json::Value;

use crate::common::{
    Engine, Kafka, Platform,
    batches::{BatchFault, Codec, append, batch},
    finish::GROUPS,
    kafka::CopiedRecord,
    on_embedded, on_real,
    orders::pizza,
    platform::comanda,
};

/// Records of each bad batch.
const COUNT: i32 = 3;

/// An unreadable range of offsets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct BadRange {
    topic: String,
    partition: i32,
    first: i64,
    last: i64,
}

/// Stops the platform and writes three batches into some partitions: unreadable, readable,
/// unreadable.
async fn write_bad_batches(
    platform: &mut Platform,
    partitions: &[(&'static str, i32, BatchFault)],
) -> Vec<BadRange> {
    platform.wait_until_idle().await;
    let kafka = platform.kafka();
    let end = |(topic, partition, wrong): &(&'static str, i32, BatchFault)| {
        let ends = kafka.end_offsets(topic);
        let end = ends.iter().find(|(found, _)| found == partition).unwrap().1;
        (*topic, *wrong, *partition, end)
    };
    let ends: Vec<_> = partitions.iter().map(end).collect();
    platform.stop().await;
    let mut all = Vec::new();
    for (topic, wrong, partition, end) in ends {
        // A last batch with a wrong checksum looks like a torn write, and is truncated.
        let last = if wrong == BatchFault::Checksum { BatchFault::Nothing } else { wrong };
        let batches = [(COUNT, wrong), (1, BatchFault::Nothing), (COUNT, last)];
        all.extend(append_batches(platform, topic, (partition, end), &batches));
    }
    all
}

/// Appends batches to a partition, and returns the unreadable ranges.
fn append_batches(
    platform: &Platform,
    topic: &str,
    (partition, end): (i32, i64),
    batches: &[(i32, BatchFault)],
) -> Vec<BadRange> {
    let (mut at, mut all) = (end, Vec::new());
    for (count, wrong) in batches {
        let bytes = batch(at, *count, b"{\"neither\": \"order nor menu\"}", *wrong);
        append(&platform.data(), topic, partition, &bytes);
        let last = at + i64::from(*count) - 1;
        if *wrong != BatchFault::Nothing {
            all.push(BadRange { topic: topic.to_owned(), partition, first: at, last });
        }
        at = last + 1;
    }
    all
}

/// Each group has the ranges of its own topics among its dead letters, and no others.
fn assert_set_aside(kafka: &Kafka, bad: &[BadRange]) {
    for (group, topics) in GROUPS {
        let of_group = bad.iter().filter(|bad| topics.contains(&bad.topic.as_str()));
        let mut expected: Vec<_> = of_group.cloned().collect();
        expected.sort();
        assert_eq!(read_ranges(kafka, group), expected, "{group}");
    }
}

/// The ranges in the dead letters of a group.
fn read_ranges(kafka: &Kafka, group: &str) -> Vec<BadRange> {
    let range = |letter: &CopiedRecord| {
        let number = |name| letter.header(name).parse::<i64>().ok();
        let bad = BadRange {
            topic: letter.header("comanda_origin_topic").to_owned(),
            partition: i32::try_from(number("comanda_origin_partition")?).unwrap(),
            first: number("comanda_origin_offset")?,
            last: number("comanda_origin_last_offset")?,
        };
        assert!(letter.value.is_empty() && !letter.header("comanda_error").is_empty());
        Some(bad)
    };
    let mut all: Vec<_> =
        kafka.read_topic(&format!("{group}.dead_letters")).iter().filter_map(range).collect();
    all.sort();
    all
}

fn run_comanda(platform: &Platform, args: &[&str]) -> (i32, String) {
    let output = comanda(&platform.data(), args).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8_lossy(&output.stderr);
    (output.status.code().unwrap(), text)
}

async fn unreadable_batches_become_dead_letters_without_a_stall(engine: Engine) {
    let mut platform = Platform::start(engine).await;
    let first = platform.api.place_order(&pizza("ada@example.com")).await;
    platform.api.wait_for_status(&first, "confirmed").await;
    let bad = write_bad_batches(
        &mut platform,
        &[
            ("order_details", 0, BatchFault::NotGzip),
            ("order_details", 3, BatchFault::UnknownCodec),
            ("order_details", 5, BatchFault::Checksum),
            ("order_confirmed", 2, BatchFault::UnknownCodec),
            ("order_progress", 1, BatchFault::NotRecords),
            ("order_progress", 4, BatchFault::Checksum),
            ("menu", 1, BatchFault::NotGzip),
            ("transactions.retry.5s", 4, BatchFault::NotGzip),
        ],
    )
    .await;
    platform.start_again().await;
    // In any partition, some of them after unreadable batches.
    for n in 0..8 {
        let next = platform.api.place_order(&pizza(&format!("bob{n}@example.com"))).await;
        platform.api.wait_for_status(&next, "confirmed").await;
        assert_eq!(platform.api.mails_about(&next.id).await.len(), 1);
    }
    platform.wait_until_idle().await;
    let kafka = platform.kafka();
    assert_set_aside(&kafka, &bad);
    let (code, text) = run_comanda(&platform, &["dead-letters", "list"]);
    assert!(code == 0 && text.contains("not acknowledged"), "{text}");
    assert_red_until_acknowledged(&platform, &bad).await;
    platform.stop().await;
}

/// The audit and the checks of figures fail, and name every range, until each is acknowledged.
async fn assert_red_until_acknowledged(platform: &Platform, bad: &[BadRange]) {
    let (code, report) = platform.run_audit().await;
    assert_eq!(code, Some(1), "{report:#}");
    let ranges_found = report["unreadable"].as_array().unwrap();
    let names = |ranges_found: &&Value, bad: &BadRange| {
        ranges_found["topic"] == bad.topic.as_str()
            && (ranges_found["partition"].as_i64(), ranges_found["first_offset"].as_i64())
                == (Some(bad.partition.into()), Some(bad.first))
            && ranges_found["last_offset"] == bad.last
            && ranges_found["acknowledged"] == false
    };
    for bad in bad {
        assert!(ranges_found.iter().any(|t| names(&t, bad)), "{bad:?} in {report:#}");
    }
    for command in ["verify", "rebuild"] {
        let (code, text) = run_comanda(platform, &["analytics", command]);
        let position = format!("order_details/{}@", bad[0].partition);
        assert!(code == 1 && text.contains(&position), "{command}: {text}");
    }
    for bad in bad {
        let (partition, offset) = (bad.partition.to_string(), (bad.first + 1).to_string());
        let position = ["--partition", &partition, "--offset", &offset];
        let drop = ["dead-letters", "drop", "--all-groups", "--topic", &bad.topic];
        let (code, text) = run_comanda(
            platform,
            &[&drop[..], &position, &["--reason", "a client of a supplier"]].concat(),
        );
        assert_eq!(code, 0, "{text}");
    }
    let (code, report) = platform.run_audit().await;
    assert_eq!((code, &report["differences"]), (Some(0), &serde_json::json!([])), "{report:#}");
    for command in ["verify", "rebuild"] {
        let (code, text) = run_comanda(platform, &["analytics", command]);
        assert_eq!(code, 0, "{command}: {text}");
    }
}

/// A long unreadable batch is examined once, not once per offset; so are many consecutive ones.
/// Readable records between them are found.
async fn long_ranges_cause_no_stall(engine: Engine) {
    let mut platform = Platform::start(engine).await;
    platform.wait_until_idle().await;
    let kafka = platform.kafka();
    let [details, menu] = ["order_details", "menu"].map(|topic| kafka.end_offsets(topic)[1]);
    platform.stop().await;
    let (long, good) = ((20_000, BatchFault::NotGzip), (1, BatchFault::Nothing));
    let mut bad =
        append_batches(&platform, "order_details", details, &[long, good, good, long, good]);
    let many = [vec![(1, BatchFault::NotGzip); 3_000], vec![good, long]].concat();
    let run = append_batches(&platform, "menu", menu, &many);
    let (first, last) = (run[0].first, run[2_999].last);
    bad.push(BadRange { first, last, ..run[0].clone() });
    bad.extend(run.into_iter().skip(3_000));
    platform.start_again().await;
    assert!(!platform.stdout().contains("takes a while"), "{}", platform.stdout());
    platform.wait_until_idle().await;
    let kafka = platform.kafka();
    assert_set_aside(&kafka, &bad);
    let set_aside = kafka.read_topic("orders.dead_letters");
    assert_eq!(set_aside.iter().filter(|letter| !letter.value.is_empty()).count(), 3);
    platform.stop().await;
}

/// A client may silently return fewer records than a batch has; the audit finds that.
async fn the_audit_finds_records_that_a_client_skips(engine: Engine) {
    let mut platform = Platform::start(engine).await;
    platform.wait_until_idle().await;
    let end = platform.kafka().end_offsets("order_details")[1];
    platform.stop().await;
    let batches = [(1, BatchFault::Nothing), (5, BatchFault::TwoParts), (1, BatchFault::Nothing)];
    let mut bad = append_batches(&platform, "order_details", end, &batches);
    bad[0].first += 1;
    platform.start_again().await;
    platform.wait_until_idle().await;
    assert_eq!(
        platform.kafka().read_topic("orders.dead_letters").len(),
        3,
        "the others are left out"
    );
    assert_red_until_acknowledged(&platform, &bad).await;
    platform.stop().await;
}

/// A batch that decompresses to nothing stops no process; the audit reports its records as missing.
async fn the_audit_finds_batches_that_unpack_to_nothing(engine: Engine) {
    let mut platform = Platform::start(engine).await;
    platform.wait_until_idle().await;
    let end = platform.kafka().end_offsets("order_details")[1];
    platform.stop().await;
    let good = (1, BatchFault::Nothing);
    let mut batches = vec![good, (COUNT, BatchFault::EmptyPart), good];
    for codec in [Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd] {
        batches.extend([(COUNT, BatchFault::Empty(codec)), good]);
    }
    let bad = append_batches(&platform, "order_details", end, &batches);
    platform.start_again().await;
    platform.wait_until_idle().await;
    assert_eq!(
        platform.kafka().read_topic("orders.dead_letters").len(),
        6,
        "the good ones are read"
    );
    assert_red_until_acknowledged(&platform, &bad).await;
    platform.stop().await;
}

/// Writes a valid record, a batch with a fault that Apache Kafka accepts, and another valid record.
/// Both valid ones are read, and the audit names the lost ones.
async fn assert_fault_found(
    engine: Engine,
    fault: BatchFault,
    (count, missing): (i32, Range<i64>),
) {
    let mut platform = Platform::start(engine).await;
    let kafka = platform.kafka();
    let (partition, end) = kafka.end_offsets("order_details")[1];
    for (count, fault) in [(1, BatchFault::Nothing), (count, fault), (1, BatchFault::Nothing)] {
        let bytes = batch(0, count, b"{\"neither\": \"order nor menu\"}", fault);
        assert_eq!(kafka.produce_batch("order_details", partition, &bytes), 0, "{fault:?}");
    }
    let (first, last) = (end + 1 + missing.start, end + missing.end);
    let bad = BadRange { topic: "order_details".to_owned(), partition, first, last };
    platform.wait_until_idle().await;
    platform.stop().await;
    platform.start_again().await;
    let next = platform.api.place_order(&pizza("ada@example.com")).await;
    platform.api.wait_for_status(&next, "confirmed").await;
    platform.wait_until_idle().await;
    let good = 2 + usize::try_from(i64::from(count) - (missing.end - missing.start)).unwrap();
    assert_eq!(platform.kafka().read_topic("orders.dead_letters").len(), good);
    assert_red_until_acknowledged(&platform, &[bad]).await;
    platform.stop().await;
}

/// Java reads such a batch whole. The embedded log refuses it.
async fn the_audit_finds_a_batch_with_an_empty_first_part(engine: Engine) {
    assert_fault_found(engine, BatchFault::EmptyPart, (COUNT, 0..COUNT.into())).await;
}

/// A forged offset moves neither commits nor the audit. The embedded log refuses it.
async fn the_audit_finds_records_with_forged_offsets(engine: Engine) {
    assert_fault_found(engine, BatchFault::FarOffset, (4, 1..3)).await;
}

/// A forged offset at the end of a partition is skipped too, also at a start.
async fn a_forged_last_offset_causes_no_stall(engine: Engine) {
    let mut platform = Platform::start(engine).await;
    let kafka = platform.kafka();
    for topic in ["order_details", "menu"] {
        let (partition, _) = kafka.end_offsets(topic)[1];
        let bytes = batch(0, 3, b"{\"neither\": \"order nor menu\"}", BatchFault::FarOffset);
        assert_eq!(kafka.produce_batch(topic, partition, &bytes), 0);
    }
    platform.wait_until_idle().await;
    platform.stop().await;
    platform.start_again().await;
    platform.wait_until_idle().await;
    assert_eq!(platform.api.get("/readyz").await.text.trim(), "ready");
    platform.stop().await;
}

/// A header whose name is not UTF-8 is skipped.
async fn a_header_with_any_name_stops_nothing(engine: Engine) {
    let mut platform = Platform::start(engine).await;
    let kafka = platform.kafka();
    for topic in ["order_details", "menu", "orders.retry.5s", "orders.dead_letters"] {
        for partition in 0..kafka.count_partitions(topic) {
            let bytes = batch(0, 1, b"{\"neither\": \"order nor menu\"}", BatchFault::HeaderName);
            assert_eq!(kafka.produce_batch(topic, partition, &bytes), 0, "{topic}");
        }
    }
    for restart in [false, true] {
        if restart {
            platform.stop().await;
            platform.start_again().await;
        }
        let placed = platform.api.place_order(&pizza("ada@example.com")).await;
        platform.api.wait_for_status(&placed, "confirmed").await;
    }
    platform.wait_until_idle().await;
    assert_eq!(platform.kafka().read_topic("transactions.dead_letters").len(), 12);
    let (code, text) = run_comanda(&platform, &["dead-letters", "list"]);
    assert_eq!(code, 0, "{text}");
    let (code, report) = platform.run_audit().await;
    assert_eq!((code, &report["differences"]), (Some(0), &serde_json::json!([])), "{report:#}");
    platform.stop().await;
}

/// Control records of transactions are no lost records.
async fn transaction_markers_are_no_lost_records(engine: Engine) {
    let platform = Platform::start(engine).await;
    let kafka = platform.kafka();
    for commits in [true, false, true] {
        kafka.produce_in_transaction("order_declined", b"not an order", commits).await;
    }
    platform.wait_until_idle().await;
    let letters = [("orders", 2), ("email", 2), ("analytics", 2)];
    platform.finish_with_dead_letters(&letters).await;
}

/// Records of foreign producers are read with every codec.
async fn batches_of_every_codec_are_read(engine: Engine) {
    let platform = Platform::start(engine).await;
    let kafka = platform.kafka();
    let codecs = ["none", "gzip", "snappy", "lz4", "zstd"];
    for codec in codecs {
        let value = format!("{codec} {}", "not an order ".repeat(100));
        kafka.produce_compressed("order_declined", codec, value.as_bytes()).await;
    }
    platform.wait_until_idle().await;
    for group in ["orders", "email", "analytics"] {
        let letters = kafka.read_topic(&format!("{group}.dead_letters"));
        let mut found: Vec<_> = letters
            .iter()
            .map(|letter| String::from_utf8_lossy(&letter.value).into_owned())
            .map(|value| value.split(' ').next().unwrap().to_owned())
            .collect();
        found.sort();
        let mut expected = codecs;
        expected.sort_unstable();
        assert_eq!(found, expected, "{group}");
    }
    let letters = [("orders", 5), ("email", 5), ("analytics", 5)];
    platform.finish_with_dead_letters(&letters).await;
}

on_embedded!(
    a_header_with_any_name_stops_nothing,
    the_audit_finds_batches_that_unpack_to_nothing,
    batches_of_every_codec_are_read,
    long_ranges_cause_no_stall,
    the_audit_finds_records_that_a_client_skips,
    unreadable_batches_become_dead_letters_without_a_stall,
);
on_real!(
    a_header_with_any_name_stops_nothing,
    a_forged_last_offset_causes_no_stall,
    the_audit_finds_records_with_forged_offsets,
    the_audit_finds_a_batch_with_an_empty_first_part,
    batches_of_every_codec_are_read,
    transaction_markers_are_no_lost_records,
);
