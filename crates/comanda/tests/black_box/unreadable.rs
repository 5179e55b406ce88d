//! Batches that no client can read: one dead letter with its offsets for each group that met it, and
//! everything goes on behind it; the audit is red until somebody says that it is known.

use serde_json::Value;

use crate::common::{
    Engine, Kafka, Platform,
    batches::{Codec, Wrong, append, batch},
    finish::GROUPS,
    kafka::Rec,
    on_embedded, on_real,
    orders::pizza,
    platform::comanda,
};

/// Records of each bad batch.
const COUNT: i32 = 3;

/// Offsets that nobody can read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Bad {
    topic: String,
    partition: i32,
    first: i64,
    last: i64,
}

/// Stops the platform and writes into some partitions: bad, good, bad, so that the good one is
/// found, too.
async fn spoil(platform: &mut Platform, partitions: &[(&'static str, i32, Wrong)]) -> Vec<Bad> {
    platform.quiet().await;
    let kafka = platform.kafka();
    let end = |(topic, partition, wrong): &(&'static str, i32, Wrong)| {
        let ends = kafka.ends(topic);
        let end = ends.iter().find(|(found, _)| found == partition).unwrap().1;
        (*topic, *wrong, *partition, end)
    };
    let ends: Vec<_> = partitions.iter().map(end).collect();
    platform.stop().await;
    let mut all = Vec::new();
    for (topic, wrong, partition, end) in ends {
        // A wrong checksum at the very end is what a crash leaves, and is cut off.
        let last = if wrong == Wrong::Checksum { Wrong::Nothing } else { wrong };
        let batches = [(COUNT, wrong), (1, Wrong::Nothing), (COUNT, last)];
        all.extend(write(platform, topic, (partition, end), &batches));
    }
    all
}

/// Writes batches behind all others of a partition, one after the other, and answers the offsets that
/// nobody can read of them.
fn write(
    platform: &Platform,
    topic: &str,
    (partition, end): (i32, i64),
    batches: &[(i32, Wrong)],
) -> Vec<Bad> {
    let (mut at, mut all) = (end, Vec::new());
    for (count, wrong) in batches {
        let bytes = batch(at, *count, b"{\"neither\": \"order nor menu\"}", *wrong);
        append(&platform.data(), topic, partition, &bytes);
        let last = at + i64::from(*count) - 1;
        if *wrong != Wrong::Nothing {
            all.push(Bad { topic: topic.to_owned(), partition, first: at, last });
        }
        at = last + 1;
    }
    all
}

/// Each group has the ranges of its own topics among its dead letters, and no others.
fn assert_set_aside(kafka: &Kafka, bad: &[Bad]) {
    for (group, topics) in GROUPS {
        let of_group = bad.iter().filter(|bad| topics.contains(&bad.topic.as_str()));
        let mut expected: Vec<_> = of_group.cloned().collect();
        expected.sort();
        assert_eq!(ranges(kafka, group), expected, "{group}");
    }
}

/// The ranges in the dead letters of a group.
fn ranges(kafka: &Kafka, group: &str) -> Vec<Bad> {
    let range = |letter: &Rec| {
        let number = |name| letter.header(name).parse::<i64>().ok();
        let bad = Bad {
            topic: letter.header("comanda_origin_topic").to_owned(),
            partition: i32::try_from(number("comanda_origin_partition")?).unwrap(),
            first: number("comanda_origin_offset")?,
            last: number("comanda_origin_last_offset")?,
        };
        assert!(letter.value.is_empty() && !letter.header("comanda_error").is_empty());
        Some(bad)
    };
    let mut all: Vec<_> =
        kafka.read(&format!("{group}.dead_letters")).iter().filter_map(range).collect();
    all.sort();
    all
}

fn run(platform: &Platform, args: &[&str]) -> (i32, String) {
    let output = comanda(&platform.data(), args).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8_lossy(&output.stderr);
    (output.status.code().unwrap(), text)
}

async fn unreadable_batches_are_dead_letters_and_everything_goes_on(engine: Engine) {
    let mut platform = Platform::start(engine).await;
    let first = platform.api.place_order(&pizza("ada@example.com")).await;
    platform.api.reaches(&first, "confirmed").await;
    let bad = spoil(
        &mut platform,
        &[
            ("order_details", 0, Wrong::NotGzip),
            ("order_details", 3, Wrong::UnknownCodec),
            ("order_details", 5, Wrong::Checksum),
            ("order_confirmed", 2, Wrong::UnknownCodec),
            ("order_progress", 1, Wrong::NotRecords),
            ("order_progress", 4, Wrong::Checksum),
            ("menu", 1, Wrong::NotGzip),
            ("transactions.retry.5s", 4, Wrong::NotGzip),
        ],
    )
    .await;
    platform.start_again().await;
    // Whatever their partitions, some of them behind what nobody can read.
    for n in 0..8 {
        let next = platform.api.place_order(&pizza(&format!("bob{n}@example.com"))).await;
        platform.api.reaches(&next, "confirmed").await;
        assert_eq!(platform.api.mails_about(&next.id).await.len(), 1);
    }
    platform.quiet().await;
    let kafka = platform.kafka();
    assert_set_aside(&kafka, &bad);
    let (code, text) = run(&platform, &["dead-letters", "list"]);
    assert!(code == 0 && text.contains("not acknowledged"), "{text}");
    red_until_acknowledged(&platform, &bad).await;
    platform.stop().await;
}

/// The audit and the checks of figures are red, and name every range, until each is acknowledged.
async fn red_until_acknowledged(platform: &Platform, bad: &[Bad]) {
    let (code, report) = platform.audit().await;
    assert_eq!(code, Some(1), "{report:#}");
    let told = report["unreadable"].as_array().unwrap();
    let names = |told: &&Value, bad: &Bad| {
        told["topic"] == bad.topic.as_str()
            && (told["partition"].as_i64(), told["first_offset"].as_i64())
                == (Some(bad.partition.into()), Some(bad.first))
            && told["last_offset"] == bad.last
            && told["acknowledged"] == false
    };
    for bad in bad {
        assert!(told.iter().any(|t| names(&t, bad)), "{bad:?} in {report:#}");
    }
    for command in ["verify", "rebuild"] {
        let (code, text) = run(platform, &["analytics", command]);
        let place = format!("order_details/{}@", bad[0].partition);
        assert!(code == 1 && text.contains(&place), "{command}: {text}");
    }
    for bad in bad {
        let (partition, offset) = (bad.partition.to_string(), (bad.first + 1).to_string());
        let place = ["--partition", &partition, "--offset", &offset];
        let drop = ["dead-letters", "drop", "--all-groups", "--topic", &bad.topic];
        let (code, text) =
            run(platform, &[&drop[..], &place, &["--reason", "a client of a supplier"]].concat());
        assert_eq!(code, 0, "{text}");
    }
    let (code, report) = platform.audit().await;
    assert_eq!((code, &report["differences"]), (Some(0), &serde_json::json!([])), "{report:#}");
    for command in ["verify", "rebuild"] {
        let (code, text) = run(platform, &["analytics", command]);
        assert_eq!(code, 0, "{command}: {text}");
    }
}

/// A long bad batch is one look, not one for each of its offsets; so are many that follow upon one
/// another. What is good between them is found.
async fn long_ranges_hold_up_nobody(engine: Engine) {
    let mut platform = Platform::start(engine).await;
    platform.quiet().await;
    let kafka = platform.kafka();
    let [details, menu] = ["order_details", "menu"].map(|topic| kafka.ends(topic)[1]);
    platform.stop().await;
    let (long, good) = ((20_000, Wrong::NotGzip), (1, Wrong::Nothing));
    let mut bad = write(&platform, "order_details", details, &[long, good, good, long, good]);
    let many = [vec![(1, Wrong::NotGzip); 3_000], vec![good, long]].concat();
    let run = write(&platform, "menu", menu, &many);
    let (first, last) = (run[0].first, run[2_999].last);
    bad.push(Bad { first, last, ..run[0].clone() });
    bad.extend(run.into_iter().skip(3_000));
    platform.start_again().await;
    assert!(!platform.says().contains("takes a while"), "{}", platform.says());
    platform.quiet().await;
    let kafka = platform.kafka();
    assert_set_aside(&kafka, &bad);
    let set_aside = kafka.read("orders.dead_letters");
    assert_eq!(set_aside.iter().filter(|letter| !letter.value.is_empty()).count(), 3);
    platform.stop().await;
}

/// A client that hands out less than a batch holds says nothing of it; the audit does.
async fn records_that_a_client_leaves_out_are_missed(engine: Engine) {
    let mut platform = Platform::start(engine).await;
    platform.quiet().await;
    let end = platform.kafka().ends("order_details")[1];
    platform.stop().await;
    let batches = [(1, Wrong::Nothing), (5, Wrong::TwoParts), (1, Wrong::Nothing)];
    let mut bad = write(&platform, "order_details", end, &batches);
    bad[0].first += 1;
    platform.start_again().await;
    platform.quiet().await;
    assert_eq!(platform.kafka().read("orders.dead_letters").len(), 3, "the others are left out");
    red_until_acknowledged(&platform, &bad).await;
    platform.stop().await;
}

/// A batch that unpacks to nothing ends no process; the audit misses its records.
async fn batches_that_unpack_to_nothing_are_missed(engine: Engine) {
    let mut platform = Platform::start(engine).await;
    platform.quiet().await;
    let end = platform.kafka().ends("order_details")[1];
    platform.stop().await;
    let good = (1, Wrong::Nothing);
    let mut batches = vec![good, (COUNT, Wrong::EmptyPart), good];
    for codec in [Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd] {
        batches.extend([(COUNT, Wrong::Empty(codec)), good]);
    }
    let bad = write(&platform, "order_details", end, &batches);
    platform.start_again().await;
    platform.quiet().await;
    assert_eq!(platform.kafka().read("orders.dead_letters").len(), 6, "the good ones are read");
    red_until_acknowledged(&platform, &bad).await;
    platform.stop().await;
}

/// Apache Kafka stores a batch whose gzip begins with an empty part, and Java reads it whole. The
/// embedded log refuses it.
async fn an_empty_first_part_is_stored_and_missed(engine: Engine) {
    let mut platform = Platform::start(engine).await;
    let kafka = platform.kafka();
    let (partition, first) = kafka.ends("order_details")[1];
    for (count, wrong) in [(1, Wrong::Nothing), (COUNT, Wrong::EmptyPart), (1, Wrong::Nothing)] {
        let bytes = batch(0, count, b"{\"neither\": \"order nor menu\"}", wrong);
        assert_eq!(kafka.produce_batch("order_details", partition, &bytes), 0, "{wrong:?}");
    }
    let (first, last) = (first + 1, first + i64::from(COUNT));
    let bad = Bad { topic: "order_details".to_owned(), partition, first, last };
    platform.quiet().await;
    platform.stop().await;
    platform.start_again().await;
    let next = platform.api.place_order(&pizza("ada@example.com")).await;
    platform.api.reaches(&next, "confirmed").await;
    platform.quiet().await;
    assert_eq!(platform.kafka().read("orders.dead_letters").len(), 2, "the good ones are read");
    red_until_acknowledged(&platform, &[bad]).await;
    platform.stop().await;
}

/// What transactions leave behind in the log is no record.
async fn marks_of_transactions_are_not_missed(engine: Engine) {
    let platform = Platform::start(engine).await;
    let kafka = platform.kafka();
    for commits in [true, false, true] {
        kafka.produce_in_transaction("order_declined", b"not an order", commits).await;
    }
    platform.quiet().await;
    let letters = [("orders", 2), ("email", 2), ("analytics", 2)];
    platform.finish_with_dead_letters(&letters).await;
}

/// What a foreign producer compresses, with whatever it likes, is read: each record comes out whole.
async fn batches_of_every_codec_are_read(engine: Engine) {
    let platform = Platform::start(engine).await;
    let kafka = platform.kafka();
    let codecs = ["none", "gzip", "snappy", "lz4", "zstd"];
    for codec in codecs {
        let value = format!("{codec} {}", "not an order ".repeat(100));
        kafka.produce_compressed("order_declined", codec, value.as_bytes()).await;
    }
    platform.quiet().await;
    for group in ["orders", "email", "analytics"] {
        let letters = kafka.read(&format!("{group}.dead_letters"));
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
    batches_that_unpack_to_nothing_are_missed,
    batches_of_every_codec_are_read,
    long_ranges_hold_up_nobody,
    records_that_a_client_leaves_out_are_missed,
    unreadable_batches_are_dead_letters_and_everything_goes_on,
);
on_real!(
    an_empty_first_part_is_stored_and_missed,
    batches_of_every_codec_are_read,
    marks_of_transactions_are_not_missed,
);
