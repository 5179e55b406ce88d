//! `comanda load`: an open-loop load generator.
//!
//! [`plan`] fixes the start of every order before the first one is sent. A thread sends them at
//! these times, whether or not earlier ones have been answered; [`client`] places each, [`watch`]
//! waits for its outcome, and every latency counts from the intended start. So all orders of a
//! second in which the shop stalls show the stall. (A generator that waits for responses would send
//! fewer requests just then: coordinated omission.)

mod args;
mod client;
mod cpu;
mod dashboard;
mod order;
mod plan;
mod report;
mod shop;
mod tally;
mod watch;

use std::{process::ExitCode, sync::Arc, time::Duration};

use fastrand::Rng;
use futures::{StreamExt, stream};
use indicatif::{ProgressBar, ProgressStyle};
use reqwest::Url;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub(crate) use self::args::LoadArgs;
use self::{
    client::{Failure, Storefronts},
    dashboard::{Dashboard, dashboard_lags},
    order::{AcceptedOrder, Load},
    report::{Cpu, Latency, Report},
    shop::Shop,
    tally::Beginning,
};
use crate::{config::Settings, data::read_endpoints, fault::Fault, output};

/// The default address of `comanda up`.
const DEFAULT_URL: &str = "http://127.0.0.1:8080";
/// Number of orders polled at a time once the load is over.
const MAX_POLLS: usize = 64;
/// Number of last orders whose outcome marks the end of the load for CPU measurements.
const LAST_ORDERS: usize = 100;

