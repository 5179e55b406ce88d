//! Apache Kafka's own console tools, from the jars of the cluster.

use tokio::process::Command;

use crate::{
    engine::{Engine, on_both},
    peer::{ProgramOutput, env_path, run, run_successfully},
    support::send,
};

on_both!(needs "Apache Kafka's tools":
    topics_are_created_described_and_listed,
    topics_are_described_by_id,
    the_console_consumer_reads_from_the_console_producer,
    consumer_groups_are_described_and_reset,
    the_verifiable_producer_and_consumer_agree,
    the_performance_producer_and_consumer_agree,
    offsets_are_listed,
    topics_are_altered_and_deleted,
    groups_are_deleted,
);

/// A console tool, by its class name.
fn tool(engine: &Engine, class: &str, args: &[&str]) -> Command {
    let mut command = Command::new("java");
    command.args(["-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp"]);
    command.arg(env_path("TEST_KAFKA_LIBS").join("*")).arg(class);
    command.args(["--bootstrap-server", &engine.address.to_string()]).args(args);
    command
}

fn topics(engine: &Engine, args: &[&str]) -> Command {
    tool(engine, "org.apache.kafka.tools.TopicCommand", args)
}

fn groups(engine: &Engine, args: &[&str]) -> Command {
    tool(engine, "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand", args)
}

async fn topics_are_created_described_and_listed(engine: &Engine) {
    let name = engine.name("from-the-console");
    let create =
        ["--create", "--topic", &name, "--partitions", "3", "--config", "retention.ms=60000"];
    let output = run_successfully(&mut topics(engine, &create), "").await;
    assert!(output.contains(&format!("Created topic {name}.")), "{output}");
    let ProgramOutput { is_ok, out, err } = run(&mut topics(engine, &create), "").await;
    assert!(!is_ok && (out + &err).contains(&format!("Topic '{name}' already exists.")));
    let listed = run_successfully(&mut topics(engine, &["--list"]), "").await;
    assert!(listed.lines().any(|line| line == name), "{listed}");
    let described =
        run_successfully(&mut topics(engine, &["--describe", "--topic", &name]), "").await;
    assert!(described.contains("PartitionCount: 3"), "{described}");
    assert!(described.contains("retention.ms=60000"), "{described}");
    assert_eq!(described.lines().filter(|line| line.contains("Leader: ")).count(), 3);
}

async fn topics_are_described_by_id(engine: &Engine) {
    let name = engine.topic(2, &[]).await;
    let described =
        run_successfully(&mut topics(engine, &["--describe", "--topic", &name]), "").await;
    let id = described.split("TopicId: ").nth(1).and_then(|rest| rest.split_whitespace().next());
    let by_id = ["--describe", "--topic-id", id.unwrap()];
    let again = run_successfully(&mut topics(engine, &by_id), "").await;
    assert!(again.contains(&format!("Topic: {name}")), "{again}");
    assert!(again.contains("PartitionCount: 2"), "{again}");
    let by_id = ["--describe", "--topic-id", "AAAAAAAAAAAAAAAAAAAAKg"];
    let ProgramOutput { is_ok, out, err } = run(&mut topics(engine, &by_id), "").await;
    assert!(!is_ok && (out + &err).contains("does not exist as expected"));
}

async fn the_console_consumer_reads_from_the_console_producer(engine: &Engine) {
    let topic = engine.topic(1, &[]).await;
    let keyed = ["--topic", &topic, "--reader-property", "parse.key=true"];
    let separator = ["--reader-property", "key.separator=:", "--compression-codec", "zstd"];
    let args: Vec<_> = keyed.into_iter().chain(separator).collect();
    let class = "org.apache.kafka.tools.ConsoleProducer";
    run_successfully(&mut tool(engine, class, &args), "a:one\nb:two\n").await;
    let class = "org.apache.kafka.tools.consumer.ConsoleConsumer";
    let group = engine.name("console");
    let mut args = vec!["--topic", &topic, "--from-beginning", "--max-messages", "2"];
    args.extend(["--group", &group, "--formatter-property", "print.key=true"]);
    args.extend(["--formatter-property", "print.offset=true"]);
    let output = run_successfully(&mut tool(engine, class, &args), "").await;
    assert_eq!(output, "Offset:0\ta\tone\nOffset:1\tb\ttwo\n");
}

async fn consumer_groups_are_described_and_reset(engine: &Engine) {
    let topic = engine.topic(1, &[]).await;
    let producer = engine.producer();
    for n in 0..5 {
        send(&producer, &topic, "k", &n.to_string()).await;
    }
    let group = engine.name("reset");
    for (to, offset) in [("--to-latest", "5"), ("--to-earliest", "0")] {
        let reset = ["--reset-offsets", "--group", &group, "--topic", &topic, to, "--execute"];
        run_successfully(&mut groups(engine, &reset), "").await;
        let output =
            run_successfully(&mut groups(engine, &["--describe", "--group", &group]), "").await;
        let line =
            output.lines().find(|line| line.contains(&topic)).unwrap_or_else(|| panic!("{output}"));
        let lag = (5 - offset.parse::<i32>().unwrap()).to_string();
        let fields: Vec<_> = line.split_whitespace().skip(2).take(4).collect();
        assert_eq!(fields, ["0", offset, "5", &lag]);
    }
    let listed = run_successfully(&mut groups(engine, &["--list"]), "").await;
    assert!(listed.lines().any(|line| line == group), "{listed}");
    let state =
        run_successfully(&mut groups(engine, &["--describe", "--state", "--group", &group]), "")
            .await;
    assert!(state.contains("Empty"), "{state}");
}

