//! The data folder of `comanda up`: secrets that are made once, and where everything listens.

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use rustix::fs::Mode;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::fault::Fault;

/// The file of the secret that ids and links are made of.
const SECRET: &str = "secret";
/// What shows that an earlier start has left data: the database, the log, the gateway's books, mails.
const DATA: [&str; 4] = ["comanda.db", "log", "gateway", "mail"];
/// The rights of everybody but the owner.
const OTHERS: u32 = 0o077;

/// The data folder.
#[derive(Clone, Debug)]
pub(crate) struct DataFolder(PathBuf);

/// Where a running `comanda up` can be reached; for `comanda audit` and for scripts.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Endpoints {
    /// The shop and everything else over HTTP.
    pub(crate) http: String,
    /// Kafka brokers.
    pub(crate) kafka: String,
    /// What stands before the names of topics and groups.
    #[serde(default)]
    pub(crate) topic_prefix: String,
    /// Database URL.
    pub(crate) database: String,
    /// Payment gateway.
    pub(crate) gateway: String,
    /// Mail server.
    pub(crate) smtp: String,
}

impl DataFolder {
    /// The folder at `path`, made if it is missing, writable, and open to its owner only. So is, from
    /// now on, every file that this process makes.
    pub(crate) fn open(path: &Path) -> Result<Self, Fault> {
        let refused = |e: std::io::Error| {
            Fault::cannot_write(format!("cannot write to the data folder {}: {e}", path.display()))
        };
        rustix::process::umask(Mode::RWXG | Mode::RWXO);
        fs::create_dir_all(path).map_err(refused)?;
        close_to_others(path).map_err(refused)?;
        let probe = path.join(".writable");
        fs::write(&probe, b"").and_then(|()| fs::remove_file(&probe)).map_err(refused)?;
        // Absolute, because others read from other folders what is written here.
        fs::canonicalize(path).map(Self).map_err(refused)
    }

    /// A path inside.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The secret that ids and links of orders are made of, made at the first start. One that is
    /// missing beside data is not made anew: every link would be dead, and every repeated request a
    /// second order.
    pub(crate) fn own_secret(&self) -> Result<String, Fault> {
        let path = self.path(SECRET);
        match self.holds_data() && !path.exists() {
            false => self.secret(SECRET),
            true => Err(Fault::usage(format!(
                "{} is missing beside the data that was made with it: restore it from a backup, or \
                 set COMANDA_SECRET to what it held; to begin anew, name an empty folder with --data",
                path.display()
            ))),
        }
    }

    /// True if an earlier start has left data here.
    fn holds_data(&self) -> bool {
        DATA.iter().any(|name| self.path(name).exists())
    }

    /// The secret in the file `name`, made at the first call, readable by its owner only.
    pub(crate) fn secret(&self, name: &str) -> Result<String, Fault> {
        let path = self.path(name);
        let refused =
            |e: std::io::Error| Fault::cannot_write(format!("cannot keep {}: {e}", path.display()));
        match fs::read_to_string(&path) {
            Ok(secret) if secret.trim().len() >= 16 => return Ok(secret.trim().to_owned()),
            Ok(_) => {
                return Err(Fault::usage(format!(
                    "{} is damaged: it has less than 16 characters",
                    path.display()
                )));
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
            Err(e) => return Err(refused(e)),
        }
        let secret = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .map_err(refused)?;
        file.write_all(secret.as_bytes()).and_then(|()| file.sync_all()).map_err(refused)?;
        Ok(secret)
    }

    /// Notes where everything listens, for its owner only: an address may hold a password.
    pub(crate) fn write_endpoints(&self, endpoints: &Endpoints) -> Result<(), Fault> {
        let path = self.path("endpoints.json");
        let json = serde_json::to_vec_pretty(endpoints).unwrap_or_default();
        let private =
            fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path);
        private
            // A file that was there keeps its mode.
            .and_then(|file| file.set_permissions(fs::Permissions::from_mode(0o600)).map(|()| file))
            .and_then(|mut file| file.write_all(&json))
            .map_err(|e| Fault::cannot_write(format!("cannot write {}: {e}", path.display())))
    }
}

/// Takes all rights to a data folder, and to what is in it, from everybody but its owner. A folder that
/// holds none of our data may be shared with others: that is theirs to decide.
fn close_to_others(path: &Path) -> io::Result<()> {
    let is_open = fs::metadata(path)?.permissions().mode() & OTHERS != 0;
    if !is_open {
        return Ok(());
    }
    let is_empty = fs::read_dir(path)?.next().is_none();
    let is_ours = [SECRET].iter().chain(&DATA).any(|name| path.join(name).exists());
    if !is_empty && !is_ours {
        let path = path.display().to_string();
        tracing::warn!(path, "others may look into the data folder; what is made in it is closed");
        return Ok(());
    }
    // From within: while it is worked on, nobody new comes in, and a second try goes on.
    fs::set_permissions(path, fs::Permissions::from_mode(0o700))?;
    close_inside(path)
}

