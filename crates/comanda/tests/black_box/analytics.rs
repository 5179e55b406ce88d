//! Figures and crashes: instances of analytics are killed, stopped and added during a rush, and
//! every figure still agrees with facts, ledger and topics. A rebuild gives the same figures.

use std::{fs, path::Path, time::Duration};

use serde_json::{Value, json};

use crate::common::{
    Engine, Platform,
    instance::Instance,
    on_both,
    platform::comanda,
    rush::{Rush, run_local},
};

/// Default number of kills; `COMANDA_ANALYTICS_KILLS` overrides it.
const KILLS: usize = 3;
/// Number of orders around each kill.
const WAVE: usize = 100;
/// Pause between two waves.
const WAVE_PAUSE: Duration = Duration::from_secs(1);

fn kill_count() -> usize {
    std::env::var("COMANDA_ANALYTICS_KILLS").map_or(KILLS, |text| text.parse().unwrap())
}

/// Runs `comanda analytics …` and returns its exit code and report.
async fn analytics(platform: &Platform, what: &str) -> (Option<i32>, Value) {
    let mut command = comanda(&platform.data(), &["analytics", what, "--json"]);
    command.envs(platform.settings());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    let report = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}{errors}"));
    (output.status.code(), report)
}

/// The environment variables of a further analytics process on the same log and database.
fn further_process_env(platform: &Platform) -> Vec<(&'static str, String)> {
    let kept = |name: &str| {
        let kept = fs::read_to_string(platform.data().join(name)).unwrap();
        kept.trim().to_owned()
    };
    let settings = platform.settings().map(|(name, value)| (name, value.clone()));
    let mut env = vec![
        ("KAFKA_BROKERS", platform.endpoint("kafka")),
        ("DATABASE_URL", platform.endpoint("database")),
        ("COMANDA_SECRET", kept("secret")),
        ("COMANDA_STAFF_TOKEN", kept("staff-token")),
    ];
    env.extend(settings);
    env
}

async fn figures_survive_crashes_and_a_rebuild_gives_the_same(engine: Engine) {
    run_local(Box::pin(run_crashes(engine))).await;
}

async fn run_crashes(engine: Engine) {
    let mut platform = Platform::start(engine).await;
    let folder = tempfile::tempdir().unwrap();
    let start = async |platform: &Platform, n| {
        let at: &Path = folder.path();
        let command = comanda(&at.join("data"), &["run", "analytics", "--port=0"]);
        Instance::start(command, "analytics", n, at, &further_process_env(platform)).await
    };
    let kills = kill_count();
    let mut guest = start(&platform, 0).await;
    let mut rushed = Rush::wave(&platform.api, 0, WAVE).finish().await;
    for kill in 1..=kills {
        tokio::time::sleep(WAVE_PAUSE).await;
        let wave = Rush::wave(&platform.api, kill, WAVE);
        wave.wait_for_accepted(WAVE / 2).await;
        guest.kill();
        guest = start(&platform, kill).await;
        rushed = rushed.merge(wave.finish().await);
    }
    // The analytics service of the platform's own process is killed, too.
    let wave = Rush::wave(&platform.api, kills + 1, WAVE);
    wave.wait_for_accepted(WAVE / 2).await;
    platform.kill();
    // After its restart the log has another address, which a running instance does not know.
    guest.kill();
    platform.start_again().await;
    let guest = start(&platform, kills + 1).await;
    let rushed = rushed.merge(wave.finish().await);
    guest.stop().await;
    rushed.check(&platform).await;
    assert_figures_verified_and_rebuilt(&platform).await;
    platform.finish().await;
}

async fn assert_figures_verified_and_rebuilt(platform: &Platform) {
    let (code, report) = analytics(platform, "verify").await;
    assert_eq!((code, &report["clean"]), (Some(0), &json!(true)), "{report:#}");
    assert_eq!((&report["open"], &report["unsettled"]), (&json!(0), &json!(0)), "{report:#}");
    let before = platform.api.summary().await;
    let (code, report) = analytics(platform, "rebuild").await;
    assert_eq!((code, &report["same"]), (Some(0), &json!(true)), "{report:#}");
    assert_eq!(platform.api.summary().await, before);
    let (code, report) = analytics(platform, "verify").await;
    assert_eq!((code, &report["clean"]), (Some(0), &json!(true)), "{report:#}");
}

on_both!(figures_survive_crashes_and_a_rebuild_gives_the_same);
