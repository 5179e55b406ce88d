//! Reads all sources, in an order that suits a platform at work: topics, lag of the groups, tables,
//! gateway, and once more the topics.
//!
//! Offsets are committed after effects, so a group without lag has handled every record of the
//! first reading. The second reading explains what the tables have beyond that.

use std::thread;

use domain::ports::Unavailable;
use events::{
    Record, Topic,
    dead_letter::{self, Letter},
};
use indicatif::{ProgressBar, ProgressStyle};
use kafka::{KafkaConfig, ScannedRecord, Scanner};
use sql::{Database, Snapshot};
use stripe::StripeGateway;

use super::{
    evidence::Evidence,
    finding::{Group, Lag},
    letters::DeadLetter,
    scope::Scope,
    sources::{find_gateway, find_log_and_database},
    topics::{AUDITED, COUNTED},
};
use crate::{
    config::Settings,
    connect::open_database,
    fault::Fault,
    groups::Group as Consumers,
    register::{ANALYTICS, groups},
};

/// Maximum number of orders whose rows are read at once.
const ORDERS_AT_ONCE: usize = 1_000;

/// Reads all sources that are in scope, and the lag of each group.
pub(super) async fn gather(settings: &Settings, scope: Scope) -> Result<(Evidence, Lag), Fault> {
    let (kafka, database) = find_log_and_database(settings)?;
    let gateway = match scope.without_gateway {
        true => None,
        false => Some(find_gateway(settings)?),
    };
    let topics: &[Topic] = if scope.is_partial() { &COUNTED } else { &AUDITED };
    let mut scanner = Scanner::new(&kafka)?;
    if let Some(from) = scope.reads_from() {
        scanner = run_blocking(move || {
            for topic in topics {
                scanner.begin_at(topic.name(), from)?;
            }
            Ok(scanner)
        })
        .await?;
    }
    let evidence = Evidence { scope, ..Evidence::default() };
    let (mut evidence, scanner) =
        read_topics(evidence, scanner, topics, groups().collect()).await?;
    let lag = run_blocking(move || measure_lags(&kafka)).await?;
    read_tables(&database, &mut evidence, false).await?;
    if let Some(gateway) = gateway {
        read_gateway(&gateway, &mut evidence).await?;
    }
    evidence.is_late = true;
    let (evidence, _) = read_topics(evidence, scanner, topics, groups().collect()).await?;
    Ok((evidence, lag))
}

async fn read_gateway(gateway: &StripeGateway, evidence: &mut Evidence) -> Result<(), Fault> {
    let bar = progress_bar("payment gateway");
    let since = evidence.scope.reads_from();
    let refunds = gateway.refunds(since, |intent, minor| evidence.add_refund(intent, minor));
    refunds.await.map_err(Fault::unavailable)?;
    let captures = gateway.captures(since, |capture| {
        bar.inc(1);
        evidence.add_capture(&capture);
    });
    captures.await.map_err(Fault::unavailable)?;
    bar.finish_and_clear();
    Ok(())
}

/// Reads the sources of the figures (topics of orders, ledger, facts) and the figures.
pub(super) async fn gather_figures(settings: &Settings) -> Result<(Evidence, Lag), Fault> {
    let (kafka, database) = find_log_and_database(settings)?;
    let scanner = Scanner::new(&kafka)?;
    let (mut evidence, scanner) =
        read_topics(Evidence::default(), scanner, &COUNTED, vec![ANALYTICS]).await?;
    let lag = run_blocking(move || measure_lags(&kafka)).await?;
    read_tables(&database, &mut evidence, true).await?;
    evidence.is_late = true;
    let (evidence, _) = read_topics(evidence, scanner, &COUNTED, vec![ANALYTICS]).await?;
    Ok((evidence, lag))
}

/// Runs blocking work on a thread of its own.
pub(crate) async fn run_blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    tokio::task::spawn_blocking(work).await.map_err(Fault::system)?
}

/// Reads new records of the topics, then new dead letters.
async fn read_topics(
    mut evidence: Evidence,
    mut scanner: Scanner,
    read: &'static [Topic],
    groups: Vec<&'static Consumers>,
) -> Result<(Evidence, Scanner), Fault> {
    run_blocking(move || {
        for &topic in read {
            scan_topic(&mut scanner, topic.name(), |scanned| {
                evidence.add_record(&record_from_scanned(topic, scanned));
            })?;
        }
        for group in groups {
            let topic = dead_letter::topic(group.name);
            scan_topic(&mut scanner, &topic, |scanned| {
                match evidence.ranges.add_letter(group.name, &scanned) {
                    Letter::Drop(_) => {}
                    Letter::Record | Letter::Range(_) => {
                        evidence.add_dead_letter(DeadLetter::from_scanned(group.name, &scanned));
                    }
                }
            })?;
        }
        evidence.ranges.add_unreadable(scanner.unreadable());
        evidence.unexplained = scanner.unexplained();
        Ok((evidence, scanner))
    })
    .await
}

fn scan_topic(
    scanner: &mut Scanner,
    topic: &str,
    mut each: impl FnMut(ScannedRecord),
) -> Result<(), Fault> {
    let bar = progress_bar(topic);
    let read = scanner.scan(topic, |scanned, read, total| {
        bar.set_length(total);
        bar.set_position(read);
        each(scanned);
    });
    bar.finish_and_clear();
    Ok(read?)
}

