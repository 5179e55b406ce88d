//! `docs/flow.md`, drawn from what the handlers declare. `UPDATE_GOLDEN=1 cargo test -p comanda
//! flow` writes it anew.

use std::{fmt::Write as _, fs, path::Path};

use events::{Delay, Handler, Topic, dead_letter, retry};
use services::{
    analytics::Counting, backoffice::Noting, email::Email, orders::Book, transactions::Transactions,
};
use smtp::SmtpMailer;
use sql::{SqlChanges, SqlFacts, SqlMails, SqlOrders, SqlPayments, SqlWatch};
use stripe::StripeGateway;

use crate::groups::GROUPS;

/// Who reads and writes what.
struct Part {
    name: &'static str,
    /// Its consumer group; those who only follow have none, and no dead letters.
    group: Option<&'static str>,
    consumes: Vec<Topic>,
    produces: Vec<Topic>,
    /// How long its records wait that are to be tried again.
    retry: &'static [Delay],
}

fn handler<H: Handler>(name: &'static str, by_hand: &[Topic]) -> Part {
    let produces = by_hand.iter().chain(H::PRODUCES).copied().collect();
    let consumes = H::TOPICS.to_vec();
    Part { name, group: Some(H::GROUP), consumes, produces, retry: H::RETRY }
}

fn parts() -> Vec<Part> {
    let followed = [Topic::Menu, Topic::StockLevels].iter().chain(Topic::ORDERS);
    let followed: Vec<_> = followed.chain(&[Topic::OrderRefunded]).copied().collect();
    vec![
        // No handlers: what the storefront and the back office publish over HTTP, and what the
        // storefront follows into memory, is written here by hand.
        Part {
            name: "storefront",
            group: None,
            consumes: followed,
            produces: vec![Topic::OrderDetails],
            retry: &[],
        },
        handler::<Noting<SqlChanges>>("backoffice", &[Topic::Menu, Topic::StockChanges]),
        // And the levels, which are published beside the handler.
        handler::<Transactions<SqlPayments, StripeGateway>>("transactions", &[Topic::StockLevels]),
        // By hand as well: the kitchen's HTTP publishes requests beside the handler.
        handler::<Book<SqlOrders>>("orders", &[Topic::OrderRequests]),
        handler::<Email<SmtpMailer, SqlMails, SqlWatch>>("email", &[]),
        handler::<Counting<SqlFacts>>("analytics", &[]),
    ]
}

fn render(parts: &[Part]) -> String {
    let mut text = String::from(
        "# Who reads and writes what\n\n\
         Drawn by a test from what the handlers declare; do not edit. \
         `UPDATE_GOLDEN=1 cargo test -p comanda flow` writes it anew.\n\n\
         ```mermaid\nflowchart LR\n",
    );
    for topic in Topic::ALL {
        let _ = writeln!(text, "    {topic}[/{topic}/]");
    }
    for part in parts {
        let name = part.name;
        let _ = writeln!(text, "    {name}(({name}))");
        for topic in &part.produces {
            let _ = writeln!(text, "    {name} --> {topic}");
        }
        for topic in &part.consumes {
            let arrow = if part.group.is_some() { "-->" } else { "-.->" };
            let _ = writeln!(text, "    {topic} {arrow} {name}");
        }
        for topic in retries(part) {
            let _ = writeln!(text, "    {name} <--> {topic}[/{topic}/]");
        }
    }
    text.push_str(
        "```\n\nSolid arrows into a service are consumer groups; dotted ones are followed into \
         memory by every instance, without a group. A group writes what it cannot read to its \
         dead letters, and what has to wait to its topics of retries, which it reads itself.\n\n\
         | service | group | consumes | produces | retries | dead letters |\n\
         |---|---|---|---|---|---|\n",
    );
    for part in parts {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} |",
            part.name,
            part.group.map_or_else(|| "–".to_owned(), |group| format!("`{group}`")),
            list(&part.consumes),
            list(&part.produces),
            list(&retries(part)),
            part.group.map_or_else(|| "–".to_owned(), |g| format!("`{}`", dead_letter::topic(g))),
        );
    }
    text
}

/// The topics of its retries, the shortest wait first.
fn retries(part: &Part) -> Vec<String> {
    part.group.map(|group| retry::topics(group, part.retry)).unwrap_or_default()
}

fn list(topics: &[impl std::fmt::Display]) -> String {
    let names: Vec<_> = topics.iter().map(|topic| format!("`{topic}`")).collect();
    if names.is_empty() { "–".to_owned() } else { names.join(", ") }
}

#[test]
fn the_picture_is_what_the_handlers_declare() {
    let drawn = render(&parts());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/flow.md");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &drawn).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(kept, drawn, "docs/flow.md is old: UPDATE_GOLDEN=1 writes it anew");
}

#[test]
fn every_group_is_in_the_picture() {
    let mut drawn: Vec<_> = parts().iter().filter_map(|part| part.group).collect();
    let mut wired: Vec<_> = GROUPS.iter().map(|group| group.name).collect();
    drawn.sort_unstable();
    wired.sort_unstable();
    assert_eq!(drawn, wired);
}

#[test]
fn every_topic_has_one_writer_and_a_reader() {
    let parts = parts();
    for topic in Topic::ALL {
        let writers = parts.iter().filter(|part| part.produces.contains(topic)).count();
        let readers = parts.iter().filter(|part| part.consumes.contains(topic)).count();
        assert_eq!(writers, 1, "{topic}");
        assert!(readers > 0, "{topic}");
    }
}
