//! Foreign tools, installed if missing.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Result, bail};

use crate::step::{print_progress, run};

/// The tested versions.
const PYTHON: &[&str] =
    &["kafka-python==3.0.12", "check-jsonschema==0.39.0", "aiosmtpd==1.4.6", "stripe==16.1.0"];
/// The builder of an `OpenTelemetry` collector.
const COLLECTOR_BUILDER: &str = "go.opentelemetry.io/collector/cmd/builder@v0.165.0";

/// The root of the workspace.
pub(crate) fn root() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask)
}

/// The target folder of cargo.
pub(crate) fn target() -> PathBuf {
    root().join(std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
}

/// The release build of `comanda`.
pub(crate) fn release_program() -> PathBuf {
    target().join("release/comanda")
}

/// The cargo that runs xtask, with the same toolchain, in the workspace. Without backtraces, which
/// would bury the message of a failed test.
pub(crate) fn cargo(args: &[&str]) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(args).current_dir(root()).env("RUST_BACKTRACE", "0");
    cargo
}

/// Whether a program runs successfully.
pub(crate) fn works(program: &str, args: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(args).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Ensures that the headers for TLS to Kafka are installed.
pub(crate) fn ensure_openssl_headers() -> Result<()> {
    if works("pkg-config", &["--exists", "openssl"]) {
        print_progress("    libssl-dev is installed");
        return Ok(());
    }
    install(&["libssl-dev", "pkg-config"])
}

/// Ensures that there is kcat.
pub(crate) fn ensure_kcat() -> Result<()> {
    ensure_program("kcat", &["-V"], "kcat")
}

/// Ensures that there is a browser for tests.
pub(crate) fn ensure_chromium() -> Result<()> {
    ensure_program("chromium", &["--version"], "chromium")
}

/// Caddy: the one that is installed, or else ours.
pub(crate) fn caddy_program() -> PathBuf {
    unpacked_path("caddy", "usr/bin/caddy", "caddy")
}

/// Ensures that there is Caddy.
pub(crate) fn ensure_caddy() -> Result<()> {
    unpack("caddy", &caddy_program(), "version")
}

/// nginx: the one that is installed, or else ours.
pub(crate) fn nginx_program() -> PathBuf {
    unpacked_path("nginx", "usr/sbin/nginx", "/usr/sbin/nginx")
}

/// Ensures that there is nginx.
pub(crate) fn ensure_nginx() -> Result<()> {
    unpack("nginx", &nginx_program(), "-v")
}

/// promtool, which knows the rules of metrics: the one that is installed, or else ours.
pub(crate) fn promtool_program() -> PathBuf {
    unpacked_path("prometheus", "usr/bin/promtool", "promtool")
}

/// Ensures that there is promtool.
pub(crate) fn ensure_promtool() -> Result<()> {
    unpack("prometheus", &promtool_program(), "--version")
}

fn unpacked_path(package: &str, inside: &str, installed: &str) -> PathBuf {
    let own = target().join("tools").join(package).join(inside);
    if own.exists() { own } else { installed.into() }
}

/// Ensures that a program exists. It is only unpacked from Debian's package, since an installation
/// would start a server.
fn unpack(package: &str, program: &Path, version: &str) -> Result<()> {
    if works(&program.to_string_lossy(), &[version]) {
        print_progress(format!("    {} works", program.display()));
        return Ok(());
    }
    let folder = target().join("tools").join(package);
    fs::create_dir_all(&folder)?;
    run(privileged("apt-get")?.args(["update", "-qq"]))?;
    run(Command::new("apt-get").args(["download", "-qq", package]).current_dir(&folder))?;
    let each = "for package in *.deb; do dpkg -x \"$package\" .; done";
    run(Command::new("sh").args(["-c", each]).current_dir(&folder))
}

/// Ensures that there is openssl.
pub(crate) fn ensure_openssl() -> Result<()> {
    ensure_program("openssl", &["version"], "openssl")
}

/// Ensures that there is Go.
pub(crate) fn ensure_go() -> Result<()> {
    ensure_program("go", &["version"], "golang-go")
}

/// The `OpenTelemetry` collector of [`ensure_collector`].
pub(crate) fn collector_program() -> PathBuf {
    target().join("tools/otelcol/otelcol")
}

/// Ensures that there is a collector with the parts in its manifest, built once by its own builder.
pub(crate) fn ensure_collector() -> Result<()> {
    let manifest = root().join("tests/peers/collector-build.yaml");
    let folder = target().join("tools/otelcol");
    let (wanted, mark) = (fs::read_to_string(&manifest)?, folder.join("built"));
    if fs::read_to_string(&mark).is_ok_and(|built| built == wanted) {
        print_progress(format!("    otelcol is in {}", folder.display()));
        return Ok(());
    }
    ensure_go()?;
    fs::create_dir_all(&folder)?;
    let mut build = Command::new("go");
    build.args(["run", COLLECTOR_BUILDER, "--config"]).arg(manifest).current_dir(&folder);
    run(&mut build)?;
    Ok(fs::write(mark, wanted)?)
}

/// Ensures that there is Maven.
pub(crate) fn ensure_maven() -> Result<()> {
    ensure_program("mvn", &["-v"], "maven")
}

/// Ensures that Java of at least this version is installed.
pub(crate) fn ensure_java(oldest: u32) -> Result<()> {
    if java_version().is_some_and(|version| version >= oldest) {
        print_progress("    Java is installed");
        return Ok(());
    }
    install(&["default-jre-headless"])?;
    match java_version() {
        Some(version) if version >= oldest => Ok(()),
        found => bail!("the package default-jre-headless brought Java {found:?}"),
    }
}

/// The first number of `openjdk version "17.0.15"`.
fn java_version() -> Option<u32> {
    let said = Command::new("java").arg("-version").output().ok()?;
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    said.split('"').nth(1)?.split(['.', '-']).next()?.parse().ok()
}

/// Ensures that a program works, or else installs its package.
fn ensure_program(name: &str, args: &[&str], package: &str) -> Result<()> {
    if works(name, args) {
        print_progress(format!("    {name} is installed"));
        return Ok(());
    }
    install(&[package])
}

/// Ensures that Python with its packages is installed in a folder of its own, and returns Python.
pub(crate) fn ensure_python() -> Result<PathBuf> {
    let packages = PYTHON.join(" ");
    let folder = target().join("peers");
    let (python, mark) = (folder.join("bin/python"), folder.join("installed"));
    if fs::read_to_string(&mark).is_ok_and(|installed| installed == packages) {
        print_progress(format!("    {packages}: installed in {}", folder.display()));
        return Ok(python);
    }
    if !works("python3", &["-c", "import venv, ensurepip"]) {
        install(&["python3", "python3-venv"])?;
    }
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    let quiet = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    run(Command::new(&python).args(quiet).args(PYTHON))?;
    fs::write(mark, packages)?;
    Ok(python)
}

/// Whether the user is root.
pub(crate) fn is_root() -> bool {
    works("sh", &["-c", "test \"$(id -u)\" = 0"])
}

/// Installs Debian packages, as root or with sudo.
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    let names = packages.join(" ");
    if !works("apt-get", &["--version"]) {
        bail!("{names} is missing, and there is no apt-get: install it by hand");
    }
    let Ok(mut update) = privileged("apt-get") else {
        bail!("{names} is missing; run: sudo apt-get install {names}");
    };
    run(update.args(["update", "-qq"]))?;
    let mut install = privileged("apt-get")?;
    install.env("DEBIAN_FRONTEND", "noninteractive");
    run(install.args(["install", "-qq", "-y", "--no-install-recommends"]).args(packages))
}

/// A command as root: at once, or with a sudo that does not ask.
fn privileged(program: &str) -> Result<Command> {
    if is_root() {
        return Ok(Command::new(program));
    }
    if !works("sudo", &["-n", "true"]) {
        bail!("{program} needs root, and sudo asks for a password");
    }
    let mut command = Command::new("sudo");
    command.args(["-n", "DEBIAN_FRONTEND=noninteractive", program]);
    Ok(command)
}