pub(crate) fn record_from_scanned(topic: Topic, scanned: ScannedRecord) -> Record {
    Record {
        topic,
        partition: scanned.position.partition,
        offset: scanned.position.offset,
        key: scanned.key,
        headers: scanned.headers,
        payload: scanned.payload,
    }
}

/// The lag of all groups. Finding a group's coordinator takes half a second, so all are measured
/// at once.
fn measure_lags(kafka: &KafkaConfig) -> Result<Lag, Fault> {
    thread::scope(|scope| {
        let start = |group: &'static Consumers| {
            let measure = || group.lag(kafka)?.measure();
            (group.name, scope.spawn(measure))
        };
        let measuring: Vec<_> = groups().map(start).collect();
        let mut lag = Lag::new();
        for (name, measuring) in measuring {
            let panicked = |_| Fault::system("a thread of the audit has failed");
            let records = measuring.join().map_err(panicked)??;
            lag.extend(Group::named(name).map(|group| (group, records)));
        }
        Ok(lag)
    })
}

async fn read_tables(
    address: &str,
    evidence: &mut Evidence,
    has_figures: bool,
) -> Result<(), Fault> {
    // One connection reads; another may be needed to open the database.
    let database = open_database(address, 2).await?;
    let read = if has_figures {
        read_figure_rows(&database, evidence).await
    } else if evidence.scope.is_partial() {
        read_rows_of_orders(&database, evidence).await
    } else {
        read_rows(&database, evidence).await
    };
    database.close().await;
    read.map_err(Fault::unavailable)
}

async fn read_rows(database: &Database, evidence: &mut Evidence) -> Result<(), Unavailable> {
    let bar = progress_bar("database");
    let mut tables = Snapshot::of(database).await?;
    let counted = || bar.inc(1);
    tables.payments(count_each(counted, |row| evidence.add_payment_row(&row))).await?;
    tables.ledger(count_each(counted, |row| evidence.add_ledger_row(&row))).await?;
    tables.stock(count_each(counted, |row| evidence.add_level_row(row))).await?;
    tables.stock_history(count_each(counted, |row| evidence.add_stock_history_row(&row))).await?;
    tables.reservations(count_each(counted, |row| evidence.add_reservation_row(&row))).await?;
    tables.book(count_each(counted, |row| evidence.add_book_row(&row))).await?;
    tables.history(count_each(counted, |row| evidence.add_history_row(&row))).await?;
    tables.mails(count_each(counted, |row| evidence.add_mail_row(&row))).await?;
    tables.facts(count_each(counted, |row| evidence.add_fact_row(&row))).await?;
    tables.figures(|line| evidence.figures.compare_line(line)).await?;
    tables.close().await?;
    bar.finish_and_clear();
    Ok(())
}

/// Reads the rows of the orders that topics have.
async fn read_rows_of_orders(
    database: &Database,
    evidence: &mut Evidence,
) -> Result<(), Unavailable> {
    let bar = progress_bar("database");
    let mut tables = Snapshot::of(database).await?;
    let orders: Vec<_> = evidence.orders.keys().copied().collect();
    bar.set_length(orders.len() as u64);
    for some in orders.chunks(ORDERS_AT_ONCE) {
        tables.payments_of(some, |row| evidence.add_payment_row(&row)).await?;
        tables.ledger_of(some, |row| evidence.add_ledger_row(&row)).await?;
        tables.book_of(some, |row| evidence.add_book_row(&row)).await?;
        tables.history_of(some, |row| evidence.add_history_row(&row)).await?;
        tables.mails_of(some, |row| evidence.add_mail_row(&row)).await?;
        tables.facts_of(some, |row| evidence.add_fact_row(&row)).await?;
        bar.inc(some.len() as u64);
    }
    tables.close().await?;
    bar.finish_and_clear();
    Ok(())
}

/// Reads the sources of the figures, and the figures.
async fn read_figure_rows(database: &Database, evidence: &mut Evidence) -> Result<(), Unavailable> {
    let bar = progress_bar("database");
    let mut tables = Snapshot::of(database).await?;
    let counted = || bar.inc(1);
    tables.ledger(count_each(counted, |row| evidence.add_ledger_row(&row))).await?;
    tables.facts(count_each(counted, |row| evidence.add_fact_row(&row))).await?;
    tables.figures(count_each(counted, |line| evidence.figures.compare_line(line))).await?;
    tables.close().await?;
    bar.finish_and_clear();
    Ok(())
}

/// A callback that runs `count` before `each`.
fn count_each<T>(count: impl Fn(), mut each: impl FnMut(T)) -> impl FnMut(T) {
    move |row| {
        count();
        each(row);
    }
}

/// A progress bar on standard error, drawn only on a terminal. It shows a count until its length is
/// set.
pub(crate) fn progress_bar(what: &str) -> ProgressBar {
    let bar = ProgressBar::no_length().with_prefix(what.to_owned());
    match ProgressStyle::with_template("{prefix:<28} {wide_bar} {human_pos}/{human_len} {elapsed}")
    {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
