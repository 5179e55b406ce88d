//! Every page in the states it can be in, by the rest of the address.

use std::collections::HashMap;

use domain::{
    cart::{CartError, CartLine},
    ids::ItemId,
    kitchen::Requester,
    menu::MenuFilter,
    payment::PaymentState,
    restaurant::Restaurant,
    status::Status,
    text::TextError,
    violation::Violation,
};
use jiff::{SignedDuration, Timestamp};
use ui::{CartView, Reader, Staff, pages};

use crate::sample;

const STAFF: Staff = Staff::anybody(true);

pub(crate) fn home(reader: Reader) -> ui::Markup {
    let town = sample::town();
    let restaurants =
        town.iter().map(|(restaurant, menu)| pages::RestaurantCard { restaurant, menu }).collect();
    pages::home(&pages::HomePage { reader, restaurants, now: sample::now(), staff: STAFF })
}

fn cart_line(id: &str, quantity: u32, options: &[&str], note: Option<&str>) -> CartLine {
    CartLine {
        item_id: id.parse().unwrap(),
        quantity,
        options: options.iter().map(|o| o.parse().unwrap()).collect(),
        note: note.map(|n| n.parse().unwrap()),
    }
}

fn left() -> HashMap<ItemId, u32> {
    let counted =
        [("funghi", 0), ("diavola", 3), ("panna-cotta", 0), ("beef-ramen", 0), ("onion-rings", 0)];
    counted.map(|(id, left)| (id.parse().unwrap(), left)).into()
}

fn lines() -> Vec<CartLine> {
    vec![
        cart_line("margherita", 2, &["large", "extra-cheese"], None),
        cart_line("tagliatelle-al-ragu", 1, &["regular", "fries"], Some("No pepper, please")),
        cart_line("tiramisu", 1, &[], None),
    ]
}

pub(crate) fn menu(reader: Reader, state: &str) -> ui::Markup {
    let town = sample::town();
    let (id, state) = state.split_once('/').unwrap_or((state, ""));
    let (restaurant, menu) = town.iter().find(|t| t.0.id.as_str() == id).unwrap_or(&town[0]);
    let left = left();
    let mut lines = if id == "bella-napoli" && state != "empty" { lines() } else { vec![] };
    if state == "gone" {
        lines.push(cart_line("funghi", 1, &[], None));
        lines.push(cart_line("unicorn", 1, &[], None));
    }
    let refused = (state == "refused").then(|| pages::RefusedLine {
        item_id: "tagliatelle-al-ragu".parse().unwrap(),
        violations: vec![Violation::new(
            "options",
            CartError::Choose { group: "Side".parse().unwrap(), min: 1, max: 1, chosen: 0 },
        )],
    });
    let cart = CartView::new(menu, &left, &lines);
    pages::menu(&pages::MenuPage {
        reader,
        restaurant,
        menu,
        left: &left,
        wanted: MenuFilter {
            words: if state == "search" { "tom".into() } else { String::new() },
            ..MenuFilter::default()
        },
        cart,
        refused,
        now: sample::now(),
    })
}

pub(crate) fn checkout(reader: Reader, state: &str) -> ui::Markup {
    let town = sample::town();
    let (restaurant, menu) = if state == "pickup-only" { &town[2] } else { &town[0] };
    let lines = match state {
        "empty" => vec![],
        "pickup-only" => vec![cart_line("smash-burger", 1, &["regular", "fries"], None)],
        _ => lines(),
    };
    let mut page = pages::CheckoutPage {
        reader,
        restaurant,
        open: state != "closed",
        cart: CartView::new(menu, &HashMap::new(), &lines),
        delivery_tax: None,
        pickup_tax: None,
        key: "k-1",
        entered: pages::Entered::default(),
        violations: vec![],
        notice: None,
        card: (state == "card").then_some(pages::CardSetup {
            publishable_key: "pk_test_gallery",
            script: "https://js.stripe.com/basil/stripe.js",
            capture: "automatic",
            script_amount: |money| Some(money.minor),
        }),
        test_gateway: state != "real",
        replaces: None,
    };
    if state == "errors" {
        page.entered.name = "Ada \"Countess\" <Lovelace>".into();
        page.entered.email = "ada@".into();
        page.entered.payment_method = "pm_card_chargeDeclined".into();
        page.violations = vec![
            Violation::new("customer.email", TextError::Email),
            Violation::new("fulfilment.address", TextError::Empty),
            Violation::new("lines[1].quantity", CartError::Quantity),
        ];
    }
    if state == "busy" {
        page.notice = Some(pages::CheckoutNotice::Unreachable);
    }
    pages::checkout(&page)
}

