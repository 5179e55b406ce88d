//! Measures pages and event streams of a running `comanda up`:
//! `cargo run --release -p comanda --example pages -- --data ./data --pid <pid> [--json]`.
//!
//! Pages: the size over the wire and the time until the first byte, at a steady rate. Event
//! streams: the time until one change reaches thousands of open pages, and the memory of an idle
//! stream. Figures are printed, not asserted.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::cast_precision_loss, reason = "figures are rounded")]

mod bytes;
mod shop;
mod streams;
mod wire;

use std::path::PathBuf;

use clap::Parser;
use serde::Serialize;

use self::{shop::Shop, streams::StreamOptions};

/// The command line.
#[derive(Debug, Parser)]
struct Options {
    /// Data folder of the measured `comanda up`
    #[arg(long, default_value = "data")]
    data: PathBuf,
    /// Its process id, for memory
    #[arg(long)]
    pid: u32,
    /// Requests per second for each page
    #[arg(long, default_value_t = 200)]
    rate: u32,
    /// Seconds per page
    #[arg(long, default_value_t = 5)]
    seconds: u32,
    /// Number of open event streams
    #[arg(long, default_value_t = 5_000)]
    streams: usize,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// A measured figure with its target.
#[derive(Debug, Serialize)]
struct Figure {
    name: String,
    unit: &'static str,
    measured: f64,
    /// Upper bound; lower is better.
    wanted: Option<f64>,
}

#[tokio::main]
async fn main() {
    // reqwest needs a TLS provider even for plain HTTP.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let options = Options::parse();
    let shop = Shop::open(&options.data);
    let order = shop.place_order().await;
    let mut figures = bytes::measure(&shop, &order, options.rate, options.seconds).await;
    let stream_options = StreamOptions { pid: options.pid, streams: options.streams };
    figures.extend(streams::measure(&shop, &order, stream_options).await);
    if options.json {
        println!("{}", serde_json::to_string_pretty(&figures).unwrap());
        return;
    }
    println!("{:<58} {:>12} {:>12}", "", "measured", "wanted");
    for Figure { name, unit, measured, wanted } in figures {
        let wanted = wanted.map_or(String::new(), |wanted| format!("≤ {wanted}"));
        println!("{:<58} {measured:>12.2} {wanted:>12}", format!("{name} ({unit})"));
    }
}
