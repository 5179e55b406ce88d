//! The pages of the back office with text of all kinds.

use std::collections::HashMap;

use domain::{
    changes::{ChangeEntry, ChangeKind, Difference, Field},
    ids::StaffId,
    money::Currency,
    ports::StockNote,
    staff::{Account, Role},
    stock::{Availability, Change},
    violation::Violation,
};
use jiff::{Timestamp, tz::TimeZone};
use ui::{
    Reader,
    pages::{self, OfficeNotice, RestaurantHeader},
};

use crate::{
    build::{HOSTILE, STAFF, hostile_menu, reader},
    sample,
};

/// Every page of the back office with every notice.
pub(crate) fn pages() -> Vec<String> {
    let reader = reader();
    let id = "bella-napoli".parse().unwrap();
    let header = RestaurantHeader { reader: &reader, staff: STAFF, restaurant: &id, name: HOSTILE };
    let mut all = of_restaurant(header);
    all.extend(of_nobody(&reader));
    all
}

fn nil() -> StaffId {
    "00000000-0000-0000-0000-000000000000".parse().unwrap()
}

fn wrong(fields: &[&str]) -> Vec<Violation> {
    fields.iter().map(|field| Violation::new(*field, HOSTILE)).collect()
}

fn of_restaurant(header: RestaurantHeader<'_>) -> Vec<String> {
    let menu = hostile_menu();
    let first = menu.categories()[0].items[0].id.clone();
    let prices = wrong(&[&format!("price.{first}"), "name"]);
    let form = dish_form();
    let fields = wrong(&["name", "price", "g0.name", "g0.o0.price", "g0.options", "category"]);
    vec![
        pages::office_menu(&pages::OfficeMenu {
            header,
            currency: Currency::EUR,
            menu: &menu,
            version: 7,
            left: HashMap::from([(first.clone(), 0)]),
            typed: HashMap::from([(first, HOSTILE.into())]),
            violations: &prices,
            notice: Some(OfficeNotice::Overtaken(Some(HOSTILE.into()))),
        })
        .into_string(),
        pages::dish(&pages::DishPage {
            header,
            id: Some("margherita"),
            version: 7,
            currency: Currency::JPY,
            categories: vec![("pizza", HOSTILE)],
            rates: vec![("food", HOSTILE)],
            form: &form,
            violations: &fields,
            theirs: vec![("name".into(), HOSTILE.into())],
            notice: Some(OfficeNotice::Wrong),
        })
        .into_string(),
        settings(header),
        pages::transfer(&pages::TransferPage {
            header,
            version: 7,
            text: HOSTILE,
            errors: &[HOSTILE.into()],
            preview: Some(&pages::Preview { differences: differences(), dishes: 3 }),
            notice: Some(OfficeNotice::Other(HOSTILE.into())),
        })
        .into_string(),
        stock(header),
        stock_history(header),
        sample::day_page(header.reader, "", HOSTILE, STAFF).into_string(),
        sample::day_page(header.reader, "empty", HOSTILE, STAFF).into_string(),
    ]
}

fn dish_form() -> pages::DishForm {
    let option = pages::OptionForm {
        id: HOSTILE.into(),
        name: HOSTILE.into(),
        price: HOSTILE.into(),
        allergens: HOSTILE.into(),
    };
    let group = pages::GroupForm {
        id: HOSTILE.into(),
        name: HOSTILE.into(),
        min: "0".into(),
        max: "1".into(),
        options: vec![option.clone(), option],
    };
    pages::DishForm {
        name: HOSTILE.into(),
        description: HOSTILE.into(),
        more_allergens: HOSTILE.into(),
        groups: vec![group.clone(), group],
        ..pages::DishForm::default()
    }
}

fn settings(header: RestaurantHeader<'_>) -> String {
    let day = pages::DayForm {
        date: HOSTILE.into(),
        spans: vec![(HOSTILE.into(), HOSTILE.into()), ("18:00".into(), "02:00".into())],
    };
    let form = pages::SettingsForm {
        name: HOSTILE.into(),
        tagline: HOSTILE.into(),
        week: vec![day.clone(); 7],
        exceptions: vec![day.clone(), day],
        payment: pages::PaymentForm {
            capture: HOSTILE.into(),
            takes_cash: true,
            cash_limit: HOSTILE.into(),
            ..pages::PaymentForm::default()
        },
        tax: pages::TaxForm {
            rates: vec![pages::TaxRateForm {
                id: HOSTILE.into(),
                name: HOSTILE.into(),
                percent: HOSTILE.into(),
            }],
            ..pages::TaxForm::default()
        },
        seller: pages::SellerForm {
            legal_name: HOSTILE.into(),
            line1: HOSTILE.into(),
            country: HOSTILE.into(),
            ..pages::SellerForm::default()
        },
        ..pages::SettingsForm::default()
    };
    pages::settings(&pages::SettingsPage {
        header,
        version: 7,
        currency: Currency::EUR,
        now: HOSTILE.into(),
        paused: None,
        form: &form,
        violations: &wrong(&[
            "name",
            "d0.0.from",
            "d0",
            "x0.date",
            "x1.1.until",
            "rules_checked",
            "cash_limit",
            "t0.percent",
            "tax.rates",
            "legal.name",
            "address.country",
        ]),
        notice: Some(OfficeNotice::Overtaken(None)),
        prices: Some((Currency::EUR, Currency::JPY)),
    })
    .into_string()
}

fn note() -> StockNote {
    StockNote {
        id: nil().0,
        dish: "bella-napoli/margherita".parse().unwrap(),
        change: Change::Delta(-3),
        before: Some(5),
        after: Some(2),
        reason: Some(HOSTILE.parse().unwrap()),
        by: HOSTILE.into(),
        at: sample::now(),
    }
}

