//! Batches that no client can read: one dead letter with its offsets for each group that met it, and
//! everything goes on behind it; the audit is red until somebody says that it is known.

use serde_json::Value;

use crate::common::{
    Engine, Kafka, Platform,
    batches::{Wrong, append, batch},
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
        let mut at = end;
        // A wrong checksum at the very end is what a crash leaves, and is cut off.
        let last = if wrong == Wrong::Checksum { Wrong::Nothing } else { wrong };
        for wrong in [wrong, Wrong::Nothing, last] {
            let count = if wrong == Wrong::Nothing { 1 } else { COUNT };
            let bytes = batch(at, count, b"{\"neither\": \"order nor menu\"}", wrong);
            append(&platform.data(), topic, partition, &bytes);
            if wrong != Wrong::Nothing {
                let (topic, last) = (topic.to_owned(), at + i64::from(count) - 1);
                all.push(Bad { topic, partition, first: at, last });
            }
            at += i64::from(count);
        }
    }
    all
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
    for (group, topics) in GROUPS {
        let mut expected: Vec<_> =
            bad.iter().filter(|bad| topics.contains(&bad.topic.as_str())).cloned().collect();
        expected.sort();
        assert_eq!(ranges(&kafka, group), expected, "{group}");
    }
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
        assert!(code == 1 && text.contains("order_details/0@"), "{command}: {text}");
    }
    let (code, text) = run(platform, &["dead-letters", "list"]);
    assert!(code == 0 && text.contains("not acknowledged"), "{text}");
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
    batches_of_every_codec_are_read,
    unreadable_batches_are_dead_letters_and_everything_goes_on,
);
on_real!(batches_of_every_codec_are_read);
