//! Event streams: time until a change reaches all of them, and memory of an idle one.

use std::{
    fs,
    time::{Duration, Instant},
};

use tokio::{io::AsyncReadExt, net::TcpStream, sync::mpsc, task::JoinSet};

use crate::{
    Figure,
    shop::{ConfirmedOrder, Shop},
    wire,
};

/// Target for the time until the last stream has a change, in milliseconds.
const REACHED_MS: f64 = 500.0;
/// Target for the resident memory of an idle stream, in KiB.
const MEMORY_KIB: f64 = 16.0;
/// Pause before memory is read, in which allocators and sockets settle.
const SETTLE_PAUSE: Duration = Duration::from_secs(2);
/// Connections opened at a time: fewer than a listener's backlog.
const CONCURRENT: usize = 100;

/// The number of streams, and the process whose memory is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StreamOptions {
    pub(crate) pid: u32,
    pub(crate) streams: usize,
}

/// Opens the streams, reads the memory, and accepts the order.
pub(crate) async fn measure(
    shop: &Shop,
    order: &ConfirmedOrder,
    options: StreamOptions,
) -> Vec<Figure> {
    let before = resident_kib(options.pid);
    let mut open = Vec::with_capacity(options.streams);
    while open.len() < options.streams {
        let count = CONCURRENT.min(options.streams - open.len());
        let mut opening: JoinSet<_> = (0..count).map(|_| open_stream(shop, order)).collect();
        while let Some(stream) = opening.join_next().await {
            open.push(stream.unwrap());
        }
    }
    tokio::time::sleep(SETTLE_PAUSE).await;
    let memory = (resident_kib(options.pid) - before) / options.streams as f64;
    let (sender, mut receiver) = mpsc::unbounded_channel();
    for connection in open {
        let sender = sender.clone();
        tokio::spawn(async move {
            let at = time_until(connection, "id: accepted").await;
            let _ = sender.send(at);
        });
    }
    drop(sender);
    let start = Instant::now();
    shop.take_step(order, "accept").await;
    let mut times = Vec::with_capacity(options.streams);
    while let Some(at) = receiver.recv().await {
        times.push(at.duration_since(start).as_secs_f64() * 1_000.0);
    }
    times.sort_by(f64::total_cmp);
    let figure = |name: String, unit, measured, wanted| Figure { name, unit, measured, wanted };
    let streams = times.len();
    vec![
        figure(format!("a step reaches half of {streams} pages"), "ms", times[streams / 2], None),
        figure("a step reaches all of them".into(), "ms", times[streams - 1], Some(REACHED_MS)),
        figure("memory an idle stream".into(), "KiB", memory, Some(MEMORY_KIB)),
    ]
}

/// Opens a stream and reads the events so far.
fn open_stream(shop: &Shop, order: &ConfirmedOrder) -> impl Future<Output = TcpStream> + use<> {
    let path = format!("/api/orders/{}/events?token={}", order.id, order.token);
    let (host, headers) =
        (shop.host.clone(), format!("Authorization: Bearer {}\r\n", shop.staff_token));
    async move {
        let mut connection = wire::send_get(&host, &path, &headers).await.expect("a stream");
        read_until(&mut connection, "id: confirmed").await;
        connection
    }
}

async fn time_until(mut connection: TcpStream, text: &str) -> Instant {
    read_until(&mut connection, text).await;
    Instant::now()
}

async fn read_until(connection: &mut TcpStream, text: &str) {
    let mut seen = Vec::with_capacity(1_024);
    while !seen.windows(text.len()).any(|part| part == text.as_bytes()) {
        let count = connection.read_buf(&mut seen).await.expect("a stream goes on");
        assert!(count > 0, "a stream ended: {}", String::from_utf8_lossy(&seen));
    }
}

/// Resident memory of a process, from `/proc`.
fn resident_kib(pid: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("the process runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").trim().parse().unwrap()
}
