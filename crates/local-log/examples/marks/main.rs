//! Measures a log in a child process against its performance targets:
//! `cargo run --release -p local-log --example marks -- [--json] [--no-fsync] [--quick]
//! [--data DIR]`.
//!
//! Throughput of 300-byte records, latency from produce to delivery, memory and CPU with eight idle
//! groups on sixty partitions, and start time. Wall-clock times are only meaningful on an otherwise
//! idle machine; CPU time per record is comparable anywhere.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark")]
#![allow(clippy::cast_precision_loss, reason = "figures are rounded anyway")]

mod bulk;
mod latency;
mod process;

use std::path::PathBuf;

use process::LogProcess;
use rdkafka::{
    ClientConfig,
    admin::{AdminClient, AdminOptions, NewTopic, TopicReplication},
    client::DefaultClientContext,
};

/// A measured figure and its target.
struct Figure {
    name: &'static str,
    unit: &'static str,
    measured: f64,
    /// The target, and whether higher is better.
    target: Option<(f64, bool)>,
}

/// The figures measured so far.
#[derive(Default)]
pub(crate) struct Figures(Vec<Figure>);

impl Figures {
    fn at_least(&mut self, name: &'static str, unit: &'static str, measured: f64, target: f64) {
        self.0.push(Figure { name, unit, measured, target: Some((target, true)) });
    }

    fn below(&mut self, name: &'static str, unit: &'static str, measured: f64, target: f64) {
        self.0.push(Figure { name, unit, measured, target: Some((target, false)) });
    }

    fn record(&mut self, name: &'static str, unit: &'static str, measured: f64) {
        self.0.push(Figure { name, unit, measured, target: None });
    }

    fn print(&self) {
        println!("{:<58} {:>12} {:>12}", "", "measured", "target");
        for figure in &self.0 {
            let Figure { name, unit, measured, target } = figure;
            let target = target.map_or(String::new(), |(target, more)| {
                format!("{} {target}", if more { "≥" } else { "<" })
            });
            println!("{:<58} {measured:>12.2} {target:>12}", format!("{name} ({unit})"));
        }
    }

    fn print_json(&self) {
        let entries: Vec<String> = self
            .0
            .iter()
            .map(|figure| {
                let target = figure.target.map_or("null".to_owned(), |w| w.0.to_string());
                format!(
                    "  {{\"name\":\"{}\",\"unit\":\"{}\",\"measured\":{:.3},\"wanted\":{target}}}",
                    figure.name, figure.unit, figure.measured
                )
            })
            .collect();
        println!("[\n{}\n]", entries.join(",\n"));
    }
}

/// Command-line options.
struct Options {
    data: PathBuf,
    fsync: bool,
    json: bool,
    quick: bool,
}

fn main() {
    let mut options = Options {
        data: std::env::temp_dir().join(format!("local-log-figures-{}", std::process::id())),
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
    let figures = measure(&options);
    if options.json {
        figures.print_json();
    } else {
        figures.print();
    }
    std::fs::remove_dir_all(&options.data).unwrap();
}

fn measure(options: &Options) -> Figures {
    let mut figures = Figures::default();
    let log = LogProcess::start(&options.data, options.fsync);
    figures.below("ready, in an empty folder", "ms", log.ready_ms, 50.0);
    for (topic, partitions) in [("bulk", 6), ("latency", 6), ("groups", 60)] {
        create(&log, topic, partitions);
    }
    figures.below("memory, fresh", "MiB", log.memory_mib(), 20.0);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(latency::measure(&log, &mut figures, options.quick));
    bulk::measure(&log, &mut figures, if options.quick { 200_000 } else { 2_000_000 });
    figures.record("memory, at the end", "MiB", log.memory_mib());
    log.kill();
    let log = LogProcess::start(&options.data, options.fsync);
    figures.below("ready again, after a kill", "ms", log.ready_ms, 50.0);
    log.kill();
    figures
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
