//! `comanda staff`: accounts from the command line.

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

use crate::{config::Settings, connect::open_database, data::read_endpoints, fault::Fault, say};

#[derive(Debug, Args)]
pub(crate) struct StaffArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Who has an account
    List,
    /// Make an account; the password is asked for, or read from standard input
    Add(AddArgs),
    /// Take an account away; its sessions end at once
    Remove {
        /// Its e-mail address
        email: String,
    },
    /// Set a new password; it is asked for, or read from standard input
    Password {
        /// The account's e-mail address
        email: String,
    },
}

#[derive(Debug, Args)]
struct AddArgs {
    /// E-mail address, to sign in with
    email: String,
    /// Name, as it stands beside what they change
    #[arg(long)]
    name: String,
    /// What they are: owner (menus, stock, figures, staff), kitchen (the board), operator (all)
    #[arg(long, default_value = "owner")]
    role: String,
    /// Where they work, by the restaurant's id; repeat it for more
    #[arg(long = "restaurant", value_name = "ID")]
    restaurants: Vec<String>,
}

/// Does what was asked for.
pub(crate) async fn staff(settings: Settings, args: &StaffArgs) -> Result<ExitCode, Fault> {
    let database = open_database(&address(&settings)?, settings.database_connections).await?;
    let done = act(&database, args).await;
    database.close().await;
    done.map(|()| ExitCode::SUCCESS)
}

/// Where the accounts are: where the settings say, or where `comanda up` keeps them.
fn address(settings: &Settings) -> Result<String, Fault> {
    let running = || read_endpoints(&settings.data).map(|endpoints| endpoints.database);
    let nowhere = || {
        Fault::usage(format!(
            "no `comanda up` has run on {}: name its folder with --data, or the database with \
             DATABASE_URL",
            settings.data.display()
        ))
    };
    settings.database_url.clone().or_else(running).ok_or_else(nowhere)
}

async fn act(database: &Database, args: &StaffArgs) -> Result<(), Fault> {
    let staff = Arc::new(SqlStaff::new(database.clone()));
    let sessions = Sessions::new(staff, Arc::new(SystemClock));
    let passwords = Passwords::new().map_err(|e| Fault::system(e.to_string()))?;
    let accounts = Accounts::new(sessions, passwords);
    // Whoever has the database may do everything.
    let who = Actor::Token;
    match &args.what {
        What::List => list(&accounts.managed_by(&who).await.map_err(unavailable)?),
        What::Add(args) => {
            let input = AccountInput {
                email: args.email.clone(),
                name: args.name.clone(),
                role: args.role.clone(),
                restaurants: args.restaurants.clone(),
            };
            let made = accounts.add(&who, &input, prompt::new_password()?).await.map_err(told)?;
            say::line(format!("{} can sign in with {} now.", made.name, made.email));
        }
        What::Remove { email } => {
            let account = find(&accounts, email).await?;
            accounts.remove(&who, account.id).await.map_err(told)?;
            say::line(format!("{} is removed and signed out everywhere.", account.email));
        }
        What::Password { email } => {
            let account = find(&accounts, email).await?;
            let password = prompt::new_password()?;
            accounts.set_password(&who, account.id, password).await.map_err(told)?;
            say::line(format!(
                "{} has a new password and is signed out everywhere.",
                account.email
            ));
        }
    }
    Ok(())
}

async fn find(accounts: &Accounts, email: &str) -> Result<Account, Fault> {
    let all = accounts.managed_by(&Actor::Token).await.map_err(unavailable)?;
    let wanted = email.trim().to_lowercase();
    let found = all.into_iter().find(|account| account.email.canonical() == wanted);
    found.ok_or_else(|| {
        Fault::usage(format!("nobody has the account {email}; `comanda staff list` shows who has"))
    })
}

fn list(all: &[Account]) {
    if all.is_empty() {
        say::line("Nobody has an account yet: `comanda staff add --help` says how to make one.");
    }
    let width = all.iter().map(|account| account.email.as_str().len()).max().unwrap_or_default();
    for account in all {
        let places: Vec<_> = account.restaurants.iter().map(ToString::to_string).collect();
        let places = match account.role {
            Role::Operator => "everywhere".to_owned(),
            Role::Kitchen | Role::Owner => places.join(", "),
        };
        let (email, role, name) = (account.email.as_str(), account.role.name(), &account.name);
        say::line(format!("{email:width$}  {role:8}  {name}  ({places})"));
    }
}

#[allow(clippy::needless_pass_by_value, reason = "as map_err has it")]
fn unavailable(error: Unavailable) -> Fault {
    Fault::unavailable(error.to_string())
}

fn told(error: AccountError) -> Fault {
    match error {
        AccountError::Unavailable(error) => unavailable(error),
        other => Fault::usage(other.to_string()),
    }
}
