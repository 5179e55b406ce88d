//! Reading everything, in an order that makes sense of a platform at work: topics, how far the
//! groups are, tables, gateway, and once more what topics have told in the meantime.
//!
//! A group without lag has done all that the topics told when they were read, since offsets are
//! committed after effects. What the tables know beyond that, the second look at the topics
//! explains.

use std::thread;

use domain::ports::Unavailable;
use events::{
    Record, Topic,
    dead_letter::{self, Letter},
};
use indicatif::{ProgressBar, ProgressStyle};
use kafka::{KafkaConfig, Scanned, Scanner};
use sql::{Database, Snapshot};

use super::{
    evidence::Evidence,
    finding::{Group, Lag},
    letters::DeadLetter,
    sources::{Sources, log_and_database},
    topics::{ORDERS, READ},
};
use crate::{
    config::Settings,
    connect::open,
    fault::Fault,
    groups::Group as Consumers,
    register::{ANALYTICS, groups},
};

/// Reads all there is, and how many records each group has yet to read.
pub(super) async fn gather(settings: &Settings) -> Result<(Evidence, Lag), Fault> {
    let Sources { kafka, database, gateway } = Sources::find(settings)?;
    let scanner = Scanner::new(&kafka)?;
    let (mut evidence, scanner) =
        topics(Evidence::default(), scanner, &READ, groups().collect()).await?;
    let lag = blocking(move || lag(&kafka)).await?;
    tables(&database, &mut evidence, false).await?;
    let bar = bar("payment gateway");
    let refunds = gateway.refunds(|intent, minor| evidence.refund(intent, minor)).await;
    let unavailable = |e: domain::ports::GatewayError| Fault::unavailable(e.to_string());
    refunds.map_err(unavailable)?;
    let captures = gateway.captures(|capture| {
        bar.inc(1);
        evidence.capture(&capture);
    });
    captures.await.map_err(unavailable)?;
    bar.finish_and_clear();
    evidence.is_late = true;
    let (evidence, _) = topics(evidence, scanner, &READ, groups().collect()).await?;
    Ok((evidence, lag))
}

/// Reads what figures rest on: orders in the topics, money in the books, facts, and the figures.
pub(super) async fn gather_figures(settings: &Settings) -> Result<(Evidence, Lag), Fault> {
    let (kafka, database) = log_and_database(settings)?;
    let scanner = Scanner::new(&kafka)?;
    let (mut evidence, scanner) =
        topics(Evidence::default(), scanner, &ORDERS, vec![ANALYTICS]).await?;
    let lag = blocking(move || lag(&kafka)).await?;
    tables(&database, &mut evidence, true).await?;
    evidence.is_late = true;
    let (evidence, _) = topics(evidence, scanner, &ORDERS, vec![ANALYTICS]).await?;
    Ok((evidence, lag))
}

pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    tokio::task::spawn_blocking(work).await.map_err(|e| Fault::system(e.to_string()))?
}

/// Reads what is new in the topics, and then in the dead letters.
async fn topics(
    mut evidence: Evidence,
    mut scanner: Scanner,
    read: &'static [Topic],
    groups: Vec<&'static Consumers>,
) -> Result<(Evidence, Scanner), Fault> {
    blocking(move || {
        for &topic in read {
            scan(&mut scanner, topic.name(), |scanned| {
                evidence.record(&record(topic, scanned));
            })?;
        }
        for group in groups {
            let topic = dead_letter::topic(group.name);
            scan(&mut scanner, &topic, |scanned| {
                match evidence.ranges.letter(group.name, &scanned) {
                    Letter::Drop(_) => {}
                    Letter::Record | Letter::Range(_) => {
                        evidence.dead_letter(DeadLetter::read(group.name, &scanned));
                    }
                }
            })?;
        }
        evidence.ranges.met(scanner.unreadable());
        evidence.unexplained = scanner.unexplained();
        Ok((evidence, scanner))
    })
    .await
}

