//! Ctrl-C: the first one drains, the second one exits at once.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use serde_json::json;

use crate::common::{
    Engine, Platform, on_both,
    orders::pizza,
    platform::{UP_ARGS, comanda},
    wait_until,
};

async fn the_first_ctrl_c_drains(engine: Engine) {
    let mut platform = Platform::start(engine).await;
    platform.set_faults(&json!({"latency_ms": 300})).await;
    let mut placed = Vec::new();
    for n in 0..10 {
        placed.push(platform.api.place_order(&pizza(&format!("c{n}@example.com"))).await);
    }
    platform.signal("INT");
    let status = platform.wait_for_exit().await;
    assert_eq!(status.code(), Some(0));
    assert!(platform.stdout().contains("Stopping"), "{}", platform.stdout());
    platform.start_again().await;
    for order in &placed {
        platform.api.wait_for_status(order, "confirmed").await;
    }
    platform.finish().await;
}

async fn sigterm_drains_too_even_with_streams_open(engine: Engine) {
    let mut platform = Platform::start(engine).await;
    let placed = platform.api.place_order(&pizza("ada@example.com")).await;
    let path = format!("/api/orders/{}/events?token={}", placed.id, placed.token);
    let mut stream = platform.api.stream(&path, None).await;
    stream.ids_until("confirmed").await;
    platform.signal("TERM");
    assert_eq!(platform.wait_for_exit().await.code(), Some(0));
    platform.start_again().await;
    platform.finish().await;
}

async fn the_second_ctrl_c_exits_at_once(engine: Engine) {
    let mut platform = Platform::start(engine).await;
    // A hanging request keeps the process draining.
    platform.set_faults(&json!({"hang_before_charge": 1.0, "hang_ms": 20_000})).await;
    let placed = platform.api.place_order(&pizza("ada@example.com")).await;
    platform.signal("INT");
    let says = || async {
        let says = platform.stdout();
        if says.contains("Once more ends at once") { Ok(()) } else { Err(says) }
    };
    wait_until("it says that it stops", async || says().await).await;
    platform.signal("INT");
    assert_eq!(platform.wait_for_exit().await.code(), Some(130), "a drained end would be 0");
    platform.start_again().await;
    platform.api.wait_for_status(&placed, "confirmed").await;
    assert_eq!(platform.charges().await[&placed.id], (1, 2200));
    platform.finish().await;
}

/// As in `comanda up | head -1`, or where a log collector has died.
#[tokio::test]
async fn it_stops_after_its_output_was_closed() {
    let folder = tempfile::tempdir().unwrap();
    let mut up = comanda(&folder.path().join("data"), UP_ARGS);
    let mut child = up.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(said.next().unwrap().unwrap().contains("is ready"));
    drop((said, child.stderr.take()));
    let sent = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
    assert!(sent.unwrap().success());
    let status = wait_until("it has ended", async || {
        child.try_wait().unwrap().ok_or_else(|| "it still runs".into())
    })
    .await;
    assert_eq!(status.code(), Some(0));
}

async fn the_addresses_printed_at_the_start_work(engine: Engine) {
    let mut platform = Platform::start(engine).await;
    let says = platform.stdout();
    let kind = match engine {
        Engine::Embedded => "Comanda runs on Apache Kafka. The local log is for trying it",
        Engine::Real => "(yours)",
    };
    for part in ["is ready.", kind, "Press Ctrl-C to stop."] {
        assert!(says.contains(part), "{part}: {says}");
    }
    let links = says.lines().filter_map(|line| Some(&line[line.find("http://")?..]));
    let links: Vec<_> = links.filter_map(|link| link.split_whitespace().next()).collect();
    let sign_in = links.iter().find(|link| link.contains("/sign-in")).unwrap();
    let entered = platform.api.get(sign_in).await;
    assert_eq!((entered.status, entered.header("location")), (303, "/kitchen"));
    assert_eq!(platform.api.get(links[0]).await.status, 200, "{links:?}");
    platform.stop().await;
    let log = platform.stderr();
    let complaints = log.lines().filter(|line| !line.contains(r#""target":"security""#));
    assert_eq!(complaints.collect::<Vec<_>>(), [""; 0], "nothing to complain about");
}

on_both!(
    the_first_ctrl_c_drains,
    sigterm_drains_too_even_with_streams_open,
    the_second_ctrl_c_exits_at_once,
    the_addresses_printed_at_the_start_work,
);
