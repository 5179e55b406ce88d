//! What every page must hold: hostile text stays text, no inline code, and the parts that matter.

#[path = "../examples/gallery/sample.rs"]
#[allow(dead_code, reason = "the gallery uses all of it, these tests a part")]
mod sample;

use std::collections::HashSet;

use domain::{
    cart::CartLine,
    ids::ItemId,
    menu::Menu,
    payment::{DeclineReason, Payment, PaymentState},
    status::Status,
    violation::Violation,
};
use ui::{CartView, Staff, pages};

const STAFF: Staff = Staff { mailbox: true };
const HOSTILE: &str = "<script>alert('x')</script>\" onload=\"y";

fn cart_line(id: &str, options: &[&str]) -> CartLine {
    CartLine {
        item_id: id.parse().unwrap(),
        quantity: 2,
        options: options.iter().map(|o| o.parse().unwrap()).collect(),
        note: Some(HOSTILE.parse().unwrap()),
    }
}

fn menu_of(menu: &Menu, sold_out: &HashSet<ItemId>, lines: &[CartLine]) -> String {
    let mut restaurant = sample::town().remove(0).0;
    restaurant.name = HOSTILE.parse().unwrap();
    let cart = CartView::new(menu, sold_out, lines);
    let refused = None;
    let page = pages::MenuPage { restaurant: &restaurant, menu, sold_out, cart, refused };
    pages::menu(&page).into_string()
}

fn hostile_menu() -> Menu {
    let row = format!("# {HOSTILE}\n{HOSTILE} | 950 | gluten | e | {HOSTILE}");
    sample::menu(&row)
}

