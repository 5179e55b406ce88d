//! No page runs user text as code.

use std::collections::{HashMap, HashSet};

use domain::{
    cart::CartError, facts::board::Range, language::Language, status::Status, violation::Violation,
};
use ui::pages;

use crate::{
    build::{
        HOSTILE, STAFF, cart_line, checkout_at, checkout_of, hostile_menu, kitchen_of, menu_of,
        order_of, read_in, reader,
    },
    sample,
};

/// All pages in every language.
fn every_page() -> Vec<String> {
    let in_language = |lang: &Language| {
        read_in(*lang);
        pages()
    };
    Language::ALL.iter().flat_map(in_language).collect()
}

fn checkout_in_cash() -> String {
    checkout_at(
        |restaurant| restaurant.name = HOSTILE.parse().unwrap(),
        |page| {
            page.entered.payment_method = HOSTILE.into();
            page.violations = vec![
                Violation::new("payment_method", HOSTILE),
                Violation::new("payment_method", CartError::NoCash),
            ];
        },
    )
}

fn pages() -> Vec<String> {
    let town = sample::town();
    let restaurants =
        town.iter().map(|(restaurant, menu)| pages::RestaurantCard { restaurant, menu }).collect();
    let time_zone = "Europe/Rome".parse().unwrap();
    let received_at = sample::now();
    let mut all = vec![
        pages::home(&pages::HomePage {
            reader: reader(),
            restaurants,
            now: sample::now(),
            staff: STAFF,
        })
        .into_string(),
        menu_of(&hostile_menu(), &HashMap::new(), &[]),
        menu_of(&town[0].1, &HashMap::new(), &[cart_line("margherita", &["large"])]),
        checkout_of(|page| {
            page.entered.name = HOSTILE.into();
            page.violations = vec![Violation::new("customer.name", HOSTILE)];
            page.notice = Some(pages::CheckoutNotice::Unreachable);
        }),
        checkout_in_cash(),
        checkout_of(|page| {
            page.card = Some(pages::CardSetup {
                publishable_key: HOSTILE,
                script: HOSTILE,
                capture: "automatic",
                script_amount: |_| None,
            });
        }),
        kitchen_of(Status::Confirmed, 1),
        pages::mail(&pages::MailPage {
            reader: reader(),
            id: "1".into(),
            from: HOSTILE.into(),
            to: HOSTILE.into(),
            subject: HOSTILE.into(),
            received_at,
            time_zone,
            text: HOSTILE.into(),
            has_html: true,
            staff: STAFF,
        })
        .into_string(),
        pages::sign_in(&pages::SignInPage {
            reader: reader(),
            error: Some(pages::SignInError::Token),
            email: HOSTILE.into(),
            next: HOSTILE.into(),
        })
        .into_string(),
        pages::problem(&pages::ProblemPage {
            reader: reader(),
            status: 404,
            kind: pages::ProblemKind::Other(HOSTILE.into(), HOSTILE.into()),
        })
        .into_string(),
        sample::analytics_page(reader(), &[], Range::Day, false, false).into_string(),
        sample::analytics_page(reader(), &[], Range::Year, true, true).into_string(),
        sample::orders_page(reader(), &[]).into_string(),
    ];
    all.extend(crate::office::pages());
    all.extend(Status::ALL.iter().map(|status| order_of(*status, Some(HOSTILE), None)));
    all
}

#[test]
fn hostile_text_stays_text_and_no_page_has_inline_code() {
    for page in every_page() {
        assert!(!page.contains("<script>"), "{page}");
        assert!(!page.contains("\" onload=\""), "{page}");
        assert!(!page.contains("style="), "{page}");
        assert!(!page.contains("<style"), "{page}");
        assert!(!page.contains("javascript:"), "{page}");
        let scripts = page.matches("<script").count();
        assert_eq!(scripts, page.matches("\"></script>").count(), "{page}");
    }
}

#[test]
fn every_page_stays_small() {
    for page in every_page() {
        let bytes = crate::size::compressed(&page);
        assert!(bytes < 30_000, "{bytes} bytes compressed: {page}");
    }
}

#[test]
fn every_page_has_a_title_landmarks_and_unique_ids() {
    for page in every_page() {
        assert!(Language::ALL.iter().any(|lang| page.contains(&format!("<html lang=\"{lang}\""))));
        for part in ["<title>", "href=\"#main\"", "<main id=\"main\"", "<header"] {
            assert!(page.contains(part), "{part} is missing in {page}");
        }
        assert_eq!(page.matches("<h1").count(), 1, "{page}");
        // A class attribute twice on one element would lose the second.
        let doubled = page.split('<').find(|tag| {
            tag.split('>').next().is_some_and(|tag| tag.matches(" class=").count() > 1)
        });
        assert_eq!(doubled, None);
        let mut ids = HashSet::new();
        for id in page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(ids.insert(id), "{id} is used twice");
        }
    }
}
