//! What `comanda load` is asked for.

use std::{ops::RangeInclusive, path::Path, time::Duration};

use clap::{Args, ValueEnum};
use reqwest::Url;

const EXAMPLES: &str = "Examples:
  comanda load --rate 50 --duration 30s              at a running `comanda up`
  comanda load --rate 300 --duration 2m --warm-up 10s --decline-share 0.05
  comanda load --rate 1000 --duration 1m --warm-up 10s --dashboard http://127.0.0.1:8080
  comanda load --rate 1000 --duration 60s --url http://a:8081 --url http://b:8081 \\
      --follow 0.1 --pid storefront=4711 --pid postgres=4712 --json

Orders start when the plan says so, whether or not earlier ones have been answered, and every
latency counts from that intended start: a stall cannot hide. With a staff token (in
COMANDA_STAFF_TOKEN, or found in the data folder of a `comanda up`) no rate limit applies.

Exit codes: 0 every accepted order ended as expected, 1 something failed or was lost, 64 wrong
settings, 69 the shop does not answer.";

/// How arrivals are spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Arrivals {
    /// One every 1/rate seconds
    Fixed,
    /// At random, as independent customers come
    Poisson,
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct LoadArgs {
    /// Orders a second
    #[arg(long, value_name = "R", value_parser = rate)]
    pub(crate) rate: f64,
    /// How long: 30s, 2m, 1m30s
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) duration: Duration,
    /// Load before that, left out of percentiles and rates
    #[arg(long, value_name = "TIME", value_parser = time, default_value = "0s")]
    pub(crate) warm_up: Duration,
    /// How arrivals are spread
    #[arg(long, value_enum, default_value = "fixed")]
    pub(crate) arrivals: Arrivals,
    /// A storefront; several take turns [default: the `comanda up` on --data, else
    /// <http://127.0.0.1:8080>]
    #[arg(long = "url", value_name = "URL")]
    pub(crate) urls: Vec<Url>,
    /// Order at this restaurant only
    #[arg(long, value_name = "ID")]
    pub(crate) restaurant: Option<String>,
    /// Share of orders paid with a card that is refused
    #[arg(long, value_name = "0..1", default_value = "0", value_parser = share)]
    pub(crate) decline_share: f64,
    /// Share of orders watched live; the others are asked for once the load is over
    #[arg(long, value_name = "0..1", default_value = "1", value_parser = share)]
    pub(crate) follow: f64,
    /// Keep a dashboard open where analytics runs, and tell how long after its confirmation an
    /// order is on it. Needs a staff token, which is sent there
    #[arg(long, value_name = "URL")]
    pub(crate) dashboard: Option<Url>,
    /// How many customers order
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    pub(crate) customers: u32,
    /// Most orders under way; each one holds a connection
    #[arg(long, value_name = "N", default_value_t = 800, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_in_flight: u32,
    /// How long an order may take before it counts as lost
    #[arg(long, value_name = "TIME", value_parser = time, default_value = "30s")]
    pub(crate) wait: Duration,
    /// The same seed orders the same things
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// A process to watch with its children, as PID or NAME=PID; repeatable
    #[arg(long = "pid", value_name = "[NAME=]PID", value_parser = process)]
    pub(crate) pids: Vec<(String, u32)>,
    /// Print the result as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

const RATES: RangeInclusive<f64> = 0.01..=100_000.0;

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|rate| RATES.contains(rate));
    rate.ok_or_else(|| format!("must be {} to {}", RATES.start(), RATES.end()))
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "must be 0 to 1".to_owned())
}

fn time(text: &str) -> Result<Duration, String> {
    let time = text.parse::<jiff::SignedDuration>().ok();
    let time = time.and_then(|time| Duration::try_from(time).ok());
    time.ok_or_else(|| "must be a time such as 30s, 2m or 1m30s".to_owned())
}

fn process(text: &str) -> Result<(String, u32), String> {
    let (name, pid) = text.split_once('=').unwrap_or((text, text));
    let pid = pid.parse().map_err(|_| "must be PID or NAME=PID".to_owned())?;
    if Path::new("/proc").join(format!("{pid}")).exists() {
        Ok((name.to_owned(), pid))
    } else {
        Err(format!("no process has the id {pid}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_checked() {
        assert_eq!(time("1m30s"), Ok(Duration::from_secs(90)));
        assert!(time("-5s").is_err() && time("soon").is_err());
        assert!(rate("0").is_err() && rate("NaN").is_err() && rate("300").is_ok());
        assert!(share("1.1").is_err() && share("0.5").is_ok());
        let own = std::process::id();
        assert_eq!(process(&format!("me={own}")), Ok(("me".to_owned(), own)));
        assert!(process("me=x").is_err());
    }
}
