//! Dashboard queries: sums over rows of aggregates, never over facts.

use domain::{
    facts::{
        DishSales, Restock, Supply,
        board::{Board, FiguresQuery, SalesRow},
        calendar::Grain,
        visits::Visit,
    },
    stock::{Change, Dish},
};

use super::{
    Arg, Connection, Database, Failure, Row, for_slot,
    read::{dish, sums},
    rows, slots,
};
use crate::failure::corrupt;

/// Maximum number of stock changes shown.
const RESTOCKS: i64 = 20;

/// The result of a dashboard query, as of one moment.
pub(super) async fn board(database: &Database, ask: &FiguresQuery) -> Result<Board, Failure> {
    let mut tx = database.snapshot().await?;
    let slot = slots::live_slot(tx.connection()).await?;
    let mut reader = Reader { connection: tx.connection(), slot, scope: ask.scope.name() };
    let board = reader.board(ask).await?;
    tx.commit().await?;
    Ok(board)
}

struct Reader<'a> {
    connection: &'a mut Connection,
    slot: String,
    scope: &'a str,
}

impl Reader<'_> {
    async fn board(&mut self, ask: &FiguresQuery) -> Result<Board, Failure> {
        let mut board = Board::default();
        for row in self.rows(SALES, ask.grain, ask.sales).await? {
            board.sales.push(sales(&row)?);
        }
        for row in self.rows(PLACED, ask.coarse, ask.shown).await? {
            board.placed.push(sales(&row)?);
        }
        for row in self.rows(HEAT, Grain::Hour, ask.heat).await? {
            board.heat.insert(row.get("start_s")?, row.get("orders")?);
        }
        for row in self.rows(LEADS, ask.coarse, ask.shown).await? {
            let durations = board.leads.entry(rows::column(&row, "stage")?).or_default();
            durations.add(row.get("bucket")?, row.get("orders")?);
        }
        board.dishes = self.dishes("confirmed", ask.coarse, ask.shown).await?;
        board.dishes_before = self.dishes("confirmed", ask.coarse, ask.before).await?;
        board.ran_out = self.dishes("declined", ask.coarse, ask.shown).await?;
        for row in self.rows(VISITS, Grain::Day, ask.days).await? {
            let visit = Visit { day_s: row.get("day_s")?, before_s: row.get("before_s")? };
            board.visits.insert(visit, row.get("customers")?);
        }
        for row in self.rows(CUSTOMERS, Grain::All, (0, 0)).await? {
            board.customers = (row.get("customers")?, row.get("returning_n")?);
        }
        for row in self.rows(LATEST, Grain::All, (0, 0)).await? {
            let latest: Option<i64> = row.get("latest_us")?;
            board.latest = latest.map(rows::timestamp).transpose()?;
        }
        for row in self.stock(SUPPLIES, &[Arg::Number(ask.pace.0), Arg::Number(ask.pace.1)]).await?
        {
            board.supplies.push(supply(&row)?);
        }
        for row in self.stock(CHANGES, &[Arg::Number(RESTOCKS)]).await? {
            board.restocks.push(restock(&row)?);
        }
        Ok(board)
    }

    /// Runs a statement with `$1` as the scope, `$2` the grain, `$3` and `$4` the start of the
    /// first and after the last bucket. Only the parameters that it contains are bound.
    async fn rows(
        &mut self,
        sql: &str,
        grain: Grain,
        (from, to): (i64, i64),
    ) -> Result<Vec<Row>, Failure> {
        let numbers = [grain.seconds(), from, to];
        let used = numbers.iter().enumerate();
        let used = used.filter(|(n, _)| sql.contains(&format!("${}", n + 2)));
        let mut args = vec![Arg::Text(Some(self.scope))];
        args.extend(used.map(|(_, number)| Arg::Number(*number)));
        self.connection.run(&for_slot(&self.slot, sql), &args).await
    }

    async fn dishes(
        &mut self,
        kind: &str,
        grain: Grain,
        (from, to): (i64, i64),
    ) -> Result<Vec<DishSales>, Failure> {
        let args = [
            Arg::Text(Some(self.scope)),
            Arg::Number(grain.seconds()),
            Arg::Number(from),
            Arg::Number(to),
            Arg::Text(Some(kind)),
        ];
        let found = self.connection.run(&for_slot(&self.slot, DISHES), &args).await?;
        found.iter().map(dish).collect()
    }

    async fn stock(&mut self, sql: &str, more: &[Arg<'_>]) -> Result<Vec<Row>, Failure> {
        let here = if self.scope.is_empty() { "$1 = ''" } else { "l.restaurant_id = $1" };
        let args = [&[Arg::Text(Some(self.scope))], more].concat();
        self.connection.run(&for_slot(&self.slot, &sql.replace("{here}", here)), &args).await
    }
}

fn sales(row: &Row) -> Result<SalesRow, Failure> {
    Ok(SalesRow {
        start_s: row.get("start_s")?,
        kind: rows::column(row, "kind")?,
        reason: rows::column(row, "reason")?,
        currency: rows::column(row, "currency")?,
        sums: sums(row)?,
    })
}

fn the_dish(row: &Row) -> Result<Dish, Failure> {
    Ok(Dish {
        restaurant_id: rows::column(row, "restaurant_id")?,
        item_id: rows::column(row, "item_id")?,
    })
}

