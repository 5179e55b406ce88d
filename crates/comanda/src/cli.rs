//! The command line.

use std::{collections::BTreeSet, env, process::ExitCode};

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::{
    analytics::{self, AnalyticsArgs},
    audit::{self, AuditArgs},
    config::{File, Settings, with_secret_files},
    day::{self, DayArgs},
    dead_letters::{self, DeadLettersArgs},
    embedded, environment,
    fault::{EX_USAGE, Fault},
    flags::{CommandLine, CommandLineError},
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
    /// Problems with the settings found so far.
    #[arg(skip)]
    problems: Vec<String>,
    /// Variables that Kubernetes has set, which are ignored.
    #[arg(skip)]
    links: BTreeSet<String>,
}

fn examples() -> String {
    format!("Examples:{}{EXAMPLES}\n\n{}{EXIT_CODES}", embedded::EXAMPLES, embedded::NOTE)
}

const EXAMPLES: &str = "
  comanda run transactions email        two services against KAFKA_BROKERS and DATABASE_URL
  comanda audit                         do topics, database and gateway agree?
  comanda day bella-napoli yesterday    the closing report of a day, compared with the gateway
  comanda analytics verify              do the figures agree with facts, ledger and topics?
  comanda analytics rebuild             rebuild the figures from the log, compare, swap
  comanda dead-letters list             records that were set aside, and unreadable ranges
  comanda load --rate 50 --duration 30s an order every 20 ms, with latencies
  comanda staff add ada@example.com --name Ada --restaurant bella-napoli
                                        an account for an owner; prompts for the password";

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
    /// Print the closing report of a day; exit 1 if the payment gateway's balance differs
    Day(DayArgs),
    /// Check the figures, or rebuild them from the log
    Analytics(AnalyticsArgs),
    /// List dead letters; acknowledge unreadable ranges
    DeadLetters(DeadLettersArgs),
    /// Start the test gateway alone: payments without real money, for services that `run` starts
    Gateway,
    /// Place orders at a steady rate and measure the latencies of their outcomes
    Load(LoadArgs),
    /// Add, list and remove staff accounts
    Staff(StaffArgs),
}

/// Prints a message of clap: help, the version, or an error about a flag.
pub(crate) fn print_clap_message(message: &clap::Error) -> ExitCode {
    // If this fails, the reader has gone.
    let _ = message.print();
    if message.use_stderr() { ExitCode::from(EX_USAGE) } else { ExitCode::SUCCESS }
}

impl Cli {
    /// Reads the command line, the environment without the variables of Kubernetes, and the file.
    pub(crate) fn read() -> Result<Self, CommandLineError> {
        let (declared, variables) =
            (embedded::offered_command(Self::command()), environment::variables());
        let links = environment::service_links(&variables);
        let unset = environment::empty_variables(&variables).chain(links.iter().cloned()).collect();
        let mut line = CommandLine::new(
            environment::without_variables(&unset, declared.clone()),
            env::args_os(),
        );
        // Help and unknown flags end here. The rest needs the settings file.
        let matches = line.parse()?;
        let (mut file, mut of_secrets) = (File::default(), Vec::new());
        line.change_command(|command| {
            let (found, unfit) = File::read(matches.get_one("config"), &command);
            let (command, unread) =
                with_secret_files(found.as_defaults(command), &declared, &variables);
            (file, of_secrets) = (found, unread);
            (command, unfit)
        });
        line.problems.append(&mut of_secrets);
        let mut cli = Self::from_arg_matches(&line.parse()?).map_err(CommandLineError::Clap)?;
        let unread = cli.settings.merge_properties(file.kafka, &variables);
        let names = variables.keys().filter(|name| !links.contains(*name));
        let misspelt = environment::misspelt_settings(&declared, names.map(String::as_str));
        let of_settings = cli.settings.find_problems();
        let problems = [line.problems, unread, misspelt, of_settings].concat();
        Ok(Self { problems, links, ..cli })
    }

    /// Adds a problem with the settings.
    pub(crate) fn add_problem(&mut self, problem: Option<String>) {
        self.problems.extend(problem);
    }

    /// True for a command that serves until it is stopped.
    pub(crate) const fn is_serving(&self) -> bool {
        matches!(self.command, Command::Up(_) | Command::Run(_))
    }

    /// The default log filter.
    pub(crate) fn default_log_filter(&self) -> &'static str {
        match self.command {
            // They read whole tables, which may be slow and needs no warning.
            Command::Audit(_)
            | Command::Day(_)
            | Command::Analytics(_)
            | Command::DeadLetters(_) => "warn,sqlx::query=off",
            _ => "warn,security=info",
        }
    }

    /// Runs the command.
    pub(crate) async fn run(self) -> Result<ExitCode, Fault> {
        if !self.links.is_empty() {
            let names = self.links.into_iter().collect::<Vec<_>>().join(", ");
            tracing::warn!(
                names,
                "variables that Kubernetes sets for a Service are ignored; \
                 enableServiceLinks: false in the pod avoids them"
            );
        }
        let settings = self.settings;
        let of_command = match &self.command {
            Command::Up(_) => settings.find_up_problems(),
            Command::Run(_) => settings.find_run_problems(),
            _ => Vec::new(),
        };
        let problems = [self.problems, of_command].concat();
        if !problems.is_empty() {
            return Err(Fault::wrong_settings(&problems));
        }
        match self.command {
            Command::Up(args) => up::up(settings, &args).await,
            Command::Run(args) => run::run(settings, &args).await,
            Command::Audit(args) => audit::audit(settings, &args).await,
            Command::Day(args) => day::day(settings, &args).await,
            Command::Analytics(args) => analytics::analytics(settings, args).await,
            Command::DeadLetters(args) => dead_letters::dead_letters(settings, args).await,
            Command::Gateway => embedded::gateway(settings).await,
            Command::Load(args) => load::load(settings, &args).await,
            Command::Staff(args) => staff::staff(settings, &args).await,
        }
    }
}
