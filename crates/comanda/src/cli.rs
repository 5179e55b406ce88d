//! The command line.

use std::{collections::BTreeSet, env, process::ExitCode};

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::{
    analytics::{self, AnalyticsArgs},
    audit::{self, AuditArgs},
    config::{File, Settings, with_secret_files},
    dead_letters::{self, DeadLettersArgs},
    embedded, environment,
    fault::{EX_USAGE, Fault},
    flags::{Line, Unread},
    load::{self, LoadArgs},
    run::{self, RunArgs},
    staff::{self, StaffArgs},
    up::{self, UpArgs},
};

/// Food ordering on Apache Kafka: order, pay, cook, mail and count.
#[derive(Debug, Parser)]
#[command(version, after_help = examples())]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    settings: Settings,
    /// What is wrong with the settings, as far as it is known by now.
    #[arg(skip)]
    wrong: Vec<String>,
    /// Variables that Kubernetes has set, and that were left out.
    #[arg(skip)]
    links: BTreeSet<String>,
}

fn examples() -> String {
    format!("Examples:{}{EXAMPLES}\n\n{}{EXIT_CODES}", embedded::EXAMPLES, embedded::NOTE)
}

const EXAMPLES: &str = "
  comanda run transactions email        two services against KAFKA_BROKERS and DATABASE_URL
  comanda audit                         do topics, database and gateway agree?
  comanda analytics verify              is every figure what facts, ledger and topics come to?
  comanda analytics rebuild             make the figures anew from the log, compare, swap
  comanda dead-letters list             what was set aside, and what nobody can read
  comanda load --rate 50 --duration 30s an order every 20 ms, and how long each one took
  comanda staff add ada@example.com --name Ada --restaurant bella-napoli
                                        an account for an owner; the password is asked for";

const EXIT_CODES: &str = "

Exit codes: 0 done, 1 differences were found or load was lost, 64 wrong settings, 69 something
needed does not answer, 71 the system refused, 73 a file cannot be written, 77 not allowed.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Start everything; parts without an address are embedded
    Up(UpArgs),
    /// Start some services against a Kafka cluster and a database
    Run(RunArgs),
    /// Reconcile topics, database and payment gateway; exit 1 on any difference
    Audit(AuditArgs),
    /// Check the figures, or make them anew from the log
    Analytics(AnalyticsArgs),
    /// What groups have set aside; acknowledge a range that nobody can read
    DeadLetters(DeadLettersArgs),
    /// Start the test gateway alone: payments of no real money, for what `run` starts
    Gateway,
    /// Place orders at a steady rate and measure what becomes of them
    Load(LoadArgs),
    /// Give people accounts, and take them away
    Staff(StaffArgs),
}

/// Tells what clap has to say: help, the version, or what is wrong with a flag.
pub(crate) fn told(message: &clap::Error) -> ExitCode {
    // Nobody is there to read it if this fails.
    let _ = message.print();
    if message.use_stderr() { ExitCode::from(EX_USAGE) } else { ExitCode::SUCCESS }
}

impl Cli {
    /// Reads the command line, the environment without what Kubernetes has put there, and the file.
    pub(crate) fn read() -> Result<Self, Unread> {
        let (declared, variables) = (embedded::offered(Self::command()), environment::variables());
        let links = environment::service_links(&variables);
        let unset = environment::unset(&variables).chain(links.iter().cloned()).collect();
        let mut line = Line::new(environment::without(&unset, declared.clone()), env::args_os());
        // Help, and what is no command line, end here; the file must be known for the rest.
        let read = line.read()?;
        let (mut file, mut others) = (File::default(), Vec::new());
        line.change(|command| {
            let (found, unfit) = File::read(read.get_one("config"), &command);
            let (command, unread) =
                with_secret_files(found.as_defaults(command), &declared, &variables);
            (file, others) = (found, unread);
            (command, unfit)
        });
        line.wrong.append(&mut others);
        let mut read = Self::from_arg_matches(&line.read()?).map_err(Unread::Said)?;
        let unread = read.settings.take_properties(file.kafka, &variables);
        let names = variables.keys().filter(|name| !links.contains(*name));
        let misspelt = environment::misspelt(&declared, names.map(String::as_str));
        let wrong = [line.wrong, unread, misspelt, read.settings.wrong()].concat();
        Ok(Self { wrong, links, ..read })
    }

    /// Notes what else is wrong with the settings.
    pub(crate) fn note_wrong(&mut self, wrong: Option<String>) {
        self.wrong.extend(wrong);
    }

    /// What is logged by default.
    pub(crate) fn logs(&self) -> &'static str {
        match self.command {
            // It reads whole tables, which may take a while and is nothing to warn of.
            Command::Audit(_) | Command::Analytics(_) | Command::DeadLetters(_) => {
                "warn,sqlx::query=off"
            }
            _ => "warn,security=info",
        }
    }

    /// Does what was asked.
    pub(crate) async fn run(self) -> Result<ExitCode, Fault> {
        if !self.links.is_empty() {
            let names = self.links.into_iter().collect::<Vec<_>>().join(", ");
            tracing::warn!(
                names,
                "variables that Kubernetes sets for a Service are left out; a pod with enableServiceLinks: false has none"
            );
        }
        let settings = self.settings;
        let besides = match &self.command {
            Command::Up(_) => settings.wrong_to_start(),
            Command::Run(_) => settings.wrong_to_run(),
            _ => Vec::new(),
        };
        let wrong = [self.wrong, besides].concat();
        if !wrong.is_empty() {
            return Err(Fault::wrong_settings(&wrong));
        }
        match self.command {
            Command::Up(args) => up::up(settings, &args).await,
            Command::Run(args) => run::run(settings, &args).await,
            Command::Audit(args) => audit::audit(settings, &args).await,
            Command::Analytics(args) => analytics::analytics(settings, args).await,
            Command::DeadLetters(args) => dead_letters::dead_letters(settings, args).await,
            Command::Gateway => embedded::gateway(settings).await,
            Command::Load(args) => load::load(settings, &args).await,
            Command::Staff(args) => staff::staff(settings, &args).await,
        }
    }
}