fn stock_dish() -> pages::StockDish {
    pages::StockDish {
        id: "margherita".parse().unwrap(),
        name: HOSTILE.into(),
        category: HOSTILE.into(),
        left: Some(2),
        supply: Availability::Low,
        hidden: true,
    }
}

fn stock(header: RestaurantHeader<'_>) -> String {
    let sold_out =
        pages::StockDish { left: Some(0), supply: Availability::SoldOut, ..stock_dish() };
    let plenty = pages::StockDish { left: None, supply: Availability::Unlimited, ..stock_dish() };
    pages::stock(&pages::StockPage {
        header,
        dishes: &[stock_dish(), sold_out, plenty],
        notes: &[(HOSTILE.into(), note())],
        zone: TimeZone::UTC,
        now: sample::now(),
        notice: Some(OfficeNotice::Saved),
    })
    .into_string()
}

fn stock_history(header: RestaurantHeader<'_>) -> String {
    pages::stock_history(&pages::StockHistory {
        header,
        dish: &stock_dish(),
        low: HOSTILE.into(),
        may_set_low: true,
        version: 7,
        notes: &[note()],
        zone: TimeZone::UTC,
        now: sample::now(),
        violations: &wrong(&["pieces", "reason", "what", "low_stock"]),
        notice: None,
    })
    .into_string()
}

fn differences() -> Vec<Difference> {
    let text = || Some(HOSTILE.to_owned());
    Field::ALL
        .iter()
        .map(|field| Difference { of: HOSTILE.into(), field: *field, old: text(), new: text() })
        .collect()
}

fn of_nobody(reader: &Reader) -> Vec<String> {
    let places = ["bella-napoli".to_owned()];
    let id = nil();
    let account = Account::from_input(id, "ada@example.com", HOSTILE, "kitchen", &places).unwrap();
    let form = pages::StaffForm {
        email: HOSTILE.into(),
        name: HOSTILE.into(),
        role: Role::Owner.name().into(),
        restaurants: vec![HOSTILE.into()],
    };
    let restaurants = [pages::StaffRestaurant { id: HOSTILE.into(), name: HOSTILE.into() }];
    let session = |is_here| pages::SessionRow {
        id: HOSTILE.into(),
        browser: Some(HOSTILE.into()),
        address: Some(HOSTILE.into()),
        begun_min: 90,
        seen_min: 0,
        is_here,
    };
    let sessions = [session(true), session(false)];
    let notice = Some(OfficeNotice::Wrong);
    let member = pages::StaffMember { account: &account, places: vec![HOSTILE.into()] };
    let mut all = vec![
        home(reader),
        pages::staff(reader, STAFF, &[member], notice.as_ref()).into_string(),
        pages::staff_member(&pages::StaffPage {
            reader,
            staff: STAFF,
            id: Some(HOSTILE.into()),
            is_own: false,
            is_first_time: false,
            form: &form,
            restaurants: &restaurants,
            sessions: &sessions,
            violations: &wrong(&["email", "name", "role", "restaurants", "password"]),
            notice: notice.clone(),
        })
        .into_string(),
        pages::account(&pages::AccountPage {
            reader,
            staff: STAFF,
            account: Some(&account),
            places: &[HOSTILE.into()],
            sessions: &sessions,
            violations: &wrong(&["old", "password"]),
            notice,
        })
        .into_string(),
        found(reader),
    ];
    let entries: Vec<_> =
        ChangeKind::ALL.iter().map(|what| (HOSTILE.to_owned(), entry(*what))).collect();
    all.push(
        pages::changes(&pages::ChangesPage {
            reader,
            staff: STAFF,
            header: None,
            entries: &entries,
            older: Some("/backoffice/changes?before=1".into()),
            zone: TimeZone::UTC,
            now: sample::now(),
        })
        .into_string(),
    );
    all
}

fn entry(kind: ChangeKind) -> ChangeEntry {
    ChangeEntry {
        id: nil().0,
        at: Timestamp::UNIX_EPOCH,
        by: HOSTILE.into(),
        by_id: None,
        restaurant: None,
        kind,
        subject: HOSTILE.into(),
        differences: differences(),
    }
}

fn home(reader: &Reader) -> String {
    let restaurant = |id: &str, is_open| pages::OfficeRestaurant {
        id: id.parse().unwrap(),
        name: HOSTILE.into(),
        is_open,
        dishes: 3,
        hidden: 1,
        sold_out: 1,
        low: 1,
    };
    pages::office_home(&pages::OfficeHome {
        reader,
        staff: STAFF,
        restaurants: &[restaurant("a", true), restaurant("b", false)],
        is_first_time: true,
        notice: None,
    })
    .into_string()
}

fn found(reader: &Reader) -> String {
    let view = sample::view(sample::order(2, 9, true), domain::status::Status::Ready, None);
    let query = pages::OrdersQuery {
        text: HOSTILE.into(),
        restaurant: HOSTILE.into(),
        status: HOSTILE.into(),
        day: HOSTILE.into(),
    };
    let choice =
        pages::RestaurantChoice { id: "bella-napoli".parse().unwrap(), name: HOSTILE.into() };
    pages::find_orders(&pages::OrderSearchPage {
        reader,
        staff: STAFF,
        query: &query,
        has_wrong_day: true,
        restaurants: &[choice],
        found: &[view],
        older: Some("/backoffice/orders?q=a".into()),
        zone: TimeZone::UTC,
        now: sample::now(),
    })
    .into_string()
}
