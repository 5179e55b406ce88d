//! kafka-python, whose code shares nothing with librdkafka.

use tokio::process::Command;

use crate::engine::{Engine, KEPT, on_both};
use crate::peer::{place, well};

on_both!(needs "kafka-python":
    python_sends_and_reads,
    python_members_share_and_go_on,
    python_administers,
);

async fn python(engine: &Engine, what: &str, names: &[&str]) -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance/peer.py");
    let mut command = Command::new(place("TEST_PYTHON"));
    command.arg(script).arg(what).arg(engine.address.to_string()).args(names);
    well(&mut command, "").await
}

async fn python_sends_and_reads(engine: &Engine) {
    let topic = engine.topic(2, KEPT).await;
    let said = python(engine, "records", &[&topic]).await;
    let expected = "\
0 key-0 value-0 [('n', b'0')] 1000
1 key-1 None [] 1001
2 key-2 value-2 [] 1002
begin 0 end 3 at-1001 1 after none
";
    assert_eq!(said, expected);
}

async fn python_members_share_and_go_on(engine: &Engine) {
    let topic = engine.topic(4, &[]).await;
    let said = python(engine, "group", &[&topic, &engine.name("python")]).await;
    assert_eq!(said, "one has 4\ntwo have 2 and 2\nread 40 once\ncommitted 40\nnothing is left\n");
}

async fn python_administers(engine: &Engine) {
    let said = python(engine, "admin", &[&engine.name("python-made")]).await;
    let expected = "\
created with 3 partitions
again TopicAlreadyExistsError
bad InvalidTopicError
partitions InvalidPartitionsError
setting InvalidConfigurationError
retention.ms 60000
";
    assert_eq!(said, expected);
}
