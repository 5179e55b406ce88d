//! Hostile and unusual names, notes and reasons.

use domain::{
    fixtures,
    order::{Fulfilment, Order},
    seller::{Legal, PostalAddress},
};
use proptest::prelude::*;

use super::{LINK, changed, occasions, part_refund};
use crate::email::letters::{CancelledBy, Occasion, OrderMoney, words, write_mail};

const HOSTILE: &[&str] = &[
    "<script>alert(1)</script>",
    "</td></tr></table><img src=x onerror=alert(1)>",
    "\"onmouseover=\"alert(1)",
    "' style='display:none",
    "{{link}} {{{heading}}} {{ {% %} ${x}",
    "&lt;b&gt; &amp; &#x3c;",
    "<!--[if mso]><b><![endif]-->",
    "]]><!DOCTYPE x>",
    "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaft",
    "שלום עולם!",
    "مرحبا (بكم)",
    "👩‍👩‍👧‍👦🏴󠁧󠁢󠁷󠁬󠁳󠁿 Zoë 山田",
];

/// An order whose user-entered fields all are `text`.
fn full_of(text: &str) -> Order {
    changed(|parts| {
        parts.seller.name = text.parse().unwrap();
        let (name, imprint) = (text.parse().unwrap(), text.parse().ok());
        parts.seller.legal = Some(Legal { name, imprint, ..fixtures::legal() });
        let (line1, city) = (text.parse().unwrap(), text.parse().unwrap());
        parts.seller.address = Some(PostalAddress { line1, city, ..fixtures::address() });
        parts.customer.name = text.parse().unwrap();
        parts.fulfilment = Fulfilment::Delivery { address: text.parse().unwrap() };
        for line in &mut parts.lines {
            line.name = text.parse().unwrap();
            line.note = Some(text.parse().unwrap());
            for option in &mut line.options {
                option.name = text.parse().unwrap();
            }
        }
    })
}

fn all_with(text: &str) -> Vec<Occasion> {
    let mut all = occasions();
    for occasion in &mut all {
        match occasion {
            Occasion::Confirmed { payment_id: id, .. } => text.clone_into(id),
            Occasion::Refunded(refund) => {
                **refund = part_refund(100, 100);
                text.clone_into(&mut refund.id.0);
                refund.reason = text.parse().unwrap();
            }
            Occasion::Cancelled { reason, .. } => *reason = Some(text.to_owned()),
            _ => {}
        }
    }
    all
}

/// Tags, comments and quotes: the structure of a page.
fn structure(html: &str) -> Vec<&str> {
    html.split('<').skip(1).map(|tag| tag.split('>').next().unwrap_or(tag)).collect()
}

fn escaped(text: &str) -> String {
    maud::html! { (text) }.into_string()
}

/// Asserts that user text changes only the text of a page and not its structure.
fn assert_harmless(text: &str) {
    let (order, harmless) = (full_of(text), full_of("x"));
    for (occasion, plain) in all_with(text).iter().zip(all_with("x")) {
        let (mail, expected) =
            (write_mail(&order, None, occasion, LINK), write_mail(&harmless, None, &plain, LINK));
        // The only attribute with user text is the label that names the mail.
        let tags = |html: &str, subject: &str| {
            let label = format!("aria-label=\"{}\"", escaped(subject));
            assert!(html.contains(&label), "{html}");
            structure(&html.replace(&label, "")).into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(tags(&mail.html, &mail.subject), tags(&expected.html, &expected.subject));
        assert!(mail.html.contains(&escaped(text)), "it is there as text: {text}");
        assert!(mail.text.contains(text), "{text}");
        assert!(!mail.subject.contains(char::is_control));
    }
}

#[test]
fn hostile_text_stays_text() {
    for text in HOSTILE {
        assert_harmless(text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_stays_text(text in r#"[a-z<>"'&{}!\[\]/=%-]{0,40}[a-z]"#) {
        assert_harmless(&text);
    }
}

#[test]
fn links_stay_in_their_attribute() {
    for occasion in occasions() {
        let mail = write_mail(&full_of("x"), None, &occasion, LINK);
        let link = "href=\"https://order.example.com/orders/0199?token=a&amp;b=&quot;c\"";
        assert_eq!(mail.html.matches(link).count(), 1);
        assert!(mail.text.contains(&format!("\n{LINK}\n")));
    }
}

#[test]
fn a_reason_is_one_line_and_bounded() {
    let cancelled = |reason: &str| {
        let (by, reason) = (CancelledBy::Restaurant, Some(reason.to_owned()));
        words::letter(
            &full_of("x"),
            None,
            &Occasion::Cancelled { by, reason, paid: OrderMoney::GoesBack, returned_minor: 0 },
        )
        .said
    };
    assert_eq!(cancelled("sold\r\n.\r\nout\0 now"), Some("sold . out now".to_owned()));
    assert_eq!(cancelled(" \n "), None);
    assert_eq!(cancelled(&"é".repeat(9000)).map(|said| said.chars().count()), Some(500));
}

#[test]
fn right_to_left_text_is_isolated() {
    let order = full_of("שלום!");
    let mail = write_mail(&order, None, &Occasion::Checking, LINK);
    assert!(mail.subject.starts_with("\u{2068}שלום!\u{2069}: "), "{}", mail.subject);
    assert!(
        !write_mail(&full_of("x"), None, &Occasion::Checking, LINK).subject.contains('\u{2068}')
    );
}
