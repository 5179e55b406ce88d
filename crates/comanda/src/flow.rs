//! `docs/flow.md`, rendered from what the services and their handlers declare. `UPDATE_GOLDEN=1
//! cargo test -p comanda flow` writes it anew.

use std::{fmt::Write as _, fs, path::Path};

use events::{Topic, dead_letter, retry};

use crate::{groups::Group, register::Service};

/// A service with its topics.
struct ServiceTopics {
    name: &'static str,
    groups: &'static [Group],
    consumes: Vec<Topic>,
    follows: Vec<Topic>,
    produces: Vec<Topic>,
}

fn topics_of_service(service: Service) -> ServiceTopics {
    let (declaration, groups) = (service.declaration(), service.groups());
    let produces = groups.iter().flat_map(|group| group.produces);
    let mut follows = Vec::new();
    for topic in declaration.follows.iter().flat_map(|follows| follows.topics) {
        if !follows.contains(topic) {
            follows.push(*topic);
        }
    }
    ServiceTopics {
        name: declaration.name,
        groups,
        consumes: groups.iter().flat_map(|group| group.topics).copied().collect(),
        follows,
        produces: declaration.publishes.iter().chain(produces).copied().collect(),
    }
}

fn parts() -> Vec<ServiceTopics> {
    Service::ALL.iter().map(|service| topics_of_service(*service)).collect()
}

fn render(parts: &[ServiceTopics]) -> String {
    let mut text = String::from(
        "# Who reads and writes what\n\n\
         Drawn by a test from what services and handlers declare; do not edit. \
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
            let _ = writeln!(text, "    {topic} --> {name}");
        }
        for topic in &part.follows {
            let _ = writeln!(text, "    {topic} -.-> {name}");
        }
        for topic in retry_topics(part) {
            let _ = writeln!(text, "    {name} <--> {topic}[/{topic}/]");
        }
    }
    text.push_str(
        "```\n\nSolid arrows into a service are consumer groups; dotted ones are followed into \
         memory by every instance, without a group. A group writes what it cannot read to its \
         dead letters, and what has to wait to its topics of retries, which it reads itself.\n\n\
         | service | group | consumes | follows | produces | retries | dead letters |\n\
         |---|---|---|---|---|---|---|\n",
    );
    for part in parts {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} |",
            part.name,
            join_names(&part.groups.iter().map(|group| group.name).collect::<Vec<_>>()),
            join_names(&part.consumes),
            join_names(&part.follows),
            join_names(&part.produces),
            join_names(&retry_topics(part)),
            join_names(&part.groups.iter().map(|g| dead_letter::topic(g.name)).collect::<Vec<_>>()),
        );
    }
    text
}

/// Its retry topics, the shortest delay first.
fn retry_topics(part: &ServiceTopics) -> Vec<String> {
    part.groups.iter().flat_map(|group| retry::topics(group.name, group.retry)).collect()
}

fn join_names(topics: &[impl std::fmt::Display]) -> String {
    let names: Vec<_> = topics.iter().map(|topic| format!("`{topic}`")).collect();
    if names.is_empty() { "–".to_owned() } else { names.join(", ") }
}

#[test]
fn flow_md_shows_what_services_and_handlers_declare() {
    let rendered = render(&parts());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/flow.md");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &rendered).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == rendered, "docs/flow.md is old: UPDATE_GOLDEN=1 writes it anew");
}

#[test]
fn every_topic_has_one_writer_and_a_reader() {
    let parts = parts();
    for topic in Topic::ALL {
        let writers = parts.iter().filter(|part| part.produces.contains(topic)).count();
        let readers = parts.iter();
        let readers = readers
            .filter(|part| [&part.consumes, &part.follows].iter().any(|of| of.contains(topic)));
        let readers = readers.count();
        assert_eq!(writers, 1, "{topic}: one service says that it publishes it");
        assert!(readers > 0, "{topic}: a handler or a follower reads it");
    }
}
