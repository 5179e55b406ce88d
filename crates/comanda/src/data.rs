//! The data folder of `comanda up`: generated secrets, and the addresses of all parts.

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use rustix::fs::Mode;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{config::Settings, fault::Fault};

/// The file of the secret from which ids and links are derived.
const SECRET: &str = "secret";
/// Files that an earlier start leaves: the database, the log, the gateway's books, mails.
const DATA_FILES: [&str; 4] = ["comanda.db", "log", "gateway", "mail"];
/// Permission bits of group and others.
const GROUP_AND_OTHERS: u32 = 0o077;

/// The data folder.
#[derive(Clone, Debug)]
pub(crate) struct DataFolder(PathBuf);

/// Addresses of a running `comanda up`, for other commands and for scripts.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Endpoints {
    /// HTTP address.
    pub(crate) http: String,
    /// Kafka brokers.
    pub(crate) kafka: String,
    /// Prefix of topics and groups.
    #[serde(default)]
    pub(crate) topic_prefix: String,
    /// Database URL.
    pub(crate) database: String,
    /// Payment gateway URL.
    pub(crate) gateway: String,
    /// Mail server URL.
    pub(crate) smtp: String,
}

impl DataFolder {
    /// Opens the folder at `path`: creates it if missing, checks that it is writable, and closes it
    /// to other users. All files that this process creates later are closed to others too.
    pub(crate) fn open(path: &Path) -> Result<Self, Fault> {
        let refused = |e: std::io::Error| {
            Fault::cannot_write(format!("cannot write to the data folder {}", path.display()))
                .with_cause(e)
        };
        rustix::process::umask(Mode::RWXG | Mode::RWXO);
        fs::create_dir_all(path).map_err(refused)?;
        close_to_others(path).map_err(refused)?;
        let probe = path.join(".writable");
        fs::write(&probe, b"").and_then(|()| fs::remove_file(&probe)).map_err(refused)?;
        // Absolute, since other processes read the paths in endpoints.json from other folders.
        fs::canonicalize(path).map(Self).map_err(refused)
    }

    /// A path inside the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The secret from which ids and links of orders are derived, generated at the first start. If
    /// it is missing beside existing data, this is an error: with a new one every link would be
    /// dead, and every repeated request a second order.
    pub(crate) fn installation_secret(&self) -> Result<String, Fault> {
        let path = self.path(SECRET);
        match self.holds_data() && !path.exists() {
            false => self.load_or_create_secret(SECRET),
            true => Err(Fault::usage(format!(
                "{} is missing beside the data that was made with it: restore it from a backup, or \
                 set COMANDA_SECRET to its contents; to start over, use an empty folder (--data)",
                path.display()
            ))),
        }
    }

    /// Whether an earlier start has left data here.
    fn holds_data(&self) -> bool {
        DATA_FILES.iter().any(|name| self.path(name).exists())
    }

    /// The secret in the file `name`, generated at the first call, readable by its owner only.
    pub(crate) fn load_or_create_secret(&self, name: &str) -> Result<String, Fault> {
        let path = self.path(name);
        let refused = |e: std::io::Error| {
            Fault::cannot_write(format!("cannot keep {}", path.display())).with_cause(e)
        };
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

    /// Writes the addresses of all parts, readable by the owner only: an address may hold a
    /// password.
    pub(crate) fn write_endpoints(&self, endpoints: &Endpoints) -> Result<(), Fault> {
        let path = self.path("endpoints.json");
        let json = serde_json::to_vec_pretty(endpoints).unwrap_or_default();
        let private =
            fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path);
        private
            // `mode` only applies to a new file.
            .and_then(|file| file.set_permissions(fs::Permissions::from_mode(0o600)).map(|()| file))
            .and_then(|mut file| file.write_all(&json))
            .map_err(|e| {
                Fault::cannot_write(format!("cannot write {}", path.display())).with_cause(e)
            })
    }
}

