//! Reservations of counted dishes by orders, written in the transaction that changes the payment
//! row, so that the two always agree.
//!
//! Callers hold the locks of the payment rows. Reservations are locked next, then levels, each in
//! the order of keys; [`super`] explains why.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    ids::OrderId,
    order::Order,
    payment_method::MethodKind,
    stock::{Dish, Reservation, allocate, needs},
};
use jiff::Timestamp;

use super::{
    Batch, Connection, Failure, rows,
    stock::{dish, lock_levels},
};

/// Reserves pieces for orders without a reservation, in the given order. Returns the orders that do
/// not fit, which reserve nothing, and whether any level changed.
pub(super) async fn reserve(
    connection: &mut Connection,
    orders: &[(&Order, Timestamp)],
) -> Result<(BTreeSet<OrderId>, bool), Failure> {
    let needs: Vec<_> = orders.iter().map(|(order, _)| needs(order)).collect();
    let dishes: BTreeSet<Dish> = needs.iter().flat_map(|needs| needs.keys().cloned()).collect();
    if dishes.is_empty() {
        return Ok((BTreeSet::new(), false));
    }
    let levels = lock_levels(connection, &dishes).await?;
    let counted = |(dish, level): (Dish, domain::stock::Level)| Some((dish, level.on_hand()?));
    let mut left: BTreeMap<_, _> = levels.into_iter().filter_map(counted).collect();
    let got = allocate(&mut left, &needs);
    let mut taken = BTreeMap::new();
    let mut shifts = LevelChanges::default();
    let mut short = BTreeSet::new();
    for ((order, at), got) in orders.iter().zip(got) {
        let Some(pieces) = got else {
            short.insert(order.id);
            continue;
        };
        for (dish, pieces) in pieces {
            shifts.add(&dish, -i64::from(pieces), *at);
            taken.insert((order.id, dish), (pieces, first_state(order)));
        }
    }
    let taken: Vec<_> = taken.into_iter().collect();
    insert_reservations(connection, &taken).await?;
    let moved = shifts.apply(connection).await?;
    Ok((short, moved))
}

/// The state of a new reservation: an order in cash waits for no payment.
fn first_state(order: &Order) -> Reservation {
    match order.payment_method.kind() {
        MethodKind::Card => Reservation::Reserved,
        MethodKind::Cash => Reservation::Sold,
    }
}

type Taken = ((OrderId, Dish), (u32, Reservation));

async fn insert_reservations(connection: &mut Connection, taken: &[Taken]) -> Result<(), Failure> {
    if taken.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO reservations (order_id, restaurant_id, item_id, quantity, state)
        SELECT r.order_id, r.restaurant_id, r.item_id, r.quantity, r.state
        FROM {rows} WHERE true";
    let batch = Batch::of(taken)
        .text("order_id", |((order, _), _)| order.to_string())
        .text("restaurant_id", |((_, dish), _)| dish.restaurant_id.to_string())
        .text("item_id", |((_, dish), _)| dish.item_id.to_string())
        .number("quantity", |(_, (pieces, _))| i64::from(*pieces))
        .text("state", |(_, (_, state))| state.name().to_owned());
    connection.bulk(sql, batch).await.map(drop)
}

/// Updates reservations to the state of their payments: reserved pieces become sold or released,
/// sold ones may become released. Repetitions change nothing. Returns whether any level changed.
pub(super) async fn follow_payments(
    connection: &mut Connection,
    orders: BTreeMap<OrderId, (Reservation, Timestamp)>,
) -> Result<bool, Failure> {
    let decided = |next: &Reservation| *next != Reservation::Reserved;
    let next: Vec<_> = orders.iter().filter(|(_, (next, _))| decided(next)).collect();
    if next.is_empty() {
        return Ok(false);
    }
    let sql = "WITH p AS (
            SELECT reservations.order_id AS oid, reservations.restaurant_id AS rid,
                   reservations.item_id AS iid, r.next FROM {rows}
            JOIN reservations ON reservations.order_id = r.order_id
            WHERE reservations.state = 'reserved'
               OR (reservations.state = 'sold' AND r.next = 'released')
            ORDER BY reservations.order_id, reservations.restaurant_id, reservations.item_id
            {for_update})
        UPDATE reservations SET state = p.next FROM p
        WHERE reservations.order_id = p.oid AND reservations.restaurant_id = p.rid
          AND reservations.item_id = p.iid
        RETURNING reservations.order_id AS order_id, restaurant_id, item_id, quantity, state";
    let batch = Batch::of(&next)
        .text("order_id", |(order, _)| order.to_string())
        .text("next", |(_, (next, _))| next.name().to_owned());
    let found = connection.bulk(sql, batch).await?;
    let mut moves = LevelChanges::default();
    for row in &found {
        let order: OrderId = rows::column(row, "order_id")?;
        let state: Reservation = rows::column(row, "state")?;
        if let (Reservation::Released, Some((_, at))) = (state, orders.get(&order)) {
            moves.add(&dish(row)?, row.get("quantity")?, *at);
        }
    }
    moves.apply(connection).await
}

