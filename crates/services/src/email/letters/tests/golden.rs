//! The letters in `docs/mails`, one of each kind: to be looked at, and not to change by accident.
//! `UPDATE_GOLDEN=1 cargo test -p services golden` writes them anew.

use std::{collections::BTreeSet, fs, path::PathBuf};

use domain::{
    fixtures,
    language::Language,
    ports::{Mail, MailKind},
};

use super::{occasions, pickup, read_in};
use crate::email::letters::{
    Occasion,
    template::{self, Broken, Gap, Template},
    write,
};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/mails")
}

fn compare(name: &str, written: &str) {
    let path = folder().join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, written).unwrap();
    }
    let golden = fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{error}: run with UPDATE_GOLDEN=1 ({path:?})"));
    assert!(written == golden, "{path:?} is old: UPDATE_GOLDEN=1 writes it anew");
}

fn sample(occasion: &Occasion, language: Language) -> Mail {
    let order = match occasion {
        Occasion::Ready { .. } => pickup(),
        _ => fixtures::rich_order(),
    };
    write(
        &read_in(language, &order),
        occasion,
        "https://order.example.com/orders/example?token=example",
    )
}

#[test]
fn letters_equal_the_golden_files() {
    for (language, folder) in [(Language::En, ""), (Language::It, "it/")] {
        for occasion in occasions() {
            let (mail, kind) = (sample(&occasion, language), occasion.kind());
            let below = mail.follows.unwrap_or_else(|| "nothing".to_owned());
            let head = format!("Subject: {}\nBelow: {below}\n\n", mail.subject);
            compare(&format!("{folder}{kind}.txt"), &(head + &mail.text));
            compare(&format!("{folder}{kind}.html"), &mail.html);
        }
    }
}

#[test]
fn templates_are_whole() {
    for kind in MailKind::ALL {
        let template = template::made(*kind).as_ref().unwrap_or_else(|e| panic!("{kind}: {e}"));
        let all = [Gap::Lang, Gap::Stamp, Gap::Subject, Gap::Preheader, Gap::Seller, Gap::Heading];
        let rest = [Gap::Body, Gap::Link, Gap::Action, Gap::Slip, Gap::Lines, Gap::Foot];
        for gap in all.into_iter().chain(rest) {
            assert!(template.has(gap), "{kind} lacks {gap:?}");
        }
        let html = template.fill(|_| maud::html! {});
        for remote in ["src=", "url(", "<link", "@import"] {
            assert!(!html.contains(remote), "{kind} loads something: {remote}");
        }
        assert!(html.len() < 20_000, "{kind} has {} bytes; some programs cut mails", html.len());
    }
    let kinds: BTreeSet<_> = occasions().iter().map(Occasion::kind).collect();
    assert_eq!(kinds.len(), MailKind::ALL.len(), "one occasion of each kind");
}

#[test]
fn what_a_letter_has_to_say_has_a_place_in_its_template() {
    for occasion in occasions() {
        let letter = super::super::words::letter(&pickup(), &occasion);
        let template = template::of(occasion.kind()).unwrap();
        assert!(letter.facts.is_empty() || template.has(Gap::Facts), "{occasion:?}");
    }
}

#[test]
fn broken_templates_are_errors_and_nothing_worse() {
    let broken = |mjml: &str| Template::from_mjml(mjml).unwrap_err();
    let body = |text: &str| {
        format!(
            "<mjml><mj-body><mj-section><mj-column><mj-text>{text}</mj-text></mj-column>\
             </mj-section></mj-body></mjml>"
        )
    };
    assert!(matches!(broken(""), Broken::Parse(_)));
    assert!(matches!(broken("<mjml><mj-body>"), Broken::Parse(_)));
    assert!(matches!(broken("<mj-text>alone</mj-text>"), Broken::Parse(_)));
    let nowhere = "<mjml><mj-body><mj-include path=\"no.mjml\" /></mj-body></mjml>";
    assert!(matches!(broken(nowhere), Broken::Parse(_)));
    // The compiler lets elements pass that it does not know.
    assert_eq!(broken(&body("<mj-txt>x</mj-txt>")), Broken::Element("mj-txt".to_owned()));
    assert_eq!(broken(&body("<mj-text />")), Broken::Element("mj-text".to_owned()));
    assert_eq!(broken(&body("{{headline}}")), Broken::Gap("headline".to_owned()));
    assert_eq!(broken(&body("{{heading")), Broken::Open);
    assert!(Template::from_mjml(&body("{{heading}}")).is_ok());
}
