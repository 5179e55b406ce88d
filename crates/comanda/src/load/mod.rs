//! `comanda load`: open-loop load, as customers make it.
//!
//! [`plan`] fixes when every order starts, before the first one is sent; a thread sends them at
//! those times whatever became of earlier ones; each order then goes its own way ([`client`] places
//! it, [`watch`] learns its outcome) and every latency counts from its intended start. So a shop
//! that stands still for a second is seen as such by all orders of that second (without this, a
//! generator that waits for answers leaves out the very requests that would have suffered).

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
    dashboard::{Dashboard, lags},
    order::{Accepted, Load},
    report::{Cpu, Latency, Report},
    shop::Shop,
    tally::Beginning,
};
use crate::{config::Settings, data::read_endpoints, fault::Fault, say};

/// Where a `comanda up` listens unless it is told otherwise.
const HERE: &str = "http://127.0.0.1:8080";
/// Orders asked for at a time once the load is over.
const ASKED_AT_A_TIME: usize = 64;
/// Once this many of the last orders have ended, so has practically all work of the load.
const LAST: usize = 100;

/// Makes load, prints what came of it, and answers 1 if anything failed or was lost.
pub(crate) async fn load(settings: Settings, args: &LoadArgs) -> Result<ExitCode, Fault> {
    if args.duration.is_zero() {
        return Err(Fault::usage("--duration must be longer than nothing"));
    }
    let shop = storefronts(&settings, args)?;
    let shops = shop.shops(args.restaurant.as_deref()).await?;
    let total = args.warm_up + args.duration;
    let starts = plan::starts(args.rate, total, args.arrivals, args.seed);
    let mut watched = vec![("(this generator)".to_owned(), std::process::id())];
    watched.extend(args.pids.iter().cloned());
    let pids: Vec<_> = watched.iter().map(|(_, pid)| *pid).collect();

    let before = cpu::usage(&pids);
    let beginning = Beginning::now();
    let dashboard = dashboard(&shop, args, beginning).await?;
    let load = Arc::new(Load::new(shop, args, beginning)?);
    let planned = starts.len();
    let bar = progress("orders", planned);
    let interrupted = send_all(&load, args, shops, starts, &bar).await?;
    let mut unwatched = load.unwatched();
    let rest = unwatched.split_off(unwatched.len().min(LAST));
    ask_all(&load, unwatched, &ProgressBar::hidden()).await;
    let (after, wall) = (cpu::usage(&pids), beginning.elapsed());
    let asking = progress("outcomes", rest.len());
    ask_all(&load, rest, &asking).await;

    let confirmed = load.tally().confirmed;
    let shown = match dashboard {
        Some(dashboard) => dashboard.finish(confirmed).await,
        None => Ok(Vec::new()),
    };
    let shown = shown.unwrap_or_else(|failure| {
        load.tally().failed(&failure);
        Vec::new()
    });
    let tally = load.tally();
    let mut report = Report::new(args, planned, &tally);
    report.interrupted = interrupted;
    report.dashboard_ms = args.dashboard.as_ref().map(|_| Latency::from(&lags(&shown, &tally)));
    let looks = watched.into_iter().zip(before.into_iter().zip(after));
    let cpu = looks.map(|(who, (a, b))| Cpu::between(who, a, b, tally.accepted, wall));
    report.cpu = cpu.collect();
    print(&report, args.json)?;
    Ok(if report.clean { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// The dashboard that is to be kept open, if one is.
async fn dashboard(
    shop: &Storefronts,
    args: &LoadArgs,
    beginning: Beginning,
) -> Result<Option<Dashboard>, Fault> {
    let Some(address) = &args.dashboard else { return Ok(None) };
    let opened = Dashboard::open(shop.elsewhere(address.clone()), beginning).await;
    let refused = |Failure { kind, example }| {
        Fault::unavailable(format!("--dashboard: it cannot be opened: {kind}, {example}"))
    };
    opened.map(Some).map_err(refused)
}

/// The storefronts that were named, or the `comanda up` that the data folder knows of. Its staff
/// token is sent to nobody else.
fn storefronts(settings: &Settings, args: &LoadArgs) -> Result<Storefronts, Fault> {
    let known = read_endpoints(&settings.data).filter(|_| args.urls.is_empty());
    let found = known.is_some();
    let urls = match (known, args.urls.is_empty()) {
        (Some(known), _) => vec![known.http],
        (None, true) => vec![HERE.to_owned()],
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

/// Sends every order at its time and waits until each has come to its end. Answers true if Ctrl-C
/// cut it short.
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
        // A thread of its own: it wakes far more exactly than the timers of the runtime.
        move || {
            let mut rng = Rng::with_seed(seed);
            for start in starts {
                let Some(wish) = shop::wish(&shops, &mut rng, customers, refused) else { break };
                let listens = rng.f64() < load.follow;
                std::thread::sleep(start.saturating_sub(load.beginning.elapsed()));
                let permit = runtime.block_on(load.permit());
                if stop.is_cancelled() {
                    break;
                }
                let (load, bar) = (load.clone(), bar.clone());
                let order = async move {
                    load.order(start, wish, listens).await;
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
    sender.await.map_err(|e| Fault::system(e.to_string()))?;
    orders.close();
    orders.wait().await;
    interrupt.abort();
    bar.finish_and_clear();
    Ok(stop.is_cancelled())
}

/// Learns the outcomes of orders that nobody listened to.
async fn ask_all(load: &Arc<Load>, orders: Vec<Accepted>, bar: &ProgressBar) {
    let asked = stream::iter(orders).for_each_concurrent(ASKED_AT_A_TIME, |accepted| async move {
        load.ask(accepted).await;
        bar.inc(1);
    });
    asked.await;
    bar.finish_and_clear();
}

fn progress(what: &'static str, planned: usize) -> ProgressBar {
    // Drawn on standard error, and only on a terminal.
    let bar = ProgressBar::new(planned as u64).with_prefix(what);
    match ProgressStyle::with_template("{prefix:<9} {bar:30} {pos}/{len} {elapsed}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn print(report: &Report, json: bool) -> Result<(), Fault> {
    if json {
        let json = serde_json::to_string(report).map_err(|e| Fault::system(e.to_string()))?;
        say::line(json);
    } else {
        say::line(report.table().trim_end());
    }
    Ok(())
}
