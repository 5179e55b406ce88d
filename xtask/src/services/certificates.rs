//! Certificates for the encrypted listeners: an authority, and one certificate for all brokers.

use std::{fs, path::PathBuf, process::Command};

use anyhow::Result;

use super::service::root;
use crate::{step::read, tools};

/// The folder of `ca.pem` for clients and `broker.pem` (key and certificate) for brokers.
pub(crate) fn folder() -> PathBuf {
    root().join("certificates")
}

/// Creates the certificates unless they exist.
pub(crate) fn create() -> Result<()> {
    let folder = folder();
    if folder.join("broker.pem").exists() {
        return Ok(());
    }
    tools::ensure_openssl()?;
    fs::create_dir_all(&folder)?;
    let new = |name: &str| {
        let mut openssl = Command::new("openssl");
        let (key, certificate) = (format!("{name}.key"), format!("{name}.pem"));
        openssl.current_dir(&folder).args(["req", "-x509", "-newkey", "rsa:2048", "-nodes"]);
        openssl.args(["-days", "3650", "-keyout", &key, "-out", &certificate]);
        openssl.args(["-subj", &format!("/O=Comanda development/CN={name}")]);
        openssl
    };
    read(&mut new("ca"))?;
    let names = "subjectAltName=DNS:localhost,IP:127.0.0.1";
    let mut signed = new("signed");
    signed.args(["-CA", "ca.pem", "-CAkey", "ca.key", "-addext", names]);
    read(signed.args(["-addext", "basicConstraints=critical,CA:FALSE"]))?;
    // Written last, since its presence marks completion.
    let key = fs::read_to_string(folder.join("signed.key"))?;
    let certificate = fs::read_to_string(folder.join("signed.pem"))?;
    fs::write(folder.join("broker.pem.new"), key + &certificate)?;
    fs::rename(folder.join("broker.pem.new"), folder.join("broker.pem"))?;
    Ok(())
}
