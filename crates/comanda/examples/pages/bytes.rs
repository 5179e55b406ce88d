//! Size of pages over the wire, and time until their first byte.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use tokio::{task::JoinSet, time::sleep_until};

use crate::{
    Figure,
    shop::{ConfirmedOrder, Shop},
    wire,
};

/// Target for the compressed size of a page, in kilobytes.
const SIZE_KB: f64 = 30.0;
/// Target for the 99th percentile of the time to the first byte, in milliseconds.
const FIRST_BYTE_MS: f64 = 20.0;

/// Measures every page alone, at `rate` requests per second.
pub(crate) async fn measure(
    shop: &Shop,
    order: &ConfirmedOrder,
    rate: u32,
    seconds: u32,
) -> Vec<Figure> {
    let order_page = format!("/orders/{}", order.id);
    let pages = [
        ("/", false),
        ("/r/golden-wok", false),
        ("/checkout?restaurant=golden-wok", false),
        (order_page.as_str(), true),
        ("/kitchen", true),
        ("/analytics", true),
    ];
    let mut figures = Vec::new();
    for (path, is_staff) in pages {
        let headers = match is_staff {
            true => format!("Authorization: Bearer {}\r\n", shop.staff_token),
            false => String::new(),
        };
        let first = wire::get(&shop.host, path, &headers).await.expect("a page");
        assert_eq!(first.status(), "200", "{path}");
        let name = if path == order_page { "/orders/…" } else { path };
        figures.push(Figure {
            name: format!("{name}: compressed"),
            unit: "kB",
            measured: first.body_len() as f64 / 1_000.0,
            wanted: Some(SIZE_KB),
        });
        let times = measure_first_bytes(&shop.host, path, &headers, rate, seconds).await;
        figures.push(Figure {
            name: format!("{name}: first byte p99 at {rate}/s"),
            unit: "ms",
            measured: times.value_at_quantile(0.99) as f64 / 1_000.0,
            wanted: Some(FIRST_BYTE_MS),
        });
    }
    figures
}

/// Microseconds from the intended start of each request to its first byte, so that the figures
/// include stalls.
async fn measure_first_bytes(
    host: &str,
    path: &str,
    headers: &str,
    rate: u32,
    seconds: u32,
) -> Histogram<u64> {
    let mut requests = JoinSet::new();
    let begin = Instant::now();
    for n in 0..rate * seconds {
        let start = begin + Duration::from_secs(1) * n / rate;
        let (host, path, headers) = (host.to_owned(), path.to_owned(), headers.to_owned());
        requests.spawn(async move {
            sleep_until(start.into()).await;
            let sent = Instant::now();
            let response = wire::get(&host, &path, &headers).await.expect("a page");
            assert_eq!(response.status(), "200", "{path}");
            response.first_byte + sent.duration_since(start)
        });
    }
    let mut times = Histogram::new(3).unwrap();
    while let Some(time) = requests.join_next().await {
        let micros = u64::try_from(time.unwrap().as_micros()).unwrap();
        times.record(micros).unwrap();
    }
    times
}