fn checkout_of(change: impl FnOnce(&mut pages::CheckoutPage<'_>)) -> String {
    let (restaurant, menu) = sample::town().remove(0);
    let lines = [cart_line("margherita", &["regular"])];
    let mut page = pages::CheckoutPage {
        restaurant: &restaurant,
        cart: CartView::new(&menu, &HashSet::new(), &lines),
        key: "key-1",
        entered: pages::Entered::default(),
        violations: vec![],
        notice: None,
        test_gateway: true,
        replaces: None,
    };
    change(&mut page);
    pages::checkout(&page).into_string()
}

fn order_of(status: Status, reason: Option<&str>, payment: Option<PaymentState>) -> String {
    let mut view = sample::view(sample::order(2, 9, true), status, reason);
    view.payment = payment.map(|state| Payment {
        order_id: view.order_id,
        amount: view.order.as_ref().unwrap().total(),
        state,
        intent: None,
        attempts: 1,
        placed_at: sample::now(),
        decided_at: None,
        reason: None,
    });
    let retry = "/checkout?restaurant=bella-napoli".to_owned();
    let page = pages::OrderPage { view: &view, restaurant: None, now: sample::now(), retry };
    pages::order(&page).into_string()
}

fn kitchen_of(status: Status, minutes_ago: i64) -> String {
    let (_, menu) = sample::town().remove(0);
    let view = sample::view(sample::order(2, minutes_ago, true), status, None);
    pages::kitchen(&pages::KitchenPage {
        restaurants: &[pages::RestaurantChoice {
            id: "bella-napoli".parse().unwrap(),
            name: HOSTILE.into(),
        }],
        selected: Some("bella-napoli".parse().unwrap()),
        tickets: vec![pages::Ticket { view: &view, menu: Some(&menu) }],
        now: sample::now(),
        notice: Some(HOSTILE.into()),
        staff: STAFF,
    })
    .into_string()
}

fn every_page() -> Vec<String> {
    let town = sample::town();
    let restaurants =
        town.iter().map(|(restaurant, menu)| pages::RestaurantCard { restaurant, menu }).collect();
    let time_zone = "Europe/Rome".parse().unwrap();
    let received_at = sample::now();
    let mut all = vec![
        pages::home(&pages::HomePage { restaurants, staff: STAFF }).into_string(),
        menu_of(&hostile_menu(), &HashSet::new(), &[]),
        menu_of(&town[0].1, &HashSet::new(), &[cart_line("margherita", &["large"])]),
        checkout_of(|page| {
            page.entered.name = HOSTILE.into();
            page.violations = vec![Violation::new("customer.name", HOSTILE)];
            page.notice = Some(HOSTILE.into());
        }),
        kitchen_of(Status::Confirmed, 1),
        pages::mail(&pages::MailPage {
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
        pages::sign_in(&pages::SignInPage { error: Some(HOSTILE.into()), next: HOSTILE.into() })
            .into_string(),
        pages::problem(&pages::ProblemPage {
            status: 404,
            title: HOSTILE.into(),
            detail: HOSTILE.into(),
            what_to_do: HOSTILE.into(),
            link: ("/".into(), HOSTILE.into()),
        })
        .into_string(),
        pages::analytics(&pages::AnalyticsPage {
            restaurants: &[],
            selected: None,
            summary: &sample::summary(),
            lag_records: Some(1),
            now: sample::now(),
            time_zone: "Europe/Rome".parse().unwrap(),
            staff: STAFF,
        })
        .into_string(),
    ];
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
fn every_page_has_a_title_landmarks_and_unique_ids() {
    for page in every_page() {
        for part in ["<title>", "lang=\"en\"", "href=\"#main\"", "<main id=\"main\"", "<header"] {
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

#[test]
fn a_sold_out_dish_is_shown_with_the_reason_and_cannot_be_opened() {
    let (_, menu) = sample::town().remove(0);
    let sold_out = HashSet::from(["funghi".parse().unwrap()]);
    let page = menu_of(&menu, &sold_out, &[cart_line("funghi", &[])]);
    assert!(page.contains("Sold out today") && page.contains("Funghi"));
    assert!(!page.contains("popovertarget=\"i-funghi\""));
    assert!(page.contains("please remove it"));
}

#[test]
fn cart_rows_keep_the_index_of_their_line() {
    let (_, menu) = sample::town().remove(0);
    let lines = [cart_line("unicorn", &[]), cart_line("tiramisu", &[])];
    let cart = CartView::new(&menu, &HashSet::new(), &lines);
    assert_eq!(cart.rows.len(), 2);
    assert!(cart.rows[0].line.is_none() && cart.rows[0].problem.is_some());
    assert_eq!(cart.rows[1].label, "Tiramisu");
    assert_eq!(cart.subtotal_minor(), 1300);
    assert!(!cart.is_orderable());
}

#[test]
fn checkout_tells_errors_at_the_field_and_keeps_what_was_typed() {
    let page = checkout_of(|page| {
        page.entered.email = "ada@".into();
        page.violations = vec![
            Violation::new("customer.email", "must be an e-mail address"),
            Violation::new("lines[0].quantity", "must be 1 to 99"),
        ];
    });
    assert!(page.contains("id=\"email-error\">E-mail must be an e-mail address."));
    assert!(page.contains("aria-describedby=\"email-hint email-error\""));
    assert!(page.contains("value=\"ada@\""));
    assert!(page.contains("The quantity must be 1 to 99."));
    assert!(page.contains("2 things need"));
    assert!(page.contains("name=\"key\" value=\"key-1\""));
}

#[test]
fn the_button_says_the_sum_of_every_choice() {
    // Two large margheritas are 25.00; delivery is 2.50; ten percent of tip are 2.50.
    let page = checkout_of(|page| {
        let line = cart_line("margherita", &["large"]);
        let menu = sample::town().remove(0).1;
        page.cart = CartView::new(&menu, &HashSet::new(), &[line]);
    });
    assert!(page.contains("sum-p0\">Pay €25.00<"), "{page}");
    assert!(page.contains("sum-d0\">Pay €27.50<"));
    assert!(page.contains("sum-d2\">Pay €30.00<"));
    assert!(!checkout_of(|page| page.test_gateway = false).contains("Test card"));
}

#[test]
fn an_order_tells_its_story() {
    assert!(
        order_of(Status::Preparing, None, None).contains("is preparing your order, ready about")
    );
    let declined = order_of(Status::Declined, Some(DeclineReason::OutOfStock.name()), None);
    assert!(declined.contains("A dish ran out") && declined.contains("No money was taken"));
    assert!(declined.contains("Change the order"));
    assert!(!declined.contains("data-live="), "nothing follows a final status");
    let cancelled = order_of(Status::Cancelled, None, Some(PaymentState::RefundPending));
    assert!(cancelled.contains("on its way back"));
    assert!(order_of(Status::Placed, None, None).contains("/events\""));
}

#[test]
fn a_ticket_has_one_action_and_says_how_late_it_is() {
    let fresh = kitchen_of(Status::Confirmed, 1);
    assert!(fresh.contains("/accept\"") && fresh.contains("name=\"minutes\""));
    assert!(fresh.contains("data-ticket") && fresh.contains("slip ticket fine"));
    let late = kitchen_of(Status::Preparing, 40);
    assert!(late.contains("/ready\"") && late.contains("slip ticket late"));
    assert!(late.contains("min late") && !late.contains("data-ticket"));
    assert!(late.contains("ALLERGIC TO NUTS") && late.contains("Contains mustard"));
    assert_eq!(late.matches("type=\"submit\"").count(), 3, "sign out, picker and the action");
}

#[test]
fn a_menu_of_fifty_dishes_stays_small() {
    let all = [sample::NAPOLI, sample::GARDEN, sample::CORNER].concat();
    // Categories of several kitchens share names: number them to keep ids unique.
    let mut n = 0;
    let text: String = all
        .lines()
        .map(|line| {
            n += 1;
            match line.strip_prefix("# ") {
                Some(name) => format!("# {name} {n}\n"),
                None => format!("{line}\n"),
            }
        })
        .collect();
    let extra = "# More\nCarbonara | 900 | eggs | e | x\nTonno | 900 | fish | e | x\n\
        Ramen shoyu | 900 | soy | e | x\nPoke | 900 | soy | e | x\nPho | 900 | soy | e | x\n";
    let menu = sample::menu(&(text + extra));
    assert!(menu.categories().iter().map(|c| c.items.len()).sum::<usize>() >= 50);
    let page = menu_of(&menu, &HashSet::new(), &[cart_line("margherita", &["large"])]);
    let compressed = compressed(&page);
    assert!(compressed < 30_000, "{compressed} bytes compressed, {} plain", page.len());
}

fn compressed(page: &str) -> usize {
    use std::io::Write;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(page.as_bytes()).unwrap();
    gzip.finish().unwrap().len()
}
