//! Measures what people wait for, at a running `comanda up`:
//! `cargo run --release -p comanda --example pages -- --data ./data --pid $(pgrep -f 'comanda up') [--json]`.
//!
//! Every page: its size over the wire and the time until its first byte, at a steady rate. Event
//! streams: how long one change takes to reach thousands of open pages, and what an idle stream
//! costs in memory. Speed is printed here and asserted nowhere.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::cast_precision_loss, reason = "figures are rounded anyway")]

mod bytes;
mod shop;
mod streams;
mod wire;

use std::path::PathBuf;

use clap::Parser;
use serde::Serialize;

use self::{shop::Shop, streams::Wish};

/// What is measured, and where.
#[derive(Debug, Parser)]
struct Options {
    /// Data folder of the `comanda up` that is measured
    #[arg(long, default_value = "data")]
    data: PathBuf,
    /// Its process, whose memory is looked at
    #[arg(long)]
    pid: u32,
    /// Requests a second for each page
    #[arg(long, default_value_t = 200)]
    rate: u32,
    /// Seconds for each page
    #[arg(long, default_value_t = 5)]
    seconds: u32,
    /// Open event streams
    #[arg(long, default_value_t = 5_000)]
    streams: usize,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// One figure beside what is wanted.
#[derive(Debug, Serialize)]
struct Mark {
    name: String,
    unit: &'static str,
    measured: f64,
    /// Less is better for all of them.
    wanted: Option<f64>,
}

#[tokio::main]
async fn main() {
    // Without a provider, even a client of plain HTTP cannot be made.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let options = Options::parse();
    let shop = Shop::at(&options.data);
    let order = shop.order().await;
    let mut marks = bytes::measure(&shop, &order, options.rate, options.seconds).await;
    let wish = Wish { pid: options.pid, streams: options.streams };
    marks.extend(streams::measure(&shop, &order, wish).await);
    if options.json {
        println!("{}", serde_json::to_string_pretty(&marks).unwrap());
        return;
    }
    println!("{:<58} {:>12} {:>12}", "", "measured", "wanted");
    for Mark { name, unit, measured, wanted } in marks {
        let wanted = wanted.map_or(String::new(), |wanted| format!("≤ {wanted}"));
        println!("{:<58} {measured:>12.2} {wanted:>12}", format!("{name} ({unit})"));
    }
}
