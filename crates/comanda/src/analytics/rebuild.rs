//! `comanda analytics rebuild`: counts the log from its first record beside the figures shown.

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use domain::{
    facts::{Fact, Restock},
    stock::StockLevel,
};
use events::{Handler, Readability, Topic, dead_letter};
use kafka::{KafkaConfig, Scanner};
use serde_json::json;
use services::analytics::{AnalyticsHandler, RecordedFact, fact_from_record};
use sql::{Rebuild, RebuildError, SqlFacts};
use tokio::sync::mpsc;
use web::secret::Secret;

use super::RebuildArgs;
use crate::{
    audit::{find_log_and_database, progress_bar, record_from_scanned, run_blocking},
    config::Settings,
    connect::open_database,
    data::read_installation_secret,
    fault::Fault,
    groups::Group,
    output,
    ranges::{LostRange, Ranges},
    register::ANALYTICS,
};

/// Facts per transaction.
const BATCH_FACTS: usize = 4_000;
/// Batches queued for the database while the log is read.
const MAX_QUEUED_BATCHES: usize = 2;
/// The comparison stops waiting for the group when its lag has not shrunk for this long.
const CATCH_UP_TIMEOUT: Duration = Duration::from_secs(20);

type Figures = AnalyticsHandler<SqlFacts>;

/// What was read from the log.
struct CountedLog {
    records: u64,
    unreadable: Ranges,
}

/// Facts to be written in one transaction.
#[derive(Default)]
struct Batch {
    facts: Vec<Fact>,
    levels: Vec<StockLevel>,
    restocks: Vec<Restock>,
}

