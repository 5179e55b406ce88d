//! Staff accounts: added on the command line, signed in over HTTP, and removed.

use std::{
    io::Write,
    path::Path,
    process::{Output, Stdio},
};

use reqwest::Method;

use crate::common::{
    ApiResponse, Engine, Platform,
    api::{Api, send},
    on_both,
    orders::pizza,
    platform::{assert_fault, comanda},
};

fn staff(platform: &Platform, args: &[&str], input: &str) -> Output {
    let args: Vec<_> = ["staff"].iter().chain(args).copied().collect();
    run(&platform.data(), platform, &args, input)
}

fn run(data: &Path, platform: &Platform, args: &[&str], input: &str) -> Output {
    let mut child = comanda(data, args)
        .envs(platform.settings())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command with invalid arguments does not read its input.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn successful_output(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

async fn sign_in(api: &Api, email: &str, password: &str) -> ApiResponse {
    let body = format!("email={email}&password={}", password.replace(' ', "+"));
    let request = api.request(Method::POST, "/sign-in").body(body);
    let form = ("content-type", "application/x-www-form-urlencoded");
    send(request.header(form.0, form.1)).await.unwrap()
}

async fn get(api: &Api, path: &str, cookie: &str) -> ApiResponse {
    send(api.request(Method::GET, path).header("cookie", cookie)).await.unwrap()
}

async fn an_account_from_the_command_line_works_at_once(engine: Engine) {
    let mut platform = Platform::start(engine).await;
    let api = platform.api.clone();
    let cook = ["cook@example.com", "--name", "Carla", "--role", "kitchen"];
    let add = ["add"].iter().chain(&cook).chain(&["--restaurant", "bella-napoli"]);
    let add: Vec<_> = add.copied().collect();
    assert_fault(&staff(&platform, &add, "short\n"), 64, &["password", "10 characters"]);
    assert!(
        successful_output(&staff(&platform, &["list"], "")).contains("There are no accounts yet")
    );
    successful_output(&staff(&platform, &add, "basil tomato oven\n"));
    assert_fault(&staff(&platform, &add, "basil tomato oven\n"), 64, &["email", "another account"]);
    let list = successful_output(&staff(&platform, &["list"], ""));
    assert!(list.contains("cook@example.com") && list.contains("(bella-napoli)"), "{list}");

    assert_eq!(sign_in(&api, "cook@example.com", "a wrong guess").await.status, 422);
    let entered = sign_in(&api, "cook@example.com", "basil tomato oven").await;
    assert_eq!(entered.status, 303, "{entered:?}");
    let cookie = entered.header("set-cookie").split(';').next().unwrap().to_owned();
    let board = "/kitchen?restaurant=bella-napoli";
    assert_eq!(get(&api, board, &cookie).await.status, 200);
    assert_eq!(get(&api, "/kitchen?restaurant=golden-wok", &cookie).await.status, 403);
    assert_eq!(get(&api, "/api/analytics/summary", &cookie).await.status, 403);

    // Sessions survive a restart.
    platform.stop().await;
    platform.start_again().await;
    assert_eq!(get(&api, board, &cookie).await.status, 200);
    successful_output(&staff(&platform, &["password", "Cook@example.com"], "oven basil tomato\n"));
    crate::common::wait_until("the old session has ended", async || {
        match get(&api, board, &cookie).await.status {
            303 => Ok(()),
            status => Err(status.to_string()),
        }
    })
    .await;
    successful_output(&staff(&platform, &["remove", "cook@example.com"], ""));
    assert_eq!(sign_in(&api, "cook@example.com", "oven basil tomato").await.status, 422);
    assert_fault(
        &staff(&platform, &["remove", "cook@example.com"], ""),
        64,
        &["cook@example.com", "list"],
    );
    let errors = platform.stderr();
    assert!(!errors.contains("basil"), "no password is in the logs: {errors}");
    platform.finish().await;
}

async fn post(api: &Api, path: &str, cookie: &str, body: &str) -> ApiResponse {
    let request = api.request(Method::POST, path).header("cookie", cookie).body(body.to_owned());
    let form = ("content-type", "application/x-www-form-urlencoded");
    send(request.header(form.0, form.1)).await.unwrap()
}

/// The account and the reason in each line of the security log about an ended session.
fn ended_sessions(platform: &Platform) -> Vec<(String, String)> {
    let errors = platform.stderr();
    let lines = errors.lines().filter_map(|line| serde_json::from_str(line).ok());
    let fields = lines.map(|line: serde_json::Value| line["fields"].clone());
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let ended = fields.filter(|fields| fields["event"] == "session_ended");
    ended.map(|fields| (text(&fields["account"]), text(&fields["reason"]))).collect()
}

async fn the_log_says_who_ended_a_session(engine: Engine) {
    let platform = Platform::start(engine).await;
    let api = platform.api.clone();
    let here = ["--restaurant", "bella-napoli"];
    for (email, role) in [("ada@example.com", "owner"), ("carla@example.com", "kitchen")] {
        let add = [&["add", email, "--name", "Somebody", "--role", role], &here[..]].concat();
        successful_output(&staff(&platform, &add, "basil tomato oven\n"));
    }
    let enter = async |email: &str| {
        let entered = sign_in(&api, email, "basil tomato oven").await;
        entered.header("set-cookie").split(';').next().unwrap().to_owned()
    };
    let (owner, cook) = (enter("ada@example.com").await, enter("carla@example.com").await);
    let offered = |page: &str| {
        let ids = page.split("value=\"end:").skip(1);
        ids.map(|rest| rest.split('"').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let list = get(&api, "/backoffice/staff", &owner).await.text;
    let accounts = list.split("href=\"/backoffice/staff/").skip(1);
    let accounts: Vec<_> = accounts.map(|rest| rest.split('"').next().unwrap()).collect();
    let mut of_cook = String::new();
    for account in accounts.into_iter().filter(|account| *account != "new") {
        let at = format!("/backoffice/staff/{account}");
        if get(&api, &at, &owner).await.text.contains("carla@example.com") {
            of_cook = at;
        }
    }
    let second = enter("ada@example.com").await;
    let theirs = offered(&get(&api, "/backoffice/account", &second).await.text);
    // A cook cannot end a session of the owner, and the log has no such line.
    let own = "/backoffice/account/sessions";
    post(&api, own, &cook, &format!("do=end:{}", theirs[0])).await;
    assert_eq!(get(&api, "/backoffice", &owner).await.status, 200);
    assert_eq!(ended_sessions(&platform), []);
    // The owner ends the cook's session; the cook's next form is answered by a page.
    post(&api, &format!("{of_cook}/sessions"), &owner, "do=others").await;
    let press = api.request(Method::POST, own).header("cookie", &cook).body("do=others");
    let press = press.header("content-type", "application/x-www-form-urlencoded");
    let response = send(press.header("accept", "text/html")).await.unwrap();
    assert_eq!(response.status, 401, "{response:?}");
    assert!(
        response.text.contains("<main") && response.text.contains("href=\"/sign-in\""),
        "{response:?}"
    );
    post(&api, "/sign-out", &cook, "").await;
    post(&api, "/sign-out", &second, "").await;
    let expected =
        [("carla@example.com", "1 ended by ada@example.com"), ("ada@example.com", "signed out")];
    assert_eq!(ended_sessions(&platform), expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    platform.finish().await;
}

async fn changes_of_an_owner_take_effect_and_are_recorded(engine: Engine) {
    let mut platform = Platform::start(engine).await;
    let api = platform.api.clone();
    let add = ["add", "ada@example.com", "--name", "Ada", "--restaurant", "bella-napoli"];
    successful_output(&staff(&platform, &add, "basil tomato oven\n"));
    let entered = sign_in(&api, "ada@example.com", "basil tomato oven").await;
    assert_eq!(entered.header("location"), "/backoffice");
    let cookie = entered.header("set-cookie").split(';').next().unwrap().to_owned();
    let at = "/backoffice/r/bella-napoli";
    let page = get(&api, at, &cookie).await.text;
    let (_, rest) = page.split_once("name=\"version\" value=\"").unwrap();
    let version = rest.split('"').next().unwrap();
    let prices = format!("version={version}&price.margherita=10%2C20&was.margherita=9.50");
    let saved = post(&api, &format!("{at}/prices"), &cookie, &prices).await;
    assert_eq!(saved.status, 303, "{saved:?}");
    let late = post(&api, &format!("{at}/prices"), &cookie, &prices).await;
    assert_eq!(late.status, 409, "the version is another one now");
    let placed = api.place_order(&pizza("bob@example.com")).await;
    api.wait_for_status(&placed, "confirmed").await;
    assert_eq!(api.order(&placed).await["lines"][0]["unit_price_minor"], 1_020);

    // The change log names her for the dish sold out and for the price, also after a restart.
    let sold_out = post(&api, &format!("{at}/stock/diavola"), &cookie, "what=sold-out").await;
    assert_eq!(sold_out.status, 303, "{sold_out:?}");
    platform.wait_until_idle().await;
    platform.stop().await;
    platform.start_again().await;
    let log = get(&api, &format!("{at}/changes"), &cookie).await.text;
    for part in ["Ada", "€9.50", "€10.20", "Diavola"] {
        assert!(log.contains(part), "{part}: {log}");
    }
    let found = get(&api, "/backoffice/orders?restaurant=bella-napoli&q=bob%40", &cookie).await;
    assert!(found.text.contains(&placed.id), "{}", found.text);
    platform.finish().await;
}

on_both!(
    the_log_says_who_ended_a_session,
    an_account_from_the_command_line_works_at_once,
    changes_of_an_owner_take_effect_and_are_recorded,
);
