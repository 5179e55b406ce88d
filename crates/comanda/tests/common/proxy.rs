//! Caddy with our Caddyfile, in front of a fleet.

use std::{
    fs::{self, File},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

use super::{Fleet, register::services, wait_until};

/// A running proxy; killed when dropped.
pub struct Proxy {
    /// Its address.
    pub address: String,
    child: Child,
    folder: TempDir,
}

impl Proxy {
    /// Starts it in front of the first instance of each service.
    pub async fn start_before(fleet: &Fleet) -> Self {
        let caddy = std::env::var_os("TEST_CADDY")
            .expect("TEST_CADDY is not set: `cargo xtask test` sets it, to Caddy's program");
        let folder = tempfile::tempdir().unwrap();
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/Caddyfile");
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new(caddy);
        command.args(["run", "--adapter", "caddyfile", "--config"]).arg(file);
        command.env("PROXY_BIND", "127.0.0.1").env("PROXY_PORT", port.to_string());
        for service in services() {
            let first = fleet.instances.iter().find(|instance| instance.service == service);
            let address = first.expect("one of it runs").address.trim_start_matches("http://");
            command.env(service.to_uppercase(), address);
        }
        // Caddy keeps its data in the home folder.
        command.env("HOME", folder.path()).env_remove("XDG_DATA_HOME").stdin(Stdio::null());
        command.stdout(Stdio::null()).stderr(File::create(folder.path().join("err")).unwrap());
        let child = command.spawn().unwrap();
        let proxy = Self { address: format!("http://127.0.0.1:{port}"), child, folder };
        wait_until("the proxy answers", async || fleet.api.try_get(&proxy.address).await).await;
        proxy
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let errors = fs::read_to_string(self.folder.path().join("err")).unwrap_or_default();
            eprintln!("--- the proxy wrote to standard error ---\n{errors}");
        }
    }
}