fn supply(row: &Row) -> Result<Supply, Failure> {
    let name: Option<String> = row.get("name")?;
    Ok(Supply {
        dish: the_dish(row)?,
        name: name.map(|name| rows::parse(&name)).transpose()?,
        on_hand: u32::try_from(row.get::<i64, _>("on_hand")?).map_err(corrupt)?,
        at: rows::timestamp(row.get("at_us")?)?,
        sold_3h: row.get("sold_3h")?,
        sold_7d: row.get("sold_7d")?,
    })
}

fn restock(row: &Row) -> Result<Restock, Failure> {
    let amount = row.get::<Option<i64>, _>("amount")?.unwrap_or(0);
    let pieces = || u32::try_from(amount).map_err(corrupt);
    let what: String = row.get("what")?;
    let change = match what.as_str() {
        "first" => Change::First(pieces()?),
        "set" => Change::Set(pieces()?),
        "delta" => Change::Delta(amount),
        "unlimited" => Change::Unlimited,
        other => return Err(corrupt(format!("{other:?} is no change of stock"))),
    };
    let reason: Option<String> = row.get("reason")?;
    Ok(Restock {
        id: rows::column(row, "change_id")?,
        dish: the_dish(row)?,
        change,
        reason: reason.map(|reason| rows::parse(&reason)).transpose()?,
        at: rows::timestamp(row.get("at_us")?)?,
    })
}

const SALES: &str =
    "SELECT start_s, kind, reason, currency, orders, amount_minor, pieces, latest_us
    FROM sales_{s}
    WHERE scope = $1 AND basis = 'event' AND grain = $2 AND start_s >= $3 AND start_s < $4
    ORDER BY start_s, kind, reason, currency";
const PLACED: &str = "SELECT CAST(0 AS BIGINT) AS start_s, kind, reason, currency,
      CAST(SUM(orders) AS BIGINT) AS orders, CAST(SUM(amount_minor) AS BIGINT) AS amount_minor,
      CAST(SUM(pieces) AS BIGINT) AS pieces, MAX(latest_us) AS latest_us
    FROM sales_{s}
    WHERE scope = $1 AND basis = 'order' AND grain = $2 AND start_s >= $3 AND start_s < $4
    GROUP BY kind, reason, currency ORDER BY kind, reason, currency";
const HEAT: &str = "SELECT start_s, CAST(SUM(orders) AS BIGINT) AS orders FROM sales_{s}
    WHERE scope = $1 AND basis = 'event' AND grain = $2 AND start_s >= $3 AND start_s < $4
      AND kind = 'confirmed' GROUP BY start_s";
const LEADS: &str = "SELECT stage, bucket, CAST(SUM(orders) AS BIGINT) AS orders
    FROM lead_times_{s} WHERE scope = $1 AND grain = $2 AND start_s >= $3 AND start_s < $4
    GROUP BY stage, bucket";
const DISHES: &str = "SELECT item_id, {latest_name} AS name,
      CAST(SUM(quantity) AS BIGINT) AS quantity,
      CAST(SUM(revenue_minor) AS BIGINT) AS revenue_minor
    FROM dishes_{s}
    WHERE scope = $1 AND kind = $5 AND grain = $2 AND start_s >= $3 AND start_s < $4
    GROUP BY item_id ORDER BY item_id";
const VISITS: &str = "SELECT day_s, before_s, customers FROM visits_{s}
    WHERE scope = $1 AND $2 = 86400 AND day_s >= $3 AND day_s < $4 AND customers <> 0";
const CUSTOMERS: &str = "SELECT customers, returning_n FROM customer_totals_{s} WHERE scope = $1";
const LATEST: &str = "SELECT MAX(latest_us) AS latest_us FROM sales_{s}
    WHERE scope = $1 AND basis = 'event' AND grain = 0";
// The dishes of a restaurant are found by their hours, of seven days at most.
const SUPPLIES: &str = "SELECT l.restaurant_id AS restaurant_id, l.item_id AS item_id,
      l.on_hand AS on_hand, l.at_us AS at_us, d.name AS name,
      COALESCE(d.sold_3h, 0) AS sold_3h, COALESCE(d.sold_7d, 0) AS sold_7d
    FROM levels_{s} l LEFT JOIN (
      SELECT scope, item_id, {latest_name} AS name, CAST(SUM(quantity) AS BIGINT) AS sold_7d,
        CAST(SUM(CASE WHEN start_s >= $2 THEN quantity ELSE 0 END) AS BIGINT) AS sold_3h
      FROM dishes_{s}
      WHERE ($1 = '' OR scope = $1) AND kind = 'confirmed' AND grain = 3600 AND start_s >= $3
      GROUP BY scope, item_id) d ON d.scope = l.restaurant_id AND d.item_id = l.item_id
    WHERE {here} AND l.on_hand IS NOT NULL ORDER BY l.restaurant_id, l.item_id";
const CHANGES: &str = "SELECT l.change_id AS change_id, l.restaurant_id AS restaurant_id,
      l.item_id AS item_id, l.what AS what, l.amount AS amount, l.reason AS reason,
      l.at_us AS at_us
    FROM restocks_{s} l WHERE {here} ORDER BY l.at_us DESC, l.change_id LIMIT $2";
