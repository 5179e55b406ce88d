//! Measures a log in a process of its own against its marks:
//! `cargo run --release -p local-log --example marks -- [--json] [--no-fsync] [--quick] [--data DIR]`.
//!
//! Throughput of 300-byte records, time from produce to delivery, memory and CPU when idle with
//! eight groups on sixty partitions, and the time a start takes. Wall times mean something on a
//! quiet machine only; CPU per record does anywhere.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a measuring program")]
#![allow(clippy::cast_precision_loss, reason = "figures are rounded anyway")]

mod bulk;
mod latency;
mod process;

use std::path::PathBuf;

use process::LogProcess;
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;

/// One figure beside what is wanted.
struct Mark {
    name: &'static str,
    unit: &'static str,
    measured: f64,
    /// The mark, and whether more is better.
    wanted: Option<(f64, bool)>,
}

/// What was measured so far.
#[derive(Default)]
pub(crate) struct Marks(Vec<Mark>);

impl Marks {
    fn at_least(&mut self, name: &'static str, unit: &'static str, measured: f64, wanted: f64) {
        self.0.push(Mark { name, unit, measured, wanted: Some((wanted, true)) });
    }

    fn below(&mut self, name: &'static str, unit: &'static str, measured: f64, wanted: f64) {
        self.0.push(Mark { name, unit, measured, wanted: Some((wanted, false)) });
    }

    fn note(&mut self, name: &'static str, unit: &'static str, measured: f64) {
        self.0.push(Mark { name, unit, measured, wanted: None });
    }

    fn print(&self) {
        println!("{:<58} {:>12} {:>12}", "", "measured", "wanted");
        for mark in &self.0 {
            let Mark { name, unit, measured, wanted } = mark;
            let wanted = wanted.map_or(String::new(), |(wanted, more)| {
                format!("{} {wanted}", if more { "≥" } else { "<" })
            });
            println!("{:<58} {measured:>12.2} {wanted:>12}", format!("{name} ({unit})"));
        }
    }

    fn print_json(&self) {
        let entries: Vec<String> = self
            .0
            .iter()
            .map(|mark| {
                let wanted = mark.wanted.map_or("null".to_owned(), |w| w.0.to_string());
                format!(
                    "  {{\"name\":\"{}\",\"unit\":\"{}\",\"measured\":{:.3},\"wanted\":{wanted}}}",
                    mark.name, mark.unit, mark.measured
                )
            })
            .collect();
        println!("[\n{}\n]", entries.join(",\n"));
    }
}

/// What was asked for.
struct Options {
    data: PathBuf,
    fsync: bool,
    json: bool,
    quick: bool,
}

fn main() {
    let mut options = Options {
        data: std::env::temp_dir().join(format!("local-log-marks-{}", std::process::id())),
        fsync: true,
        json: false,
        quick: false,
    };
    let (mut arguments, mut serve) = (std::env::args().skip(1), false);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--serve" => serve = true,
            "--json" => options.json = true,
            "--no-fsync" => options.fsync = false,
            "--quick" => options.quick = true,
            "--data" => options.data = arguments.next().unwrap().into(),
            other => {
                println!("unknown argument {other}");
                return;
            }
        }
    }
    if serve {
        return process::serve(&options.data, options.fsync);
    }
    let marks = measure(&options);
    if options.json {
        marks.print_json();
    } else {
        marks.print();
    }
    std::fs::remove_dir_all(&options.data).unwrap();
}

fn measure(options: &Options) -> Marks {
    let mut marks = Marks::default();
    let log = LogProcess::start(&options.data, options.fsync);
    marks.below("ready, in an empty folder", "ms", log.ready_ms, 50.0);
    for (topic, partitions) in [("bulk", 6), ("latency", 6), ("groups", 60)] {
        create(&log, topic, partitions);
    }
    marks.below("memory, fresh", "MiB", log.memory_mib(), 20.0);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(latency::measure(&log, &mut marks, options.quick));
    bulk::measure(&log, &mut marks, if options.quick { 200_000 } else { 2_000_000 });
    marks.note("memory, at the end", "MiB", log.memory_mib());
    log.kill();
    let log = LogProcess::start(&options.data, options.fsync);
    marks.below("ready again, after a kill", "ms", log.ready_ms, 50.0);
    log.kill();
    marks
}

fn client(log: &LogProcess) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", &log.address);
    config
}

fn create(log: &LogProcess, topic: &str, partitions: i32) {
    let admin: AdminClient<DefaultClientContext> = client(log).create().unwrap();
    let new = NewTopic::new(topic, partitions, TopicReplication::Fixed(1));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let created = runtime.block_on(admin.create_topics(&[new], &AdminOptions::new())).unwrap();
    assert!(created[0].is_ok(), "{created:?}");
}
