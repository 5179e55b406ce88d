//! `comanda staff`: manages staff accounts.

mod prompt;

use std::{process::ExitCode, sync::Arc};

use clap::{Args, Subcommand};
use clock::SystemClock;
use domain::{
    ports::Unavailable,
    staff::{Account, Actor, Role},
};
use services::accounts::{AccountError, AccountInput, Accounts};
use sql::{Database, SqlStaff};
use web::{Passwords, Sessions};

use crate::{config::Settings, connect::open_database, data::database_url, fault::Fault, output};

#[derive(Debug, Args)]
pub(crate) struct StaffArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List all accounts
    List,
    /// Add an account; prompts for the password, or reads it from standard input
    Add(AddArgs),
    /// Remove an account; its sessions end at once
    Remove {
        /// The account's e-mail address
        email: String,
    },
    /// Set a new password; prompts for it, or reads it from standard input
    Password {
        /// The account's e-mail address
        email: String,
    },
}

#[derive(Debug, Args)]
struct AddArgs {
    /// E-mail address, for signing in
    email: String,
    /// Name, as shown beside changes
    #[arg(long)]
    name: String,
    /// Role: owner (menus, stock, figures, staff), kitchen (the board), operator (all)
    #[arg(long, default_value = "owner")]
    role: String,
    /// Id of the restaurant where they work; repeatable
    #[arg(long = "restaurant", value_name = "ID")]
    restaurants: Vec<String>,
}

/// Runs the subcommand.
pub(crate) async fn staff(settings: Settings, args: &StaffArgs) -> Result<ExitCode, Fault> {
    let database = open_database(&database_url(&settings)?, settings.database_connections).await?;
    let done = run_command(&database, args).await;
    database.close().await;
    done.map(|()| ExitCode::SUCCESS)
}

async fn run_command(database: &Database, args: &StaffArgs) -> Result<(), Fault> {
    let staff = Arc::new(SqlStaff::new(database.clone()));
    let sessions = Sessions::new(staff, Arc::new(SystemClock));
    let passwords = Passwords::new().map_err(Fault::system)?;
    let accounts = Accounts::new(sessions, passwords);
    // Access to the database is access to everything.
    let actor = Actor::Token;
    match &args.command {
        Command::List => {
            print_accounts(&accounts.managed_by(&actor).await.map_err(unavailable_fault)?);
        }
        Command::Add(args) => {
            let input = AccountInput {
                email: args.email.clone(),
                name: args.name.clone(),
                role: args.role.clone(),
                restaurants: args.restaurants.clone(),
            };
            let made = accounts
                .add(&actor, &input, prompt::new_password()?)
                .await
                .map_err(account_fault)?;
            output::print_line(format!("{} can sign in with {} now.", made.name, made.email));
        }
        Command::Remove { email } => {
            let account = find_account(&accounts, email).await?;
            accounts.remove(&actor, account.id).await.map_err(account_fault)?;
            output::print_line(format!("{} is removed and signed out everywhere.", account.email));
        }
        Command::Password { email } => {
            let account = find_account(&accounts, email).await?;
            let password = prompt::new_password()?;
            accounts.set_password(&actor, account.id, password).await.map_err(account_fault)?;
            output::print_line(format!(
                "{} has a new password and is signed out everywhere.",
                account.email
            ));
        }
    }
    Ok(())
}

async fn find_account(accounts: &Accounts, email: &str) -> Result<Account, Fault> {
    let all = accounts.managed_by(&Actor::Token).await.map_err(unavailable_fault)?;
    let wanted = email.trim().to_lowercase();
    let found = all.into_iter().find(|account| account.email.canonical() == wanted);
    found.ok_or_else(|| {
        Fault::usage(format!("there is no account {email}; `comanda staff list` lists all"))
    })
}

fn print_accounts(all: &[Account]) {
    if all.is_empty() {
        output::print_line("There are no accounts yet: see `comanda staff add --help`.");
    }
    let width = all.iter().map(|account| account.email.as_str().len()).max().unwrap_or_default();
    for account in all {
        let restaurants: Vec<_> = account.restaurants.iter().map(ToString::to_string).collect();
        let restaurants = match account.role {
            Role::Operator => "everywhere".to_owned(),
            Role::Kitchen | Role::Owner => restaurants.join(", "),
        };
        let (email, role, name) = (account.email.as_str(), account.role.name(), &account.name);
        output::print_line(format!("{email:width$}  {role:8}  {name}  ({restaurants})"));
    }
}

#[allow(clippy::needless_pass_by_value, reason = "as map_err has it")]
fn unavailable_fault(error: Unavailable) -> Fault {
    Fault::unavailable(error)
}

fn account_fault(error: AccountError) -> Fault {
    match error {
        AccountError::Unavailable(error) => unavailable_fault(error),
        other => Fault::usage(other),
    }
}
