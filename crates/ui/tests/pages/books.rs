//! The closing report of a day.

use domain::{language::Language, staff::Role};
use ui::{Reader, Staff};

use crate::{build::STAFF, sample};

fn page(lang: Language, state: &str) -> String {
    sample::day_page(&Reader { lang, here: "/".into() }, state, "VAT", STAFF).into_string()
}

#[test]
fn sales_refunds_and_what_is_left_stand_beside_each_other() {
    let page = page(Language::En, "");
    for text in
        ["€3,307.99", "-€30.00", "€3,277.99", "108 sales", "2 refunds", "VAT 10 %", "VAT 22 %"]
    {
        assert!(page.contains(text), "{text}: {page}");
    }
    let row = |name: &str| {
        let start = page.find(&format!("scope=\"row\">{name}<")).unwrap();
        page[start..].split("</tr>").next().unwrap().matches("<td>").count()
    };
    assert_eq!((row("Net"), row("Cash"), row("Total")), (3, 3, 3));
    assert!(page.contains("Not a fiscal document"), "{page}");
    assert!(page.contains("rel=\"next\"") && page.contains("rel=\"prev\""), "{page}");
}

#[test]
fn a_day_that_is_not_over_says_so_and_none_follows_it() {
    let page = page(Language::En, "today");
    assert!(page.contains("Not over yet") && !page.contains("rel=\"next\""), "{page}");
}

#[test]
fn a_day_without_sales_says_so() {
    let page = page(Language::En, "empty");
    assert!(page.contains("No money moved on this day.") && !page.contains("<table"), "{page}");
}

#[test]
fn without_rates_there_is_no_tax() {
    let page = page(Language::En, "untaxed");
    assert!(!page.contains(">Net<") && !page.contains("Tax by rate"), "{page}");
    assert!(page.contains(">Gross<"), "{page}");
}

#[test]
fn spreadsheets_get_the_decimals_of_the_reader() {
    assert!(page(Language::En, "").contains("days/2026-11-22.csv\""));
    assert!(page(Language::It, "").contains("days/2026-11-22.csv?decimal=comma\""));
}

#[test]
fn cooks_have_no_tab_for_it() {
    let reader = Reader::default();
    let tab = "href=\"/backoffice/r/bella-napoli/days\"";
    for role in Role::ALL {
        let staff = Staff { role: *role, ..STAFF };
        let page = sample::day_page(&reader, "", "VAT", staff).into_string();
        assert_eq!(page.contains(tab), *role != Role::Kitchen);
    }
}
