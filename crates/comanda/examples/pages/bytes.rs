//! Pages: bytes over the wire, and the time until the first one.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use tokio::{task::JoinSet, time::sleep_until};

use crate::{
    Mark,
    shop::{Order, Shop},
    wire,
};

/// Over the wire, in kilobytes.
const SIZE_KB: f64 = 30.0;
/// 99 of 100 first bytes, in milliseconds.
const FIRST_BYTE_MS: f64 = 20.0;

/// Every page on its own, at `rate` requests a second.
pub(crate) async fn measure(shop: &Shop, order: &Order, rate: u32, seconds: u32) -> Vec<Mark> {
    let order_page = format!("/orders/{}", order.id);
    let pages = [
        ("/", false),
        ("/r/golden-wok", false),
        ("/checkout?restaurant=golden-wok", false),
        (order_page.as_str(), true),
        ("/kitchen", true),
        ("/analytics", true),
    ];
    let mut marks = Vec::new();
    for (path, staff) in pages {
        let headers = match staff {
            true => format!("Authorization: Bearer {}\r\n", shop.staff),
            false => String::new(),
        };
        let first = wire::get(&shop.host, path, &headers).await.expect("a page");
        assert_eq!(first.status(), "200", "{path}");
        let name = if path == order_page { "/orders/…" } else { path };
        marks.push(Mark {
            name: format!("{name}: compressed"),
            unit: "kB",
            measured: first.body_len() as f64 / 1_000.0,
            wanted: Some(SIZE_KB),
        });
        let times = load(&shop.host, path, &headers, rate, seconds).await;
        marks.push(Mark {
            name: format!("{name}: first byte p99 at {rate}/s"),
            unit: "ms",
            measured: times.value_at_quantile(0.99) as f64 / 1_000.0,
            wanted: Some(FIRST_BYTE_MS),
        });
    }
    marks
}

/// Microseconds from the moment a request was meant to start: a stall cannot hide.
async fn load(host: &str, path: &str, headers: &str, rate: u32, seconds: u32) -> Histogram<u64> {
    let mut asked = JoinSet::new();
    let begin = Instant::now();
    for n in 0..rate * seconds {
        let start = begin + Duration::from_secs(1) * n / rate;
        let (host, path, headers) = (host.to_owned(), path.to_owned(), headers.to_owned());
        asked.spawn(async move {
            sleep_until(start.into()).await;
            let sent = Instant::now();
            let answer = wire::get(&host, &path, &headers).await.expect("a page");
            assert_eq!(answer.status(), "200", "{path}");
            answer.first_byte + sent.duration_since(start)
        });
    }
    let mut times = Histogram::new(3).unwrap();
    while let Some(time) = asked.join_next().await {
        let micros = u64::try_from(time.unwrap().as_micros()).unwrap();
        times.record(micros).unwrap();
    }
    times
}
