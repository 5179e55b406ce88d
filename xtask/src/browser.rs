//! The pages in a real browser: Debian's Chromium, driven by Playwright, against `comanda up`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::{
    engines::FEATURES,
    step::{Report, print_progress, read, run},
    tools,
};

/// Playwright needs it.
const OLDEST_NODE: u32 = 20;
/// Installs what is missing, and runs every test of `tests/browser`.
pub(crate) fn run_steps(report: &mut Report) {
    let packages =
        report.step("browser: Chromium, Node, proxies and packages are installed", || {
            tools::ensure_chromium()?;
            tools::ensure_nginx()?;
            tools::ensure_caddy()?;
            ensure_node()?;
            install_packages()
        });
    if let Some(packages) = packages {
        report.step("browser: the pages do what people expect", || run_tests(&packages));
    }
}

fn folder() -> PathBuf {
    tools::root().join("tests/browser")
}

fn run_tests(packages: &Path) -> Result<()> {
    let screenshots = tools::target().join("screenshots");
    // Old pictures would mislead.
    if screenshots.exists() {
        fs::remove_dir_all(&screenshots)?;
    }
    // The same selection as the other steps, so that nothing is compiled again.
    let mut cargo = tools::cargo(&["test", "--workspace", FEATURES, "--test", "browser", "--"]);
    cargo.args(["--ignored", "--nocapture"]);
    cargo.env("TEST_NGINX", tools::nginx_program()).env("TEST_CADDY", tools::caddy_program());
    run(cargo.env("BROWSER_PACKAGES", packages).env("SCREENSHOTS", &screenshots))?;
    print_progress(format!("    pictures of every page: {}", screenshots.display()));
    Ok(())
}

/// Ensures that Node with npm is installed.
fn ensure_node() -> Result<()> {
    if !tools::works("npm", &["--version"]) {
        tools::install(&["nodejs", "npm"])?;
    }
    let version = read(Command::new("node").arg("--version"))?;
    let number = version.trim().trim_start_matches('v').split('.').next();
    let number: u32 = number.and_then(|n| n.parse().ok()).context("node prints no version")?;
    if number < OLDEST_NODE {
        bail!("Node {number} is too old: install Node {OLDEST_NODE} or later");
    }
    Ok(())
}

/// Installs the packages of the lock file into a folder of their own, and returns it.
fn install_packages() -> Result<PathBuf> {
    let folder_of_packages = tools::target().join("browser");
    let lock = fs::read_to_string(folder().join("package-lock.json"))?;
    let mark = folder_of_packages.join("installed");
    if fs::read_to_string(&mark).is_ok_and(|installed| installed == lock) {
        print_progress(format!("    packages: installed in {}", folder_of_packages.display()));
        return Ok(folder_of_packages);
    }
    fs::create_dir_all(&folder_of_packages)?;
    for name in ["package.json", "package-lock.json", ".npmrc"] {
        fs::copy(folder().join(name), folder_of_packages.join(name))?;
    }
    run(Command::new("npm").args(["ci", "--no-progress"]).current_dir(&folder_of_packages))?;
    fs::write(mark, lock)?;
    Ok(folder_of_packages)
}
