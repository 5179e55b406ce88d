//! PostgreSQL: Debian's package, or the one that is installed.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use super::service::{Service, fill, root, write};
use crate::{
    step::{print_progress, read, successful_output},
    tools,
};

const PORT: u16 = 25_432;
/// Owns the database, and may create others.
const USER: &str = "comanda";
/// The oldest tested version.
const OLDEST: u32 = 15;
/// PostgreSQL refuses to run as root; Debian's package brings this user.
const ACCOUNT: &str = "postgres";
/// For root: a folder that the account can access, unlike root's home folder.
const ROOT_FOLDER: &str = "/var/lib/comanda-services";
/// Timeout for the server.
const READY_WITHIN: Duration = Duration::from_mins(1);

/// The server. SIGINT stops it without waiting for clients to leave.
pub(crate) fn service() -> Service {
    Service { name: "postgres".to_owned(), ports: vec![PORT], signal: "INT" }
}

/// The URL of the database.
pub(crate) fn url() -> String {
    format!("postgres://{USER}@127.0.0.1:{PORT}/{USER}")
}

/// Ensures that PostgreSQL is installed, and returns the folder of its programs.
pub(crate) fn install() -> Result<PathBuf> {
    if find().is_none() {
        tools::install(&["postgresql"])?;
    }
    let bin = find().with_context(|| format!("there is no PostgreSQL {OLDEST} or newer"))?;
    print_progress(format!("    PostgreSQL in {}", bin.display()));
    Ok(bin)
}

/// The newest version of Debian's packages, else the one on the path.
fn find() -> Option<PathBuf> {
    let packaged = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let version = |name: std::ffi::OsString| name.to_str()?.parse::<u32>().ok();
    let newest = packaged
        .filter(|entry| entry.path().join("bin/initdb").exists())
        .filter_map(|entry| Some((version(entry.file_name())?, entry.path().join("bin"))))
        .filter(|(version, _)| *version >= OLDEST)
        .max();
    let on_path = || {
        let paths = std::env::var_os("PATH")?;
        std::env::split_paths(&paths).find(|folder| folder.join("initdb").exists())
    };
    newest.map(|(_, bin)| bin).or_else(on_path)
}

/// Writes the settings and creates a database, then starts the process.
pub(crate) fn start(bin: &Path) -> Result<()> {
    let server = service();
    if server.pid().is_none() {
        create_folder(&root().join(&server.name))?;
        write_settings(&server, bin)?;
        create(&server, bin)?;
    }
    server.start()
}

/// Creates the folder; for root in [`ROOT_FOLDER`], with a link to it.
fn create_folder(folder: &Path) -> Result<()> {
    if !tools::is_root() {
        return fs::create_dir_all(folder).map_err(Into::into);
    }
    let name = root().display().to_string().replace('/', "-");
    let real = Path::new(ROOT_FOLDER).join(name.trim_matches('-'));
    fs::create_dir_all(&real)?;
    read(Command::new("chown").arg(ACCOUNT).arg(&real))?;
    if fs::read_link(folder).is_ok_and(|target| target == real) {
        return Ok(());
    }
    let _ = fs::remove_file(folder);
    symlink(&real, folder).with_context(|| format!("cannot make {}", folder.display()))
}

fn write_settings(server: &Service, bin: &Path) -> Result<()> {
    let folder = server.folder();
    let path = folder.display().to_string();
    let values = [("port", &*PORT.to_string()), ("folder", &path)];
    let text = fill(include_str!("files/postgresql.conf"), &values);
    write(&folder.join("postgresql.conf"), &text)?;
    write(&folder.join("pg_hba.conf"), include_str!("files/pg_hba.conf"))?;
    let account = if tools::is_root() { as_account().join(" ") + " " } else { String::new() };
    server.write_start(&format!(
        "{account}{}/postgres -D \"$PWD/data\" \\\n    -c config_file=\"$PWD/postgresql.conf\"",
        bin.display()
    ))
}

/// Switches to the account in the same process, so that the pid is that of the server.
fn as_account() -> [&'static str; 5] {
    ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"]
}

fn program(path: &Path) -> Command {
    if !tools::is_root() {
        return Command::new(path);
    }
    let [setpriv, args @ ..] = as_account();
    let mut command = Command::new(setpriv);
    command.args(args).arg(path);
    command
}

/// Creates the data folder with the user and the database. It is renamed last, so that an
/// incomplete one is created again.
fn create(server: &Service, bin: &Path) -> Result<()> {
    let folder = server.folder();
    let (new, data) = (folder.join("data.new"), folder.join("data"));
    if data.exists() {
        return Ok(());
    }
    if new.exists() {
        fs::remove_dir_all(&new)?;
    }
    let options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"];
    read(program(&bin.join("initdb")).current_dir(&folder).args(options).arg("-D").arg(&new))?;
    let mut single = program(&bin.join("postgres"));
    single.current_dir(&folder).arg("--single").arg("-D").arg(&new).arg("postgres");
    single.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = single.spawn().context("cannot start postgres")?;
    let statements =
        format!("CREATE ROLE {USER} LOGIN CREATEDB;\nCREATE DATABASE {USER} OWNER {USER};\n");
    let mut input = child.stdin.take().context("postgres reads nothing")?;
    std::io::Write::write_all(&mut input, statements.as_bytes())?;
    drop(input);
    let said = child.wait_with_output()?;
    let errors = String::from_utf8_lossy(&said.stderr).into_owned();
    successful_output(&single, said)?;
    if errors.contains("ERROR") {
        bail!("the database cannot be created: {}", errors.trim());
    }
    fs::rename(new, data).map_err(Into::into)
}

/// Waits until it answers a query.
pub(crate) fn wait_until_ready(bin: &Path) -> Result<()> {
    let start = Instant::now();
    while !answers(bin) {
        service().ensure_runs()?;
        if start.elapsed() > READY_WITHIN {
            bail!("not ready after 1 min (see {}/out)", service().folder().display());
        }
        sleep(Duration::from_millis(50));
    }
    Ok(())
}

/// Whether the database answers.
pub(crate) fn answers(bin: &Path) -> bool {
    let mut psql = Command::new(bin.join("psql"));
    psql.args([&url(), "-Atc", "SELECT 1"]).stderr(Stdio::null());
    psql.output().is_ok_and(|output| output.stdout == b"1\n")
}

/// Whether the database answers, from any folder of its programs.
pub(crate) fn is_ready() -> bool {
    find().is_some_and(|bin| answers(&bin))
}

/// Creates an empty database and returns its URL.
pub(crate) fn create_database(name: &str) -> Result<String> {
    run_statement(&format!("CREATE DATABASE {name}"))?;
    Ok(format!("postgres://{USER}@127.0.0.1:{PORT}/{name}"))
}

/// Removes a database, even with open connections.
pub(crate) fn drop_database(name: &str) -> Result<()> {
    run_statement(&format!("DROP DATABASE {name} WITH (FORCE)"))
}

fn run_statement(sql: &str) -> Result<()> {
    let bin = find().context("there is no PostgreSQL")?;
    read(Command::new(bin.join("psql")).args([&url(), "-qAtc", sql])).map(drop)
}

/// Removes the data outside of the folder of services.
pub(crate) fn purge() -> Result<()> {
    let folder = service().folder();
    if folder.starts_with(ROOT_FOLDER) {
        fs::remove_dir_all(folder)?;
    }
    Ok(())
}
