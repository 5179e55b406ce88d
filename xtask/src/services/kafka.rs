//! Three brokers of Apache Kafka, each a controller too, without Docker.

use std::{
    fs,
    path::PathBuf,
    process::Command,
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use super::{
    certificates,
    service::{Service, fill, root, write},
};
use crate::{
    step::{print_progress, read, run},
    tools,
};

/// The newest release of which both the broker and the tools are published.
const KAFKA: &str = "4.3.1";
/// The release that it is built with.
const LOG4J: &str = "2.25.4";
/// Any 22 letters of base64url; the same for all brokers.
const CLUSTER: &str = "Y29tYW5kYS1zZXJ2aWNlcw";
/// The user with all permissions on the encrypted listeners.
pub(crate) const USER: &str = "comanda";
/// A user without any permission.
pub(crate) const STRANGER: &str = "stranger";
/// The password of both, for tests only.
pub(crate) const PASSWORD: &str = "comanda-secret";
/// Timeout for the cluster.
const READY_WITHIN: Duration = Duration::from_mins(2);

/// The brokers.
pub(crate) fn services() -> Vec<Service> {
    let broker = |id: u16| Service {
        name: format!("kafka-{id}"),
        ports: vec![29_091 + id, 29_191 + id, 29_391 + id],
        signal: "TERM",
    };
    (1..=3).map(broker).collect()
}

/// Addresses of the plain listeners.
pub(crate) fn brokers() -> String {
    listeners(0)
}

/// Addresses of the listeners with TLS and SASL.
pub(crate) fn sasl_brokers() -> String {
    listeners(2)
}

fn listeners(which: usize) -> String {
    let brokers = services();
    let ports = brokers.iter().filter_map(|broker| broker.ports.get(which));
    ports.map(|port| format!("127.0.0.1:{port}")).collect::<Vec<_>>().join(",")
}

/// The folder of the jars.
pub(crate) fn libs() -> PathBuf {
    root().join("kafka-libs")
}

/// Downloads the jars unless they exist.
pub(crate) fn download() -> Result<()> {
    let (folder, mark) = (libs(), libs().join("version"));
    if fs::read_to_string(&mark).is_ok_and(|version| version == KAFKA) {
        print_progress(format!("    Apache Kafka {KAFKA} is in {}", folder.display()));
        return Ok(());
    }
    tools::ensure_maven()?;
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    let pom = fill(include_str!("files/pom.xml"), &[("kafka", KAFKA), ("log4j", LOG4J)]);
    write(&folder.join("pom.xml"), &pom)?;
    let copy = ["-q", "-B", "dependency:copy-dependencies", "-DincludeScope=runtime"];
    let into = format!("-DoutputDirectory={}", folder.display());
    run(Command::new("mvn").args(copy).arg(into).current_dir(&folder))?;
    write(&mark, KAFKA)
}

/// Writes settings, certificates and formatted folders, then starts the processes.
pub(crate) fn start() -> Result<()> {
    certificates::create()?;
    for broker in services().iter().filter(|broker| broker.pid().is_none()) {
        fs::create_dir_all(broker.folder())?;
        write_settings(broker)?;
        format(broker)?;
    }
    services().iter().try_for_each(Service::start)
}

fn write_settings(broker: &Service) -> Result<()> {
    let folder = broker.folder();
    let id = broker.name.trim_start_matches("kafka-");
    let port = |which: usize| broker.ports.get(which).copied().unwrap_or_default().to_string();
    let controllers = listeners(1);
    let voters = controllers.split(',').zip(1..).map(|(address, id)| format!("{id}@{address}"));
    let voters: Vec<_> = voters.collect();
    let path = folder.display().to_string();
    let properties = fill(
        include_str!("files/server.properties"),
        &[
            ("id", id),
            ("voters", &voters.join(",")),
            ("plain", &port(0)),
            ("controller", &port(1)),
            ("sasl", &port(2)),
            ("folder", &path),
            ("certificates", &certificates::folder().display().to_string()),
            ("user", USER),
            ("stranger", STRANGER),
            ("password", PASSWORD),
        ],
    );
    write(&folder.join("server.properties"), &properties)?;
    let log = fill(include_str!("files/log4j2.properties"), &[("folder", &path)]);
    write(&folder.join("log4j2.properties"), &log)?;
    // Enough heap for some thousand partitions, and the collector with the least overhead.
    broker.write_start(&format!(
        "java -Xms96m -Xmx320m -XX:+UseSerialGC -XX:+ExitOnOutOfMemoryError \\\n    \
         -Dlog4j2.configurationFile=\"$PWD/log4j2.properties\" \\\n    \
         -cp \"{}/*\" kafka.Kafka \"$PWD/server.properties\"",
        libs().display()
    ))
}

/// Formats the data folder. An incomplete one is formatted again.
fn format(broker: &Service) -> Result<()> {
    let folder = broker.folder();
    let mark = folder.join("formatted");
    if mark.exists() {
        return Ok(());
    }
    let data = folder.join("data");
    if data.exists() {
        fs::remove_dir_all(&data)?;
    }
    let mut tool = java("kafka.tools.StorageTool");
    tool.args(["format", "-t", CLUSTER, "-c"]).arg(folder.join("server.properties"));
    for user in [USER, STRANGER] {
        let scram = format!("SCRAM-SHA-512=[name={user},password={PASSWORD}]");
        tool.args(["--add-scram", &scram]);
    }
    read(&mut tool)?;
    write(&mark, CLUSTER)
}

/// A program of the jars.
pub(crate) fn java(class: &str) -> Command {
    let mut java = Command::new("java");
    java.args(["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp"]);
    java.arg(libs().join("*")).arg(class);
    java
}

/// Removes the topics and groups with a prefix. The groups must have no members.
pub(crate) fn remove(prefix: &str) -> Result<()> {
    let brokers = brokers();
    let server = ["--bootstrap-server", brokers.as_str()];
    let topics = format!("{}.*", prefix.replace('.', "\\."));
    let mut topic_command = java("org.apache.kafka.tools.TopicCommand");
    read(topic_command.args(server).args(["--delete", "--if-exists", "--topic", &topics]))?;
    let group_command = || {
        let mut command = java("org.apache.kafka.tools.consumer.group.ConsumerGroupCommand");
        command.args(server);
        command
    };
    let groups = read(group_command().arg("--list"))?;
    let ours: Vec<_> = groups.lines().filter(|group| group.starts_with(prefix)).collect();
    if ours.is_empty() {
        return Ok(());
    }
    let each = ours.iter().flat_map(|group| ["--group", group]);
    read(group_command().arg("--delete").args(each)).map(drop)
}

/// Waits until each broker knows all of them, and every partition has all its replicas.
pub(crate) fn wait_until_ready() -> Result<()> {
    let start = Instant::now();
    loop {
        services().iter().try_for_each(Service::ensure_runs)?;
        let missing = services().iter().find_map(|broker| missing(&broker.address()));
        let Some(missing) = missing else { return Ok(()) };
        if start.elapsed() > READY_WITHIN {
            let folder = root();
            bail!("not ready after 2 min: {missing} (see {}/kafka-*/log)", folder.display());
        }
        sleep(Duration::from_millis(200));
    }
}

/// The missing brokers or replicas in the metadata of one broker; `None` if it is complete.
pub(crate) fn missing(broker: &str) -> Option<String> {
    let mut kcat = Command::new("kcat");
    kcat.args(["-L", "-m", "5", "-b", broker]);
    let listed = kcat.output().ok().filter(|output| output.status.success());
    let Some(listed) = listed else { return Some(format!("{broker} does not answer")) };
    parse_missing(&String::from_utf8_lossy(&listed.stdout)).map(|what| format!("{broker}: {what}"))
}

/// The missing brokers or replicas in the output of kcat; `None` if it is complete.
fn parse_missing(listed: &str) -> Option<String> {
    if !listed.contains("\n 3 brokers:\n") {
        return Some("knows fewer than three brokers".to_owned());
    }
    let short = |line: &&str| {
        let count = |name: &str| {
            let list = line.split(name).nth(1)?.split(", ").next()?;
            Some(list.split(',').count())
        };
        line.contains("replicas: ") && count("isrs: ") < count("replicas: ")
    };
    let line = listed.lines().find(short)?;
    Some(format!("a partition lacks replicas ({})", line.trim()))
}

/// Ensures that the minimum version of Java is installed.
pub(crate) fn ensure_java() -> Result<()> {
    tools::ensure_java(17).context("Apache Kafka needs Java 17 or newer")
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "Metadata for all topics (from broker 1: 127.0.0.1:29092/1):\n 3 brokers:\n  \
        broker 1 at 127.0.0.1:29092\n 1 topics:\n  topic \"menu\" with 1 partitions:\n    \
        partition 0, leader 1, replicas: 1,2,3, isrs: 3,1,2\n";

    #[test]
    fn a_whole_cluster_lacks_nothing() {
        assert_eq!(parse_missing(WHOLE), None);
    }

    #[test]
    fn a_missing_broker_or_replica_is_found() {
        assert!(parse_missing(&WHOLE.replace("3 brokers", "2 brokers")).is_some());
        assert!(parse_missing(&WHOLE.replace("3,1,2", "3,1")).is_some());
        assert!(parse_missing("").is_some());
    }
}
