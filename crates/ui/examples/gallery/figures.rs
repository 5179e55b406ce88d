//! Sample figures: nine weeks of a restaurant, the same each time.

use std::sync::LazyLock;

use domain::{
    facts::{
        Fact, FactKind, Projection, Reason, Restock, Scope, Supply,
        board::{Board, FactsQuery, Range, Window},
        calendar::clock_s,
        deltas::OrderFacts,
    },
    ids::ChangeId,
    kitchen::Requester,
    payment::DeclineReason,
    status::Status,
    stock::Change,
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use ui::{
    Markup, Reader, Staff,
    pages::{self, RestaurantChoice},
};

use super::{now, order, town};

const WEEKS: i64 = 9;
/// Orders by hour of the day, in thirds of an order.
const BUSY: [u64; 24] =
    [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 5, 14, 12, 5, 2, 2, 4, 9, 18, 20, 13, 5, 1];

/// Pseudo-random bits (Knuth, MMIX).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) % bound.max(1)
    }
}

fn zone() -> TimeZone {
    town()[0].0.time_zone.zone()
}

/// Some different orders.
static ORDERS: LazyLock<Vec<domain::order::Order>> =
    LazyLock::new(|| (0..12).map(|n| order(n, 0, n.is_multiple_of(3))).collect());

/// The facts of one order.
fn story(dice: &mut Dice, n: u32, placed_at: Timestamp, customer: &str) -> Vec<Fact> {
    let order = {
        let kinds = ORDERS.len();
        let mut parts: domain::order::OrderParts =
            (*ORDERS[usize::try_from(n).unwrap() % kinds]).clone();
        parts.placed_at = placed_at;
        parts.id = uuid(n).parse().unwrap();
        domain::order::Order::try_from(parts).unwrap()
    };
    let mut at = placed_at;
    let mut facts = Vec::new();
    let mut tell = |kind: FactKind, after: u64, reason: Reason| {
        at += SignedDuration::from_millis(i64::try_from(after).unwrap());
        facts.push(Fact::new(&order, kind, at, customer.to_owned()).because(reason));
    };
    tell(Status::Placed.into(), 0, Reason::NONE);
    let declined = Status::Declined.into();
    match dice.below(100) {
        0..=2 => tell(declined, 900, DeclineReason::CardDeclined.into()),
        3 => tell(declined, 700, DeclineReason::InsufficientFunds.into()),
        4 | 5 => tell(declined, 20, DeclineReason::OutOfStock.into()),
        fate => {
            tell(FactKind::CONFIRMED, 600 + dice.below(1_800), Reason::NONE);
            if fate < 9 {
                let by = if fate == 6 { Requester::Timer } else { Requester::Customer };
                tell(Status::Cancelled.into(), 60_000 + dice.below(90_000), by.into());
            } else {
                tell(Status::Accepted.into(), 20_000 + dice.below(160_000), Reason::NONE);
                tell(Status::Ready.into(), 600_000 + dice.below(900_000), Reason::NONE);
                tell(Status::Completed.into(), 200_000 + dice.below(1_200_000), Reason::NONE);
            }
        }
    }
    facts.retain(|fact| fact.at <= now());
    facts
}

fn uuid(n: u32) -> String {
    format!("0199b1b4-0000-7000-8000-{n:012x}")
}

/// All sample facts and their projection.
static HISTORY: LazyLock<(Projection, Vec<Fact>)> = LazyLock::new(|| {
    let (mut dice, zone) = (Dice(7), zone());
    let (mut projection, mut latest, mut n) = (Projection::default(), Vec::new(), 0);
    for hours_ago in (0..WEEKS * 7 * 24).rev() {
        let hour = now() - SignedDuration::from_hours(hours_ago);
        let clock = clock_s(hour, &zone);
        let (of_day, day) = (clock.rem_euclid(86_400) / 3_600, clock.div_euclid(86_400));
        let weekend = if matches!((day + 3).rem_euclid(7), 4..=6) { 5 } else { 3 };
        let busy = BUSY[usize::try_from(of_day).unwrap()] * weekend / 3;
        for _ in 0..(busy + dice.below(3)) * busy.min(1) / 3 {
            let minute = SignedDuration::from_secs(i64::try_from(dice.below(3_500)).unwrap());
            let customer = dice.below(40 + u64::try_from(WEEKS * 7 * 24 - hours_ago).unwrap() / 2);
            n += 1;
            let facts = story(&mut dice, n, hour - minute, &format!("c{customer}"));
            if let Some(order) = OrderFacts::first(&facts) {
                projection.apply([&order]);
            }
            if hours_ago < 12 {
                latest.extend(facts);
            }
        }
    }
    latest.sort_by_key(|fact| std::cmp::Reverse(fact.at));
    (projection, latest)
});

fn stock(board: &mut Board) {
    let supply = |item: &str, name: &str, on_hand, sold_3h, sold_7d| Supply {
        dish: format!("bella-napoli/{item}").parse().unwrap(),
        name: Some(name.parse().unwrap()),
        on_hand,
        at: now(),
        sold_3h,
        sold_7d,
    };
    board.supplies = vec![
        supply("margherita", "Margherita", 84, 41, 420),
        supply("tiramisu", "Tiramisu", 0, 9, 160),
        supply("insalata-mista", "Insalata mista", 11, 12, 133),
        supply("panna-cotta", "Panna cotta", 40, 0, 21),
    ];
    let restock = |n: u32, item: &str, change, hours| Restock {
        id: uuid(n).parse::<ChangeId>().unwrap(),
        dish: format!("bella-napoli/{item}").parse().unwrap(),
        change,
        reason: (n == 1).then(|| "Delivery from the baker".parse().unwrap()),
        at: now() - SignedDuration::from_hours(hours),
    };
    board.restocks = vec![
        restock(1, "tiramisu", Change::Delta(24), 6),
        restock(2, "margherita", Change::Set(120), 9),
        restock(3, "panna-cotta", Change::Delta(-3), 30),
    ];
}

/// The dashboard.
pub(crate) fn analytics_page(
    reader: Reader,
    restaurants: &[RestaurantChoice],
    range: Range,
    empty: bool,
    is_wall: bool,
) -> Markup {
    let zone = zone();
    let window = Window::new(range, now(), &zone);
    let scope = Scope::One("bella-napoli".parse().unwrap());
    let mut board = Board::default();
    if !empty {
        board = HISTORY.0.board(&window.ask(scope.clone(), now(), &zone));
        stock(&mut board);
    }
    pages::analytics(&pages::AnalyticsPage {
        reader,
        restaurants,
        scope,
        window: &window,
        board: &board,
        lag_records: Some(u64::from(empty)),
        now: now(),
        zone,
        is_wall,
        staff: Staff::anybody(true),
    })
}

/// The orders behind a figure.
pub(crate) fn orders_page(reader: Reader, restaurants: &[RestaurantChoice]) -> Markup {
    let ask = FactsQuery {
        scope: Scope::All,
        kind: FactKind::CONFIRMED,
        reason: None,
        span: (now() - SignedDuration::from_hours(12), now()),
        limit: 200,
    };
    let facts: Vec<_> =
        HISTORY.1.iter().filter(|fact| fact.kind == FactKind::CONFIRMED).cloned().collect();
    pages::orders_behind(&pages::OrdersPage {
        reader,
        restaurants,
        ask: &ask,
        facts: &facts,
        now: now(),
        staff: Staff::anybody(true),
    })
}
