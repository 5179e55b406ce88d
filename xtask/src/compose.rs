//! Checks compose.yaml. Nothing is started.

use std::process::Command;

use anyhow::Result;

use crate::{step::run, tools};

/// The variables that compose.yaml asks for.
const SECRETS: &[&str] = &["COMANDA_SECRET", "COMANDA_STAFF_TOKEN", "POSTGRES_PASSWORD"];

/// Checks the file with Docker, or else against the schema of the format.
pub(crate) fn check() -> Result<()> {
    if tools::works("docker", &["compose", "version"]) {
        let mut docker = Command::new("docker");
        docker.args(["compose", "config", "--quiet"]).current_dir(tools::root());
        docker.envs(SECRETS.iter().map(|name| (name, "for the check only")));
        return run(&mut docker);
    }
    println!("    no docker compose here: only the schema of the format is checked");
    let mut python = Command::new(tools::ensure_python()?);
    python.args(["-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]);
    run(python.arg(tools::root().join("compose.yaml")))
}
