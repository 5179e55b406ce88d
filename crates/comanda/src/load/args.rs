//! The arguments of `comanda load`.

use std::{ops::RangeInclusive, path::Path, time::Duration};

use clap::{Args, ValueEnum};
use reqwest::Url;

const EXAMPLES: &str = "Examples:
  comanda load --rate 50 --duration 30s              at a running `comanda up`
  comanda load --rate 300 --duration 2m --warm-up 10s --decline-share 0.05
  comanda load --rate 1000 --duration 1m --warm-up 10s --dashboard http://127.0.0.1:8080
  comanda load --rate 1000 --duration 60s --url http://a:8081 --url http://b:8081 \\
      --follow 0.1 --pid storefront=4711 --pid postgres=4712 --json

Orders start at planned times, whether or not earlier ones have been answered, and every latency
counts from the intended start, so that a stall shows. With a staff token (in
COMANDA_STAFF_TOKEN, or in the data folder of a `comanda up`) no rate limit applies.

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
    #[arg(long, value_name = "R", value_parser = parse_rate)]
    pub(crate) rate: f64,
    /// How long: 30s, 2m, 1m30s
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub(crate) duration: Duration,
    /// Load before that, which percentiles and rates leave out
    #[arg(long, value_name = "TIME", value_parser = parse_time, default_value = "0s")]
    pub(crate) warm_up: Duration,
    /// How arrivals are spread
    #[arg(long, value_enum, default_value = "fixed")]
    pub(crate) arrivals: Arrivals,
    /// A storefront; several are used in turn [default: the `comanda up` on --data, else
    /// <http://127.0.0.1:8080>]
    #[arg(long = "url", value_name = "URL")]
    pub(crate) urls: Vec<Url>,
    /// Order at this restaurant only
    #[arg(long, value_name = "ID")]
    pub(crate) restaurant: Option<String>,
    /// Share of orders paid with a card that is refused
    #[arg(long, value_name = "0..1", default_value = "0", value_parser = parse_share)]
    pub(crate) decline_share: f64,
    /// Share of orders watched by event stream; the others are polled once the load is over
    #[arg(long, value_name = "0..1", default_value = "1", value_parser = parse_share)]
    pub(crate) follow: f64,
    /// Open the dashboard at this address, and measure how long after its confirmation an order is
    /// on it. Needs a staff token, which is sent there
    #[arg(long, value_name = "URL")]
    pub(crate) dashboard: Option<Url>,
    /// Number of customers
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    pub(crate) customers: u32,
    /// Maximum number of orders in flight; each one holds a connection
    #[arg(long, value_name = "N", default_value_t = 800, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_in_flight: u32,
    /// Time after which an order without an outcome counts as lost
    #[arg(long, value_name = "TIME", value_parser = parse_time, default_value = "30s")]
    pub(crate) wait: Duration,
    /// Seed of the random orders
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// A process whose CPU and memory is measured, with its children, as PID or NAME=PID;
    /// repeatable
    #[arg(long = "pid", value_name = "[NAME=]PID", value_parser = parse_process)]
    pub(crate) pids: Vec<(String, u32)>,
    /// Print the result as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

const RATES: RangeInclusive<f64> = 0.01..=100_000.0;

fn parse_rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|rate| RATES.contains(rate));
    rate.ok_or_else(|| format!("must be {} to {}", RATES.start(), RATES.end()))
}

fn parse_share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "must be 0 to 1".to_owned())
}

fn parse_time(text: &str) -> Result<Duration, String> {
    let time = text.parse::<jiff::SignedDuration>().ok();
    let time = time.and_then(|time| Duration::try_from(time).ok());
    time.ok_or_else(|| "must be a time such as 30s, 2m or 1m30s".to_owned())
}

fn parse_process(text: &str) -> Result<(String, u32), String> {
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
        assert_eq!(parse_time("1m30s"), Ok(Duration::from_secs(90)));
        assert!(parse_time("-5s").is_err() && parse_time("soon").is_err());
        assert!(
            parse_rate("0").is_err() && parse_rate("NaN").is_err() && parse_rate("300").is_ok()
        );
        assert!(parse_share("1.1").is_err() && parse_share("0.5").is_ok());
        let own = std::process::id();
        assert_eq!(parse_process(&format!("me={own}")), Ok(("me".to_owned(), own)));
        assert!(parse_process("me=x").is_err());
    }
}
