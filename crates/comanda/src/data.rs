//! The data folder of `comanda up`: secrets that are made once, and where everything listens.

use std::{
    fs,
    io::Write,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::fault::Fault;

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
    /// The folder at `path`, made if it is missing, and writable.
    pub(crate) fn open(path: &Path) -> Result<Self, Fault> {
        let refused = |e: std::io::Error| {
            Fault::cannot_write(format!("cannot write to the data folder {}: {e}", path.display()))
        };
        fs::create_dir_all(path).map_err(refused)?;
        let probe = path.join(".writable");
        fs::write(&probe, b"").and_then(|()| fs::remove_file(&probe)).map_err(refused)?;
        // Absolute, because others read from other folders what is written here.
        fs::canonicalize(path).map(Self).map_err(refused)
    }

    /// A path inside.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
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

/// Where the `comanda up` on a data folder listens, if it ever ran.
pub(crate) fn read_endpoints(data: &Path) -> Option<Endpoints> {
    serde_json::from_slice(&fs::read(data.join("endpoints.json")).ok()?).ok()
}

/// The secret of the `comanda up` on a data folder, if it ever ran.
pub(crate) fn kept_secret(data: &Path) -> Option<String> {
    let secret = fs::read_to_string(data.join("secret")).ok()?;
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
