//! Golden files: the mails in `docs/mails`, one of each kind.
//! `UPDATE_GOLDEN=1 cargo test -p services golden` rewrites them.

use std::{collections::BTreeSet, fs, path::PathBuf};

use domain::{
    fixtures,
    language::Language,
    number::OrderNumber,
    ports::{Mail, MailKind},
};

use super::{in_cash, named, occasions, pickup, read_in, variants};
use crate::email::letters::{
    Occasion,
    template::{self, Gap, Template, TemplateError},
    write_mail,
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
    assert!(written == golden, "{path:?} differs: UPDATE_GOLDEN=1 rewrites it");
}

fn sample(occasion: &Occasion, language: Language) -> Mail {
    let order = match occasion {
        Occasion::Ready { .. } => pickup(),
        Occasion::Paid { payment_id: None, .. } => in_cash(),
        _ => fixtures::rich_order(),
    };
    let number = match occasion {
        Occasion::Declined { .. } | Occasion::Checking => None,
        _ => OrderNumber::try_from(42).ok(),
    };
    write_mail(
        &named(&read_in(language, &order)),
        number,
        occasion,
        "https://order.example.com/orders/example?token=example",
    )
}

fn plain(mail: &Mail, below: &str) -> String {
    format!("Subject: {}\nBelow: {below}\n\n{}", mail.subject, mail.text)
}

#[test]
fn letters_equal_the_golden_files() {
    for &language in Language::ALL {
        let is_default = language == Language::default();
        let folder = if is_default { String::new() } else { format!("{language}/") };
        for occasion in occasions() {
            let (mail, kind) = (sample(&occasion, language), occasion.kind());
            let below = mail.follows.clone().unwrap_or_else(|| "nothing".to_owned());
            compare(&format!("{folder}{kind}.txt"), &plain(&mail, &below));
            compare(&format!("{folder}{kind}.html"), &mail.html);
        }
        for (name, occasion) in variants() {
            let mail = sample(&occasion, language);
            let below = mail.follows.clone().unwrap_or_else(|| "nothing".to_owned());
            compare(&format!("{folder}{name}.txt"), &plain(&mail, &below));
        }
    }
}

#[test]
fn templates_have_all_gaps_and_load_nothing() {
    for kind in MailKind::ALL {
        let template =
            template::compiled_template(*kind).as_ref().unwrap_or_else(|e| panic!("{kind}: {e}"));
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
fn letters_with_facts_have_a_gap_for_them() {
    for occasion in occasions() {
        let letter = super::super::words::letter(&pickup(), None, &occasion);
        let template = template::template_for(occasion.kind()).unwrap();
        assert!(letter.facts.is_empty() || template.has(Gap::Facts), "{occasion:?}");
    }
}

#[test]
fn invalid_templates_are_errors() {
    let error_of = |mjml: &str| Template::from_mjml(mjml).unwrap_err();
    let body = |text: &str| {
        format!(
            "<mjml><mj-body><mj-section><mj-column><mj-text>{text}</mj-text></mj-column>\
             </mj-section></mj-body></mjml>"
        )
    };
    assert!(matches!(error_of(""), TemplateError::Parse(_)));
    assert!(matches!(error_of("<mjml><mj-body>"), TemplateError::Parse(_)));
    assert!(matches!(error_of("<mj-text>alone</mj-text>"), TemplateError::Parse(_)));
    let nowhere = "<mjml><mj-body><mj-include path=\"no.mjml\" /></mj-body></mjml>";
    assert!(matches!(error_of(nowhere), TemplateError::Parse(_)));
    // mrml leaves unknown elements in its output.
    assert_eq!(error_of(&body("<mj-txt>x</mj-txt>")), TemplateError::Element("mj-txt".to_owned()));
    assert_eq!(error_of(&body("<mj-text />")), TemplateError::Element("mj-text".to_owned()));
    assert_eq!(error_of(&body("{{headline}}")), TemplateError::Gap("headline".to_owned()));
    assert_eq!(error_of(&body("{{heading")), TemplateError::Open);
    assert!(Template::from_mjml(&body("{{heading}}")).is_ok());
}
