//! `comanda analytics rebuild`: the log, from its first record, counted beside what is shown.

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
    audit::{bar, blocking, log_and_database, record},
    config::Settings,
    connect::open,
    data::kept_secret,
    fault::Fault,
    groups::Group,
    ranges::{Lost, Ranges},
    register::ANALYTICS,
    say,
};

/// Facts of one transaction.
const BATCH: usize = 4_000;
/// Batches that wait for the database while the log is read.
const AHEAD: usize = 2;
/// How long the group may count nothing before the comparison goes on without it.
const CATCH_UP_WITHIN: Duration = Duration::from_secs(20);

type Figures = AnalyticsHandler<SqlFacts>;

/// What was read of the log.
struct Made {
    records: u64,
    unreadable: Ranges,
}

/// What was read, on its way to the database.
#[derive(Default)]
struct Batch {
    facts: Vec<Fact>,
    levels: Vec<StockLevel>,
    restocks: Vec<Restock>,
}

/// Builds, compares, swaps; answers 1 if what was shown before was something else.
pub(super) async fn rebuild(settings: &Settings, args: &RebuildArgs) -> Result<ExitCode, Fault> {
    let (kafka, address) = log_and_database(settings)?;
    let secret = settings.secret.clone().or_else(|| kept_secret(&settings.data));
    let secret = secret.ok_or_else(|| Fault::usage("COMANDA_SECRET is not set"))?;
    let too_short = || Fault::usage("COMANDA_SECRET must have at least 16 characters");
    let secret = Secret::new(secret).ok_or_else(too_short)?;
    let scanner = whole_log(&kafka, args.force).await?;
    let database = open(&address, 3).await?;
    let rebuild = Rebuild::begin(database.clone()).await.map_err(unavailable)?;
    let (made, differences) = match made_anew(&rebuild, &kafka, scanner, secret).await {
        Ok(made) => made,
        Err(fault) => {
            // What is shown stays, and is counted alone again. Where even that cannot be noted, the
            // next rebuild does it.
            let _ = rebuild.abandon().await;
            return Err(fault);
        }
    };
    database.close().await;
    let unreadable = made.unreadable.told(&[ANALYTICS]);
    say::line(told_of(made.records, &differences, &unreadable, args.json));
    let clean = differences.is_empty() && unreadable.iter().all(Lost::is_acknowledged);
    Ok(if clean { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// Counts, waits for the group, compares and swaps; answers the number of records, and what was
/// shown differently before.
async fn made_anew(
    rebuild: &Rebuild,
    kafka: &KafkaConfig,
    scanner: Scanner,
    secret: Secret,
) -> Result<(Made, Vec<String>), Fault> {
    let made = count(rebuild, scanner, secret).await?;
    caught_up(kafka).await?;
    let differences = rebuild.differences().await.map_err(unavailable)?;
    rebuild.swap().await.map_err(stopped)?;
    Ok((made, differences))
}

#[allow(clippy::needless_pass_by_value, reason = "for map_err")]
fn unavailable(error: domain::ports::Unavailable) -> Fault {
    Fault::unavailable(error.to_string())
}

#[allow(clippy::needless_pass_by_value, reason = "for map_err")]
fn stopped(error: RebuildError) -> Fault {
    Fault::unavailable(error.to_string())
}

/// A scanner of the log, if the log still has all that figures rest on.
async fn whole_log(kafka: &KafkaConfig, force: bool) -> Result<Scanner, Fault> {
    let scanner = Scanner::new(kafka)?;
    blocking(move || {
        for topic in Figures::TOPICS.iter().filter(|topic| **topic != Topic::StockLevels) {
            let gone = scanner.gone(topic.name())?;
            if gone > 0 && !force {
                return Err(Fault::unavailable(format!(
                    "{topic} has forgotten {gone} records (its retention is limited): figures made \
                     anew would lack what they told. --force makes them all the same"
                )));
            }
        }
        Ok(scanner)
    })
    .await
}

/// Reads all topics and counts them.
async fn count(rebuild: &Rebuild, mut scanner: Scanner, secret: Secret) -> Result<Made, Fault> {
    let (send, receive) = mpsc::channel::<Batch>(AHEAD);
    let reading = blocking(move || {
        let (mut batch, mut records) = (Batch::default(), 0_u64);
        for &topic in Figures::TOPICS {
            let bar = bar(topic.name());
            scanner.scan(topic.name(), |scanned, read, total| {
                bar.set_length(total);
                bar.set_position(read);
                records += 1;
                let record = record(topic, scanned);
                // What cannot be read is skipped or a dead letter of the group, here as there.
                if record.readability() != Readability::Readable {
                    return;
                }
                match fact_from_record(&record, &secret) {
                    Ok(RecordedFact::Order(fact)) => batch.facts.push(*fact),
                    Ok(RecordedFact::StockLevel(level)) => batch.levels.push(level),
                    Ok(RecordedFact::Restock(restock)) => batch.restocks.push(restock),
                    Err(_) => {}
                }
                if batch.len() >= BATCH {
                    // If nobody receives, the writer has failed, and says why when all is read.
                    let _ = send.blocking_send(std::mem::take(&mut batch));
                }
            })?;
            bar.finish_and_clear();
        }
        let _ = send.blocking_send(batch);
        let mut unreadable = Ranges::default();
        unreadable.met(scanner.unreadable());
        scanner.scan(&dead_letter::topic(Figures::GROUP), |scanned, _, _| {
            unreadable.letter(Figures::GROUP, &scanned);
        })?;
        Ok(Made { records, unreadable })
    });
    // It owns the receiver: should it fail, the reader does not wait for it.
    let writing = async move {
        let mut receive = receive;
        while let Some(batch) = receive.recv().await {
            rebuild.record_stock(&batch.levels, &batch.restocks).await.map_err(stopped)?;
            rebuild.record(batch.facts).await.map_err(stopped)?;
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

/// Waits until the group has counted as much as was read, so that both can be compared. Whatever
/// comes from now on is counted in both.
async fn caught_up(kafka: &KafkaConfig) -> Result<(), Fault> {
    let lag = Group::of::<Figures>().lag(kafka)?;
    blocking(move || {
        let bar = bar("waiting for analytics");
        let (mut least, mut since) = (u64::MAX, Instant::now());
        loop {
            let behind = lag.measure()?;
            if behind < least {
                (least, since) = (behind, Instant::now());
            }
            bar.set_message(behind.to_string());
            if behind == 0 || since.elapsed() > CATCH_UP_WITHIN {
                bar.finish_and_clear();
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    })
    .await
}

fn told_of(records: u64, differences: &[String], unreadable: &[Lost], json: bool) -> String {
    if json {
        let told = json!({
            "records": records,
            "same": differences.is_empty(),
            "differences": differences,
            "unreadable": unreadable.iter().map(Lost::json).collect::<Vec<_>>(),
        });
        return told.to_string();
    }
    let open = unreadable.iter().filter(|told| !told.is_acknowledged());
    let lost = open.map(|told| format!("\n  {}  {}", told.range, told.problem()));
    let lost = lost.collect::<String>();
    let lost =
        if lost.is_empty() { lost } else { format!("\nThe log lacks what nobody can read:{lost}") };
    text_of(records, differences) + &lost
}

fn text_of(records: u64, differences: &[String]) -> String {
    if differences.is_empty() {
        return format!(
            "{records} records counted anew: every row is as it was. The new ones are shown now."
        );
    }
    let lines: Vec<_> = differences.iter().map(|line| format!("  {line}")).collect();
    format!(
        "{records} records counted anew. These rows were not as they are now; what the log says is \
         shown:\n{}",
        lines.join("\n")
    )
}
