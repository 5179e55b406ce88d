//! Search for orders. Each way to search has an index that also gives the order of the results.

use std::fmt::Write as _;

use domain::{
    ports::{OrderSearch, OrderSearchQuery, OrderText, OrderView, Unavailable},
    status::Status,
};

use super::{
    Arg, Failure,
    order_view::{VIEW, decode_view},
    orders::SqlOrders,
    rows,
};

/// Greater than any text with the same start.
const END: char = '\u{10FFFF}';

/// Conditions with numbered parameters.
struct Conditions {
    sql: String,
    texts: Vec<(usize, String)>,
    numbers: Vec<(usize, i64)>,
    count: usize,
}

impl Conditions {
    fn new() -> Self {
        let sql = "o.snapshot IS NOT NULL".to_owned();
        Self { sql, texts: Vec::new(), numbers: Vec::new(), count: 0 }
    }

    fn text(&mut self, condition: &str, value: impl Into<String>) {
        self.count += 1;
        let _ = write!(self.sql, " AND {condition} ${}", self.count);
        self.texts.push((self.count, value.into()));
    }

    fn number(&mut self, condition: &str, value: i64) {
        self.count += 1;
        let _ = write!(self.sql, " AND {condition} ${}", self.count);
        self.numbers.push((self.count, value));
    }

    /// Adds the condition that a column starts with a text.
    fn starts_with(&mut self, column: &str, with: &str) {
        self.text(&format!("{column} >="), with);
        self.text(&format!("{column} <"), format!("{with}{END}"));
    }

    fn args(&self) -> Vec<Arg<'_>> {
        let texts = self.texts.iter().map(|(n, text)| (*n, Arg::Text(Some(text))));
        let numbers = self.numbers.iter().map(|(n, number)| (*n, Arg::Number(*number)));
        let mut all: Vec<_> = texts.chain(numbers).collect();
        all.sort_by_key(|(n, _)| *n);
        all.into_iter().map(|(_, arg)| arg).collect()
    }
}

fn conditions(wanted: &OrderSearchQuery) -> Conditions {
    let mut all = Conditions::new();
    match &wanted.text {
        Some(OrderText::Id(id)) => all.text("o.order_id =", id.to_string()),
        Some(OrderText::Number(number)) => all.number("o.number =", number.get().into()),
        Some(OrderText::Email(begin)) => all.starts_with("o.customer_email", begin),
        Some(OrderText::Name(begin)) => all.starts_with("o.customer_name", begin),
        None => {}
    }
    if let Some(restaurant) = &wanted.restaurant {
        // A text matches few orders, a restaurant very many: with a text, `COALESCE` keeps the
        // planner from using the index of the restaurant.
        let column = match wanted.text {
            Some(_) => "COALESCE(o.restaurant_id, '') =",
            None => "o.restaurant_id =",
        };
        all.text(column, restaurant.as_str());
    }
    if let Some(status) = wanted.status {
        all.number("o.rank =", Status::rank(status));
    }
    if let Some(from) = wanted.from {
        all.number("o.placed_at_us >=", rows::micros(from));
    }
    if let Some(to) = wanted.to {
        all.number("o.placed_at_us <", rows::micros(to));
    }
    if let Some((at, id)) = wanted.before {
        let at = rows::micros(at);
        all.number("o.placed_at_us <=", at);
        // Orders placed at the same moment are sorted by id, descending.
        all.count += 2;
        let (a, b) = (all.count - 1, all.count);
        let _ = write!(all.sql, " AND (o.placed_at_us < ${a} OR o.order_id < ${b})");
        all.numbers.push((a, at));
        all.texts.push((b, id.to_string()));
    }
    all
}

impl OrderSearch for SqlOrders {
    async fn find(&self, wanted: &OrderSearchQuery) -> Result<Vec<OrderView>, Unavailable> {
        let mut all = conditions(wanted);
        all.count += 1;
        all.numbers.push((all.count, wanted.limit.into()));
        let sql = format!(
            "{VIEW} WHERE {} ORDER BY o.placed_at_us DESC, o.order_id DESC LIMIT ${}",
            all.sql, all.count
        );
        let found = self.database.reader().await?.run(&sql, &all.args()).await?;
        Ok(found.iter().map(decode_view).collect::<Result<_, Failure>>()?)
    }
}