/// Changes of levels by orders.
#[derive(Default)]
struct LevelChanges(BTreeMap<Dish, (i64, Timestamp)>);

impl LevelChanges {
    fn add(&mut self, dish: &Dish, pieces: i64, at: Timestamp) {
        let (sum, last) = self.0.entry(dish.clone()).or_insert((0, at));
        *sum += pieces;
        *last = at.max(*last);
    }

    /// Adds to the current levels; returns whether there was anything to add. A dish that is not
    /// counted at the moment stays so, and its sum is maintained.
    async fn apply(self, connection: &mut Connection) -> Result<bool, Failure> {
        if self.0.is_empty() {
            return Ok(false);
        }
        let sql = "WITH s AS (
                SELECT stock.restaurant_id AS rid, stock.item_id AS iid, r.pieces, r.moved_us
                FROM {rows} JOIN stock
                  ON stock.restaurant_id = r.restaurant_id AND stock.item_id = r.item_id
                ORDER BY stock.restaurant_id, stock.item_id {for_update})
            UPDATE stock SET counted = stock.counted + s.pieces,
              on_hand = stock.on_hand + s.pieces, version = stock.version + 1, at_us = s.moved_us
            FROM s WHERE stock.restaurant_id = s.rid AND stock.item_id = s.iid";
        let moves: Vec<_> = self.0.into_iter().collect();
        let batch = Batch::of(&moves)
            .text("restaurant_id", |(dish, _)| dish.restaurant_id.to_string())
            .text("item_id", |(dish, _)| dish.item_id.to_string())
            .number("pieces", |(_, (pieces, _))| *pieces)
            .number("moved_us", |(_, (_, at))| rows::micros(*at));
        connection.bulk(sql, batch).await?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use domain::{
        fixtures,
        ids::ChangeId,
        ports::{PaymentBook, StockBook},
        stock::{Change, StockChange},
    };
    use uuid::Uuid;

    use super::*;
    use crate::{Database, SqlPayments};

    #[tokio::test]
    async fn the_pieces_of_a_cancelled_order_are_released_once() {
        let folder = tempfile::tempdir().unwrap();
        let address = format!("sqlite:{}", folder.path().join("comanda.db").display());
        let database = Database::open(&address).await.unwrap();
        let (book, at) = (SqlPayments::new(&database), Timestamp::UNIX_EPOCH);
        let dish: Dish = "bella-napoli/margherita".parse().unwrap();
        let (id, by) = (ChangeId(Uuid::from_u128(1)), "staff".parse().unwrap());
        let change = Change::Set(5);
        let set = StockChange { id, dish: dish.clone(), change, reason: None, by, at };
        book.apply_changes(vec![set], at).await.unwrap();
        let orders = [fixtures::order(1), fixtures::order(2)];
        for order in &orders {
            book.begin(order, at).await.unwrap();
        }
        let level =
            async || book.read_levels(std::slice::from_ref(&dish)).await.unwrap()[0].clone();
        assert_eq!(level().await.on_hand, Some(1));
        let sold = BTreeMap::from([(orders[0].id, (Reservation::Sold, at))]);
        // One is sold, one still reserved, and the third reserved nothing.
        let ids = [orders[0].id, orders[1].id, fixtures::order(3).id];
        let given_back: BTreeMap<_, _> =
            ids.into_iter().map(|id| (id, (Reservation::Released, at))).collect();
        for (round, moves) in [true, false, false].into_iter().enumerate() {
            let mut tx = database.begin().await.unwrap();
            follow_payments(tx.connection(), sold.clone()).await.unwrap();
            let moved = follow_payments(tx.connection(), given_back.clone()).await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!(moved, moves, "{round}");
            let now = level().await;
            assert_eq!((now.on_hand, now.version), (Some(5), 4), "{round}");
        }
    }
}