fn scan(scanner: &mut Scanner, topic: &str, mut each: impl FnMut(Scanned)) -> Result<(), Fault> {
    let bar = bar(topic);
    let read = scanner.scan(topic, |scanned, read, total| {
        bar.set_length(total);
        bar.set_position(read);
        each(scanned);
    });
    bar.finish_and_clear();
    Ok(read?)
}

pub(crate) fn record(topic: Topic, scanned: Scanned) -> Record {
    Record {
        topic,
        partition: scanned.place.partition,
        offset: scanned.place.offset,
        key: scanned.key,
        headers: scanned.headers,
        payload: scanned.payload,
    }
}

/// Finding the coordinator of a group takes half a second, so all groups are asked at once.
fn lag(kafka: &KafkaConfig) -> Result<Lag, Fault> {
    thread::scope(|scope| {
        let ask = |group: &'static Consumers| {
            let measure = || group.lag(kafka)?.measure();
            (group.name, scope.spawn(measure))
        };
        let asked: Vec<_> = groups().map(ask).collect();
        let mut lag = Lag::new();
        for (name, asked) in asked {
            let gone = |_| Fault::system("a thread of the audit has failed");
            let records = asked.join().map_err(gone)??;
            lag.extend(Group::named(name).map(|group| (group, records)));
        }
        Ok(lag)
    })
}

async fn tables(address: &str, evidence: &mut Evidence, figures: bool) -> Result<(), Fault> {
    // One reads; another may be needed to open it.
    let database = open(address, 2).await?;
    let read = if figures {
        figure_rows(&database, evidence).await
    } else {
        rows(&database, evidence).await
    };
    database.close().await;
    read.map_err(|e| Fault::unavailable(e.to_string()))
}

async fn rows(database: &Database, evidence: &mut Evidence) -> Result<(), Unavailable> {
    let bar = bar("database");
    let mut tables = Snapshot::of(database).await?;
    let counted = || bar.inc(1);
    tables.payments(counting(counted, |row| evidence.payment_row(&row))).await?;
    tables.ledger(counting(counted, |row| evidence.ledger_row(&row))).await?;
    tables.stock(counting(counted, |row| evidence.level_row(row))).await?;
    tables.stock_history(counting(counted, |row| evidence.stock_history_row(&row))).await?;
    tables.reservations(counting(counted, |row| evidence.reservation_row(&row))).await?;
    tables.book(counting(counted, |row| evidence.book_row(&row))).await?;
    tables.history(counting(counted, |row| evidence.history_row(&row))).await?;
    tables.mails(counting(counted, |row| evidence.mail_row(&row))).await?;
    tables.facts(counting(counted, |row| evidence.fact_row(&row))).await?;
    tables.figures(|line| evidence.figures.line(line)).await?;
    tables.close().await?;
    bar.finish_and_clear();
    Ok(())
}

/// What figures rest on, and the figures.
async fn figure_rows(database: &Database, evidence: &mut Evidence) -> Result<(), Unavailable> {
    let bar = bar("database");
    let mut tables = Snapshot::of(database).await?;
    let counted = || bar.inc(1);
    tables.ledger(counting(counted, |row| evidence.ledger_row(&row))).await?;
    tables.facts(counting(counted, |row| evidence.fact_row(&row))).await?;
    tables.figures(counting(counted, |line| evidence.figures.line(line))).await?;
    tables.close().await?;
    bar.finish_and_clear();
    Ok(())
}

/// `each`, after `count`.
fn counting<T>(count: impl Fn(), mut each: impl FnMut(T)) -> impl FnMut(T) {
    move |row| {
        count();
        each(row);
    }
}

/// A bar on standard error, drawn only on a terminal. It shows a count until it knows a length.
pub(crate) fn bar(what: &str) -> ProgressBar {
    let bar = ProgressBar::no_length().with_prefix(what.to_owned());
    match ProgressStyle::with_template("{prefix:<28} {wide_bar} {human_pos}/{human_len} {elapsed}")
    {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