fn close_inside(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_symlink() {
            continue;
        }
        let mode = if kind.is_dir() { 0o700 } else { 0o600 };
        fs::set_permissions(entry.path(), fs::Permissions::from_mode(mode))?;
        if kind.is_dir() {
            close_inside(&entry.path())?;
        }
    }
    Ok(())
}

/// Where the `comanda up` on a data folder listens, if it ever ran.
pub(crate) fn read_endpoints(data: &Path) -> Option<Endpoints> {
    serde_json::from_slice(&fs::read(data.join("endpoints.json")).ok()?).ok()
}

/// The secret of the `comanda up` on a data folder, if it ever ran.
pub(crate) fn kept_secret(data: &Path) -> Option<String> {
    let secret = fs::read_to_string(data.join(SECRET)).ok()?;
    Some(secret.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_to_others_holds_in_every_folder() {
        let made = tempfile::tempdir_in(".").unwrap();
        let relative = Path::new(made.path().file_name().unwrap());
        assert!(relative.is_relative());
        assert!(DataFolder::open(relative).unwrap().path("comanda.db").is_absolute());
    }

    #[test]
    fn where_everything_listens_is_told_to_the_owner_only() {
        let made = tempfile::tempdir().unwrap();
        let data = DataFolder::open(made.path()).unwrap();
        let path = data.path("endpoints.json");
        fs::write(&path, "longer than what comes, and open to all".repeat(100)).unwrap();
        let text = || String::from("x");
        let told = Endpoints {
            http: text(),
            kafka: text(),
            topic_prefix: text(),
            database: "postgres://ada:pw@db/shop".into(),
            gateway: text(),
            smtp: text(),
        };
        data.write_endpoints(&told).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(read_endpoints(made.path()).unwrap().database, told.database);
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn open_to_all(path: &Path) {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    #[test]
    fn a_folder_of_ours_is_closed_with_all_that_is_in_it() {
        let made = tempfile::tempdir().unwrap();
        let (folder, log) = (made.path().join("data"), made.path().join("data/log/topic-0"));
        fs::create_dir_all(&log).unwrap();
        fs::write(folder.join("comanda.db"), "").unwrap();
        fs::write(log.join("00.log"), "").unwrap();
        for path in [&folder, &log, &folder.join("comanda.db")] {
            open_to_all(path);
        }
        DataFolder::open(&folder).unwrap();
        let closed = [&folder, &log, &folder.join("log")].map(|path| mode(path));
        assert_eq!(closed, [0o700; 3]);
        let files = [folder.join("comanda.db"), log.join("00.log")].map(|path| mode(&path));
        assert_eq!(files, [0o600; 2]);
    }

    #[test]
    fn a_folder_of_others_is_left_as_it_is_and_a_new_one_is_closed() {
        let made = tempfile::tempdir().unwrap();
        fs::write(made.path().join("theirs"), "").unwrap();
        open_to_all(made.path());
        open_to_all(&made.path().join("theirs"));
        let data = DataFolder::open(made.path()).unwrap();
        assert_eq!([mode(made.path()), mode(&data.path("theirs"))], [0o755; 2]);
        data.own_secret().unwrap();
        fs::write(data.path("new"), "").unwrap();
        assert_eq!([mode(&data.path("secret")), mode(&data.path("new"))], [0o600; 2]);
        DataFolder::open(&made.path().join("deep/er")).unwrap();
        assert_eq!(mode(&made.path().join("deep/er")), 0o700);
    }

    #[test]
    fn a_secret_that_is_missing_beside_data_is_not_made_anew() {
        let made = tempfile::tempdir().unwrap();
        let data = DataFolder::open(made.path()).unwrap();
        let secret = data.own_secret().unwrap();
        fs::write(data.path("comanda.db"), "").unwrap();
        assert_eq!(data.own_secret().unwrap(), secret);
        fs::remove_file(data.path("secret")).unwrap();
        let told = data.own_secret().unwrap_err().to_string();
        assert!(told.contains("restore it from a backup"), "{told}");
        assert!(!data.path("secret").exists());
    }

    #[test]
    fn a_secret_is_made_once() {
        let made = tempfile::tempdir().unwrap();
        let data = DataFolder::open(made.path()).unwrap();
        let secret = data.secret("secret").unwrap();
        assert_eq!(data.secret("secret").unwrap(), secret);
        fs::write(data.path("secret"), "short").unwrap();
        assert!(data.secret("secret").is_err());
    }
}