/// Generates load and prints the report. Exit code 1 if anything failed or was lost.
pub(crate) async fn load(settings: Settings, args: &LoadArgs) -> Result<ExitCode, Fault> {
    if args.duration.is_zero() {
        return Err(Fault::usage("--duration must be longer than nothing"));
    }
    let shop = connect_storefronts(&settings, args)?;
    let shops = shop.read_shops(args.restaurant.as_deref()).await?;
    let total = args.warm_up + args.duration;
    let starts = plan::plan_starts(args.rate, total, args.arrivals, args.seed);
    let mut watched = vec![("(this generator)".to_owned(), std::process::id())];
    watched.extend(args.pids.iter().cloned());
    let pids: Vec<_> = watched.iter().map(|(_, pid)| *pid).collect();

    let before = cpu::read_usage(&pids);
    let beginning = Beginning::now();
    let dashboard = open_dashboard(&shop, args, beginning).await?;
    let load = Arc::new(Load::new(shop, args, beginning)?);
    let planned = starts.len();
    let bar = progress_bar("orders", planned);
    let interrupted = send_all(&load, args, shops, starts, &bar).await?;
    let mut unwatched = load.take_unwatched();
    let rest = unwatched.split_off(unwatched.len().min(LAST_ORDERS));
    poll_all(&load, unwatched, &ProgressBar::hidden()).await;
    let (after, wall) = (cpu::read_usage(&pids), beginning.elapsed());
    let asking = progress_bar("outcomes", rest.len());
    poll_all(&load, rest, &asking).await;

    let confirmed = load.tally().confirmed;
    let shown = match dashboard {
        Some(dashboard) => dashboard.wait_for(confirmed).await,
        None => Ok(Vec::new()),
    };
    let shown = shown.unwrap_or_else(|failure| {
        load.tally().record_failure(&failure);
        Vec::new()
    });
    let tally = load.tally();
    let mut report = Report::new(args, planned, &tally);
    report.interrupted = interrupted;
    report.dashboard_ms =
        args.dashboard.as_ref().map(|_| Latency::from(&dashboard_lags(&shown, &tally)));
    let looks = watched.into_iter().zip(before.into_iter().zip(after));
    let cpu = looks.map(|(who, (a, b))| Cpu::between(who, a, b, tally.accepted, wall));
    report.cpu = cpu.collect();
    print_report(&report, args.json)?;
    Ok(if report.clean { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// Opens the dashboard if `--dashboard` is given.
async fn open_dashboard(
    shop: &Storefronts,
    args: &LoadArgs,
    beginning: Beginning,
) -> Result<Option<Dashboard>, Fault> {
    let Some(address) = &args.dashboard else { return Ok(None) };
    let opened = Dashboard::open(shop.at_address(address.clone()), beginning).await;
    let refused = |Failure { kind, example }| {
        Fault::unavailable(format!("--dashboard: it cannot be opened: {kind}, {example}"))
    };
    opened.map(Some).map_err(refused)
}

/// The storefronts of `--url`, or the `comanda up` on the data folder. The staff token from the
/// data folder is sent only to the latter.
fn connect_storefronts(settings: &Settings, args: &LoadArgs) -> Result<Storefronts, Fault> {
    let known = read_endpoints(&settings.data).filter(|_| args.urls.is_empty());
    let found = known.is_some();
    let urls = match (known, args.urls.is_empty()) {
        (Some(known), _) => vec![known.http],
        (None, true) => vec![DEFAULT_URL.to_owned()],
        (None, false) => args.urls.iter().map(ToString::to_string).collect(),
    };
    let parse = |url: &String| {
        let url = url.parse::<Url>().ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        url.ok_or_else(|| Fault::usage("--url must be an address such as http://127.0.0.1:8080"))
    };
    let urls = urls.iter().map(parse).collect::<Result<Vec<_>, _>>()?;
    let token = settings.staff_token.clone().or_else(|| {
        let path = found.then(|| settings.data.join("staff-token"))?;
        Some(std::fs::read_to_string(path).ok()?.trim().to_owned())
    });
    Storefronts::new(urls, token)
}

/// Sends every order at its time and waits until each has ended. Returns true if Ctrl-C
/// interrupted.
async fn send_all(
    load: &Arc<Load>,
    args: &LoadArgs,
    shops: Vec<Shop>,
    starts: Vec<Duration>,
    bar: &ProgressBar,
) -> Result<bool, Fault> {
    let (orders, stop) = (TaskTracker::new(), CancellationToken::new());
    let sender = {
        let (load, orders, stop, bar) = (load.clone(), orders.clone(), stop.clone(), bar.clone());
        let (seed, customers, refused) = (args.seed, args.customers, args.decline_share);
        let runtime = tokio::runtime::Handle::current();
        // A thread of its own, which wakes far more precisely than the timers of the runtime.
        move || {
            let mut rng = Rng::with_seed(seed);
            for start in starts {
                let Some(request) = shop::random_order(&shops, &mut rng, customers, refused) else {
                    break;
                };
                let is_watched = rng.f64() < load.follow;
                std::thread::sleep(start.saturating_sub(load.beginning.elapsed()));
                let permit = runtime.block_on(load.acquire_permit());
                if stop.is_cancelled() {
                    break;
                }
                let (load, bar) = (load.clone(), bar.clone());
                let order = async move {
                    load.run_order(start, request, is_watched).await;
                    drop(permit);
                    bar.inc(1);
                };
                orders.spawn_on(order, &runtime);
            }
        }
    };
    let sender = tokio::task::spawn_blocking(sender);
    let interrupt = tokio::spawn({
        let stop = stop.clone();
        async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                stop.cancel();
            }
        }
    });
    sender.await.map_err(Fault::system)?;
    orders.close();
    orders.wait().await;
    interrupt.abort();
    bar.finish_and_clear();
    Ok(stop.is_cancelled())
}

/// Polls the outcomes of orders that were not watched.
async fn poll_all(load: &Arc<Load>, orders: Vec<AcceptedOrder>, bar: &ProgressBar) {
    let polls = stream::iter(orders).for_each_concurrent(MAX_POLLS, |accepted| async move {
        load.poll_outcome(accepted).await;
        bar.inc(1);
    });
    polls.await;
    bar.finish_and_clear();
}

fn progress_bar(what: &'static str, planned: usize) -> ProgressBar {
    // Drawn on standard error, and only on a terminal.
    let bar = ProgressBar::new(planned as u64).with_prefix(what);
    match ProgressStyle::with_template("{prefix:<9} {bar:30} {pos}/{len} {elapsed}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn print_report(report: &Report, json: bool) -> Result<(), Fault> {
    if json {
        let json = serde_json::to_string(report).map_err(Fault::system)?;
        output::print_line(json);
    } else {
        output::print_line(report.table().trim_end());
    }
    Ok(())
}