/// Removes all permissions of group and others from a data folder and its contents. A folder that
/// holds other files, but none of ours, keeps its mode: it may be shared on purpose.
fn close_to_others(path: &Path) -> io::Result<()> {
    let is_open = fs::metadata(path)?.permissions().mode() & GROUP_AND_OTHERS != 0;
    if !is_open {
        return Ok(());
    }
    let is_empty = fs::read_dir(path)?.next().is_none();
    let is_ours = [SECRET].iter().chain(&DATA_FILES).any(|name| path.join(name).exists());
    if !is_empty && !is_ours {
        let folder = path.display().to_string();
        tracing::warn!(folder, "other users can list the data folder; new files in it are closed");
        return Ok(());
    }
    // The folder first: no other user enters meanwhile, and a second attempt continues.
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

/// The addresses of the `comanda up` on a data folder, if it ever ran.
pub(crate) fn read_endpoints(data: &Path) -> Option<Endpoints> {
    serde_json::from_slice(&fs::read(data.join("endpoints.json")).ok()?).ok()
}

/// The secret of the `comanda up` on a data folder, if it ever ran.
pub(crate) fn read_installation_secret(data: &Path) -> Option<String> {
    let secret = fs::read_to_string(data.join(SECRET)).ok()?;
    Some(secret.trim().to_owned())
}

/// The URL of the database: that of the settings, else that of `comanda up`.
pub(crate) fn database_url(settings: &Settings) -> Result<String, Fault> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_absolute() {
        let made = tempfile::tempdir_in(".").unwrap();
        let relative = Path::new(made.path().file_name().unwrap());
        assert!(relative.is_relative());
        assert!(DataFolder::open(relative).unwrap().path("comanda.db").is_absolute());
    }

    #[test]
    fn endpoints_are_readable_by_the_owner_only() {
        let made = tempfile::tempdir().unwrap();
        let data = DataFolder::open(made.path()).unwrap();
        let path = data.path("endpoints.json");
        fs::write(&path, "longer than what comes, and open to all".repeat(100)).unwrap();
        let text = || String::from("x");
        let endpoints = Endpoints {
            http: text(),
            kafka: text(),
            topic_prefix: text(),
            database: "postgres://ada:pw@db/shop".into(),
            gateway: text(),
            smtp: text(),
        };
        data.write_endpoints(&endpoints).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(read_endpoints(made.path()).unwrap().database, endpoints.database);
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn open_to_all(path: &Path) {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    #[test]
    fn a_data_folder_is_closed_with_its_contents() {
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
    fn a_folder_with_foreign_files_keeps_its_mode_and_a_new_one_is_closed() {
        let made = tempfile::tempdir().unwrap();
        fs::write(made.path().join("theirs"), "").unwrap();
        open_to_all(made.path());
        open_to_all(&made.path().join("theirs"));
        let data = DataFolder::open(made.path()).unwrap();
        assert_eq!([mode(made.path()), mode(&data.path("theirs"))], [0o755; 2]);
        data.installation_secret().unwrap();
        fs::write(data.path("new"), "").unwrap();
        assert_eq!([mode(&data.path("secret")), mode(&data.path("new"))], [0o600; 2]);
        DataFolder::open(&made.path().join("deep/er")).unwrap();
        assert_eq!(mode(&made.path().join("deep/er")), 0o700);
    }

    #[test]
    fn a_secret_that_is_missing_beside_data_is_not_generated_again() {
        let made = tempfile::tempdir().unwrap();
        let data = DataFolder::open(made.path()).unwrap();
        let secret = data.installation_secret().unwrap();
        fs::write(data.path("comanda.db"), "").unwrap();
        assert_eq!(data.installation_secret().unwrap(), secret);
        fs::remove_file(data.path("secret")).unwrap();
        let error = data.installation_secret().unwrap_err().to_string();
        assert!(error.contains("restore it from a backup"), "{error}");
        assert!(!data.path("secret").exists());
    }

    #[test]
    fn a_secret_is_made_once() {
        let made = tempfile::tempdir().unwrap();
        let data = DataFolder::open(made.path()).unwrap();
        let secret = data.load_or_create_secret("secret").unwrap();
        assert_eq!(data.load_or_create_secret("secret").unwrap(), secret);
        fs::write(data.path("secret"), "short").unwrap();
        assert!(data.load_or_create_secret("secret").is_err());
    }
}
