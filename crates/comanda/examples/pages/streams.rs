//! Event streams: how one change spreads, and what a stream costs that says nothing.

use std::{
    fs,
    time::{Duration, Instant},
};

use tokio::{io::AsyncReadExt, net::TcpStream, sync::mpsc, task::JoinSet};

use crate::{
    Mark,
    shop::{Order, Shop},
    wire,
};

/// The last of the pages knows by then, in milliseconds.
const REACHED_MS: f64 = 500.0;
/// Resident memory an idle stream, in KiB.
const MEMORY_KIB: f64 = 16.0;
/// Until allocators and sockets have come to rest.
const REST: Duration = Duration::from_secs(2);
/// Connections opened at a time: fewer than a listener's backlog.
const AT_A_TIME: usize = 100;

/// What is to be opened, and whose memory it costs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish {
    pub(crate) pid: u32,
    pub(crate) streams: usize,
}

/// Opens the streams, looks at memory, then lets the kitchen accept the order.
pub(crate) async fn measure(shop: &Shop, order: &Order, wish: Wish) -> Vec<Mark> {
    let before = resident_kib(wish.pid);
    let mut open = Vec::with_capacity(wish.streams);
    while open.len() < wish.streams {
        let count = AT_A_TIME.min(wish.streams - open.len());
        let mut opening: JoinSet<_> = (0..count).map(|_| stream(shop, order)).collect();
        while let Some(stream) = opening.join_next().await {
            open.push(stream.unwrap());
        }
    }
    tokio::time::sleep(REST).await;
    let memory = (resident_kib(wish.pid) - before) / wish.streams as f64;
    let (sender, mut receiver) = mpsc::unbounded_channel();
    for connection in open {
        let sender = sender.clone();
        tokio::spawn(async move {
            let at = until(connection, "id: accepted").await;
            let _ = sender.send(at);
        });
    }
    drop(sender);
    let start = Instant::now();
    shop.step(order, "accept").await;
    let mut times = Vec::with_capacity(wish.streams);
    while let Some(at) = receiver.recv().await {
        times.push(at.duration_since(start).as_secs_f64() * 1_000.0);
    }
    times.sort_by(f64::total_cmp);
    let mark = |name: String, unit, measured, wanted| Mark { name, unit, measured, wanted };
    let streams = times.len();
    vec![
        mark(format!("a step reaches half of {streams} pages"), "ms", times[streams / 2], None),
        mark("a step reaches all of them".into(), "ms", times[streams - 1], Some(REACHED_MS)),
        mark("memory an idle stream".into(), "KiB", memory, Some(MEMORY_KIB)),
    ]
}

/// A stream that has said what it knew.
fn stream(shop: &Shop, order: &Order) -> impl Future<Output = TcpStream> + use<> {
    let path = format!("/api/orders/{}/events?token={}", order.id, order.token);
    let (host, headers) = (shop.host.clone(), format!("Authorization: Bearer {}\r\n", shop.staff));
    async move {
        let mut connection = wire::ask(&host, &path, &headers).await.expect("a stream");
        read_until(&mut connection, "id: confirmed").await;
        connection
    }
}

async fn until(mut connection: TcpStream, text: &str) -> Instant {
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

/// Resident memory of a process, by `/proc`.
fn resident_kib(pid: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("the process runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").trim().parse().unwrap()
}