pub(crate) fn order(reader: Reader, state: &str) -> ui::Markup {
    // A status, and after it a notice, or who cancelled.
    let (state, detail) = state.split_once('/').unwrap_or((state, ""));
    let status: Status = state.parse().unwrap_or(Status::Placed);
    let reason = match (status, detail) {
        (Status::Declined, _) => Some("card_declined"),
        (Status::Cancelled, "customer") => Requester::Customer.usual_reason(),
        (Status::Cancelled, "timer") => Requester::Timer.usual_reason(),
        (Status::Cancelled, _) => Some("We have run out of a dish"),
        _ => None,
    };
    let mut view = sample::view(sample::order(2, 9, state != "ready"), status, reason);
    if state == "unknown" {
        view.order = None;
        view.history.clear();
    }
    if status == Status::Cancelled {
        view.payment = Some(sample::payment(&view, PaymentState::RefundPending));
    }
    pages::order(&pages::OrderPage {
        reader,
        hops: &sample::hops(&view),
        view: &view,
        restaurant: None,
        now: sample::now(),
        retry: "/checkout/retry".into(),
        again: "/checkout/again".into(),
        authenticate_until: (detail == "authenticate")
            .then(|| sample::now() + jiff::SignedDuration::from_mins(9)),
        notice: detail.parse().ok(),
        refunds: &[],
        may_refund: false,
    })
}

fn choices() -> Vec<pages::RestaurantChoice> {
    let choice = |r: Restaurant| pages::RestaurantChoice { id: r.id, name: r.name.to_string() };
    sample::town().into_iter().map(|(restaurant, _)| choice(restaurant)).collect()
}

pub(crate) fn kitchen(reader: Reader, state: &str) -> ui::Markup {
    use Status::{Accepted, Confirmed, OutForDelivery, Preparing, Ready};
    let town = sample::town();
    let board = [
        (Confirmed, 2),
        (Confirmed, 1),
        (Confirmed, 0),
        (Preparing, 26),
        (Preparing, 14),
        (Accepted, 6),
        (Ready, 31),
        (OutForDelivery, 48),
    ];
    let rows: Vec<_> = board
        .iter()
        .enumerate()
        .map(|(n, (status, ago))| {
            let n = u32::try_from(n).unwrap_or(0);
            sample::view(sample::order(n + 2, *ago, n % 3 != 0), *status, None)
        })
        .collect();
    let past: Vec<_> = (9..13)
        .map(|n| {
            sample::view(sample::order(n, 60 + i64::from(n), n % 2 == 0), Status::Completed, None)
        })
        .collect();
    let dish = |item: &str| format!("bella-napoli/{item}").parse().unwrap();
    let left = [("tiramisu", 0), ("panna-cotta", 0), ("funghi", 3)];
    let left = left.map(|(item, n)| (item.parse().unwrap(), n)).into();
    let (restaurant, menu) = &town[0];
    pages::kitchen(&pages::KitchenPage {
        reader,
        restaurants: &choices(),
        selected: Some("bella-napoli".parse().unwrap()),
        open_orders: if state == "empty" { &[] } else { &rows },
        handed_over: if state == "empty" { &[] } else { &past },
        pantries: vec![pages::Pantry { restaurant, menu, left }],
        now: sample::now(),
        notice: match state {
            "notice" => Some(pages::KitchenNotice::Faster(Status::Accepted)),
            "sold-out" => Some(pages::KitchenNotice::SoldOut(dish("tiramisu"), None)),
            _ => None,
        },
        staff: STAFF,
    })
}

/// `empty`, or a range, and after it `wall`.
pub(crate) fn analytics(reader: Reader, state: &str) -> ui::Markup {
    let (state, show) = state.split_once('/').unwrap_or((state, ""));
    if state == "orders" {
        return sample::orders_page(reader, &choices());
    }
    let range = state.parse().unwrap_or(domain::facts::board::Range::Day);
    sample::analytics_page(reader, &choices(), range, state == "empty", show == "wall")
}

pub(crate) fn mailbox(reader: Reader, state: &str) -> ui::Markup {
    let time_zone = "Europe/Rome".parse().unwrap();
    let received_at: Timestamp = sample::now() - SignedDuration::from_mins(4);
    if state == "1" {
        return pages::mail(&pages::MailPage {
            reader,
            id: "1".into(),
            from: "Comanda <orders@comanda.example>".into(),
            to: "Ada <ada@example.com>".into(),
            subject: "Your receipt from Bella Napoli: €24.50".into(),
            received_at,
            time_zone,
            text: "Thank you, Ada!\n\n2 x Margherita (Extra cheese)   €22.00\n".into(),
            has_html: true,
            staff: STAFF,
        });
    }
    let row = |n: i64| pages::MailRow {
        id: n.to_string(),
        to: "Ada <ada@example.com>".into(),
        subject: if n % 3 == 2 {
            "Your card was declined: no money was taken".into()
        } else {
            "Your receipt from Bella Napoli: €24.50".into()
        },
        received_at: received_at - SignedDuration::from_hours(n * 5),
    };
    pages::mailbox(&pages::MailboxPage {
        reader,
        mails: if state == "empty" { vec![] } else { (1..8).map(row).collect() },
        now: sample::now(),
        time_zone,
        staff: STAFF,
    })
}

pub(crate) fn problem(reader: Reader, _state: &str) -> ui::Markup {
    pages::problem(&pages::ProblemPage { reader, status: 404, kind: pages::ProblemKind::NotFound })
}
