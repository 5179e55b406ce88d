//! Changes of stock levels with the level before and after.

use domain::{
    ids::RestaurantId,
    ports::{ChangesQuery, StockNote},
    stock::{Change, Dish},
    text::Note,
};

use super::{
    super::{Arg, Database, Failure, Row, failure::corrupt, rows, stock::dish},
    cursor,
};

/// Changes by people, newest first; first values from menus are left out.
pub(super) async fn notes(
    database: &Database,
    wanted: &ChangesQuery,
    of: Option<&Dish>,
) -> Result<Vec<StockNote>, Failure> {
    let condition = match (of, &wanted.restaurant) {
        (Some(_), _) => "restaurant_id = $1 AND item_id = $5",
        (None, Some(_)) => "restaurant_id = $1 AND $5 IS NULL",
        (None, None) => "$1 IS NULL AND $5 IS NULL",
    };
    // The previous change knows whether the dish was counted before. Orders change levels, too, but
    // they neither start nor stop counting.
    let sql = format!(
        "SELECT h.*, (SELECT p.on_hand FROM stock_history p \
             WHERE p.restaurant_id = h.restaurant_id AND p.item_id = h.item_id \
               AND p.version < h.version ORDER BY p.version DESC LIMIT 1) AS counted_before \
         FROM (SELECT * FROM stock_history \
             WHERE {condition} AND what <> 'first' AND (at_us, change_id) < ($2, $3) \
             ORDER BY at_us DESC, change_id DESC LIMIT $4) h \
         ORDER BY h.at_us DESC, h.change_id DESC"
    );
    let (at, id) = cursor(wanted);
    let restaurant = of.map(|dish| &dish.restaurant_id).or(wanted.restaurant.as_ref());
    let args = [
        Arg::Text(restaurant.map(RestaurantId::as_str)),
        Arg::Number(at),
        Arg::Text(Some(&id)),
        Arg::Number(wanted.limit.into()),
        Arg::Text(of.map(|dish| dish.item_id.as_str())),
    ];
    let found = database.reader().await?.run(&sql, &args).await?;
    found.iter().map(decode_note).collect()
}

fn decode_note(row: &Row) -> Result<StockNote, Failure> {
    let after: Option<i64> = row.get("on_hand")?;
    let added: i64 = row.get("added")?;
    let counted_before: Option<i64> = row.get("counted_before")?;
    let reason: Option<String> = row.get("reason")?;
    Ok(StockNote {
        id: rows::column(row, "change_id")?,
        dish: dish(row)?,
        change: decode_change(row)?,
        before: match (counted_before, after) {
            (Some(_), Some(after)) => Some(after - added),
            // No longer counted: the level before is what the last change left, without what orders
            // have reserved since, which the history does not record.
            (before, None) => before,
            (None, Some(_)) => None,
        },
        after,
        reason: reason.map(|text| rows::parse::<Note>(&text)).transpose()?,
        by: row.get("changed_by")?,
        at: rows::timestamp(row.get("at_us")?)?,
    })
}

fn decode_change(row: &Row) -> Result<Change, Failure> {
    let amount: Option<i64> = row.get("amount")?;
    let what: String = row.get("what")?;
    let pieces = || {
        let amount = amount.ok_or_else(|| corrupt("a change of stock without an amount"))?;
        u32::try_from(amount).map_err(corrupt)
    };
    Ok(match (what.as_str(), amount) {
        ("first", _) => Change::First(pieces()?),
        ("set", _) => Change::Set(pieces()?),
        ("delta", Some(amount)) => Change::Delta(amount),
        ("unlimited", _) => Change::Unlimited,
        (other, _) => return Err(corrupt(format!("{other} is no change of stock"))),
    })
}