/// Rebuilds, compares and swaps the figures. Exit code 1 if the figures shown before differed, or
/// if the log has unacknowledged unreadable ranges.
pub(super) async fn rebuild(settings: &Settings, args: &RebuildArgs) -> Result<ExitCode, Fault> {
    let (kafka, address) = find_log_and_database(settings)?;
    let secret = settings.secret.clone().or_else(|| read_installation_secret(&settings.data));
    let secret = secret.ok_or_else(|| Fault::usage("COMANDA_SECRET is not set"))?;
    let too_short = || Fault::usage("COMANDA_SECRET must have at least 16 characters");
    let secret = Secret::new(secret).ok_or_else(too_short)?;
    let scanner = open_log(&kafka, args.force).await?;
    let database = open_database(&address, 3).await?;
    let rebuild = Rebuild::begin(database.clone()).await.map_err(unavailable_fault)?;
    let (counted, differences) = match count_and_swap(&rebuild, &kafka, scanner, secret).await {
        Ok(counted) => counted,
        Err(fault) => {
            // The figures shown stay. If the rebuild cannot be abandoned now, the next one does it.
            let _ = rebuild.abandon().await;
            return Err(fault);
        }
    };
    database.close().await;
    let unreadable = counted.unreadable.lost(&[ANALYTICS]);
    output::print_line(result_text(counted.records, &differences, &unreadable, args.json));
    let clean = differences.is_empty() && unreadable.iter().all(LostRange::is_acknowledged);
    Ok(if clean { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// Counts, waits for the group, compares and swaps. Returns what was read, and the differences
/// from the figures shown before.
async fn count_and_swap(
    rebuild: &Rebuild,
    kafka: &KafkaConfig,
    scanner: Scanner,
    secret: Secret,
) -> Result<(CountedLog, Vec<String>), Fault> {
    let counted = count_log(rebuild, scanner, secret).await?;
    wait_for_group(kafka).await?;
    let differences = rebuild.differences().await.map_err(unavailable_fault)?;
    rebuild.swap().await.map_err(rebuild_fault)?;
    Ok((counted, differences))
}

#[allow(clippy::needless_pass_by_value, reason = "for map_err")]
fn unavailable_fault(error: domain::ports::Unavailable) -> Fault {
    Fault::unavailable(error)
}

#[allow(clippy::needless_pass_by_value, reason = "for map_err")]
fn rebuild_fault(error: RebuildError) -> Fault {
    Fault::unavailable(error)
}

/// A scanner of the log; an error if retention has deleted records that figures need.
async fn open_log(kafka: &KafkaConfig, force: bool) -> Result<Scanner, Fault> {
    let scanner = Scanner::new(kafka)?;
    run_blocking(move || {
        for topic in Figures::TOPICS.iter().filter(|topic| **topic != Topic::StockLevels) {
            let gone = scanner.deleted_records(topic.name())?;
            if gone > 0 && !force {
                return Err(Fault::unavailable(format!(
                    "retention has deleted {gone} records of {topic}: rebuilt figures would lack \
                     them. --force rebuilds anyway"
                )));
            }
        }
        Ok(scanner)
    })
    .await
}

/// Reads all topics and counts them.
async fn count_log(
    rebuild: &Rebuild,
    mut scanner: Scanner,
    secret: Secret,
) -> Result<CountedLog, Fault> {
    let (send, receive) = mpsc::channel::<Batch>(MAX_QUEUED_BATCHES);
    let reading = run_blocking(move || {
        let (mut batch, mut records) = (Batch::default(), 0_u64);
        for &topic in Figures::TOPICS {
            let bar = progress_bar(topic.name());
            scanner.scan(topic.name(), |scanned, read, total| {
                bar.set_length(total);
                bar.set_position(read);
                records += 1;
                let record = record_from_scanned(topic, scanned);
                // The group skips such a record or sets it aside as a dead letter.
                if record.readability() != Readability::Readable {
                    return;
                }
                match fact_from_record(&record, &secret) {
                    Ok(RecordedFact::Order(fact)) => batch.facts.push(*fact),
                    Ok(RecordedFact::StockLevel(level)) => batch.levels.push(level),
                    Ok(RecordedFact::Restock(restock)) => batch.restocks.push(restock),
                    Err(_) => {}
                }
                if batch.len() >= BATCH_FACTS {
                    // If the receiver is gone, the writer has failed; its error is returned below.
                    let _ = send.blocking_send(std::mem::take(&mut batch));
                }
            })?;
            bar.finish_and_clear();
        }
        let _ = send.blocking_send(batch);
        let mut unreadable = Ranges::default();
        unreadable.add_unreadable(scanner.unreadable());
        scanner.scan(&dead_letter::topic(Figures::GROUP), |scanned, _, _| {
            unreadable.add_letter(Figures::GROUP, &scanned);
        })?;
        Ok(CountedLog { records, unreadable })
    });
    // It owns the receiver, so that the reader does not wait after the writer has failed.
    let writing = async move {
        let mut receive = receive;
        while let Some(batch) = receive.recv().await {
            rebuild.record_stock(&batch.levels, &batch.restocks).await.map_err(rebuild_fault)?;
            rebuild.record(batch.facts).await.map_err(rebuild_fault)?;
        }
        Ok::<_, Fault>(())
    };
    let (records, written) = tokio::join!(reading, writing);
    written?;
    records
}

impl Batch {
    fn len(&self) -> usize {
        self.facts.len() + self.levels.len() + self.restocks.len()
    }
}

/// Waits until the group has counted as much as was read, so that both can be compared. Later
/// records are counted in both.
async fn wait_for_group(kafka: &KafkaConfig) -> Result<(), Fault> {
    let lag = Group::of::<Figures>().lag(kafka)?;
    run_blocking(move || {
        let bar = progress_bar("waiting for analytics");
        let (mut least, mut since) = (u64::MAX, Instant::now());
        loop {
            let behind = lag.measure()?;
            if behind < least {
                (least, since) = (behind, Instant::now());
            }
            bar.set_message(behind.to_string());
            if behind == 0 || since.elapsed() > CATCH_UP_TIMEOUT {
                bar.finish_and_clear();
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    })
    .await
}

fn result_text(
    records: u64,
    differences: &[String],
    unreadable: &[LostRange],
    json: bool,
) -> String {
    if json {
        let json = json!({
            "records": records,
            "same": differences.is_empty(),
            "differences": differences,
            "unreadable": unreadable.iter().map(LostRange::json).collect::<Vec<_>>(),
        });
        return json.to_string();
    }
    let open = unreadable.iter().filter(|lost| !lost.is_acknowledged());
    let lost = open.map(|lost| format!("\n  {}  {}", lost.range, lost.problem()));
    let lost = lost.collect::<String>();
    let lost =
        if lost.is_empty() { lost } else { format!("\nUnreadable ranges of the log:{lost}") };
    comparison_text(records, differences) + &lost
}

fn comparison_text(records: u64, differences: &[String]) -> String {
    if differences.is_empty() {
        return format!(
            "{records} records counted again: every row is as before. The new rows are shown now."
        );
    }
    let lines: Vec<_> = differences.iter().map(|line| format!("  {line}")).collect();
    format!(
        "{records} records counted again. These rows differed; the rebuilt ones are shown now:\n{}",
        lines.join("\n")
    )
}