async fn the_verifiable_producer_and_consumer_agree(engine: &Engine) {
    let topic = engine.topic(2, &[]).await;
    let args = ["--topic", &topic, "--max-messages", "500", "--acks", "-1"];
    let sent =
        run_successfully(&mut tool(engine, "org.apache.kafka.tools.VerifiableProducer", &args), "")
            .await;
    assert_eq!(sent.matches("producer_send_success").count(), 500, "{sent}");
    let group = engine.name("verifiable");
    let args = ["--topic", &topic, "--group-id", &group, "--max-messages", "500", "--verbose"];
    let read =
        run_successfully(&mut tool(engine, "org.apache.kafka.tools.VerifiableConsumer", &args), "")
            .await;
    assert_eq!(read.matches("\"record_data\"").count(), 500, "{read}");
    assert!(read.contains("offsets_committed") && !read.contains("\"success\":false"), "{read}");
}

async fn the_performance_producer_and_consumer_agree(engine: &Engine) {
    let topic = engine.topic(2, &[]).await;
    let class = "org.apache.kafka.tools.ProducerPerformance";
    let args =
        ["--topic", &topic, "--num-records", "20000", "--record-size", "300", "--throughput", "-1"];
    let sent = run_successfully(&mut tool(engine, class, &args), "").await;
    assert!(sent.contains("20000 records sent"), "{sent}");
    let class = "org.apache.kafka.tools.ConsumerPerformance";
    let args = ["--topic", &topic, "--num-records", "20000", "--hide-header"];
    let read = run_successfully(&mut tool(engine, class, &args), "").await;
    let count = read.lines().last().and_then(|line| line.split(", ").nth(4));
    assert_eq!(count, Some("20000"), "{read}");
}

async fn offsets_are_listed(engine: &Engine) {
    let topic = engine.topic(1, &[]).await;
    let producer = engine.producer();
    for n in 0..3 {
        send(&producer, &topic, "k", &n.to_string()).await;
    }
    let class = "org.apache.kafka.tools.GetOffsetShell";
    for (time, offset) in [("-1", 3), ("-2", 0), ("0", 0)] {
        let output =
            run_successfully(&mut tool(engine, class, &["--topic", &topic, "--time", time]), "")
                .await;
        assert_eq!(output.trim(), format!("{topic}:0:{offset}"), "{time}");
    }
}

async fn topics_are_altered_and_deleted(engine: &Engine) {
    let topic = engine.topic(1, &[]).await;
    run_successfully(&mut topics(engine, &["--alter", "--topic", &topic, "--partitions", "2"]), "")
        .await;
    let alter = ["--alter", "--entity-type", "topics", "--entity-name", &topic];
    let to = ["--add-config", "cleanup.policy=compact"];
    let args: Vec<_> = alter.into_iter().chain(to).collect();
    run_successfully(&mut tool(engine, "kafka.admin.ConfigCommand", &args), "").await;
    let described =
        run_successfully(&mut topics(engine, &["--describe", "--topic", &topic]), "").await;
    assert!(described.contains("PartitionCount: 2"), "{described}");
    assert!(described.contains("cleanup.policy=compact"), "{described}");
    run_successfully(&mut topics(engine, &["--delete", "--topic", &topic]), "").await;
    let listed = run_successfully(&mut topics(engine, &["--list"]), "").await;
    assert!(!listed.contains(&topic), "{listed}");
    let output = run(&mut topics(engine, &["--delete", "--topic", &topic]), "").await;
    assert!(!output.is_ok, "{output:?}");
}

async fn groups_are_deleted(engine: &Engine) {
    let topic = engine.topic(1, &[]).await;
    let group = engine.name("deleted");
    let reset = ["--reset-offsets", "--group", &group, "--topic", &topic, "--to-latest"];
    let reset: Vec<_> = reset.into_iter().chain(["--execute"]).collect();
    run_successfully(&mut groups(engine, &reset), "").await;
    let forget = ["--delete-offsets", "--group", &group, "--topic", &topic];
    let output = run_successfully(&mut groups(engine, &forget), "").await;
    assert!(output.contains("Successful"), "{output}");
    let output = run_successfully(&mut groups(engine, &["--delete", "--group", &group]), "").await;
    assert!(output.contains("was successful"), "{output}");
    let again = run_successfully(&mut groups(engine, &["--delete", "--group", &group]), "").await;
    assert!(!again.contains("was successful"), "{again}");
}
