//! kafka-python, which shares no code with librdkafka.

use tokio::process::Command;

use crate::{
    engine::{Engine, KEPT, on_both},
    peer::{env_path, run_successfully},
};

on_both!(needs "kafka-python":
    kafka_python_produces_and_consumes,
    kafka_python_groups_share_and_continue,
    kafka_python_administers,
);

async fn run_python(engine: &Engine, case: &str, names: &[&str]) -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance/peer.py");
    let mut command = Command::new(env_path("TEST_PYTHON"));
    command.arg(script).arg(case).arg(engine.address.to_string()).args(names);
    run_successfully(&mut command, "").await
}

async fn kafka_python_produces_and_consumes(engine: &Engine) {
    let topic = engine.topic(2, KEPT).await;
    let output = run_python(engine, "records", &[&topic]).await;
    let expected = "\
0 key-0 value-0 [('n', b'0')] 1000
1 key-1 None [] 1001
2 key-2 value-2 [] 1002
begin 0 end 3 at-1001 1 after none
";
    assert_eq!(output, expected);
}

async fn kafka_python_groups_share_and_continue(engine: &Engine) {
    let topic = engine.topic(4, &[]).await;
    let output = run_python(engine, "group", &[&topic, &engine.name("python")]).await;
    assert_eq!(
        output,
        "one has 4\ntwo have 2 and 2\nread 40 once\ncommitted 40\nnothing is left\n"
    );
}

async fn kafka_python_administers(engine: &Engine) {
    let output = run_python(engine, "admin", &[&engine.name("python-made")]).await;
    let expected = "\
created with 3 partitions
again TopicAlreadyExistsError
bad InvalidTopicError
partitions InvalidPartitionsError
setting InvalidConfigurationError
retention.ms 60000
";
    assert_eq!(output, expected);
}
