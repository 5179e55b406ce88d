//! What is wrong with a table, by line and column.

use domain::violation::Violation;

/// Where a heading, dish, question or choice came from: its path in the event, and its line.
pub(super) type Origin = (String, u64);

/// A sentence about what a menu does not allow.
pub(super) fn sentence(violation: &Violation, origins: &[Origin]) -> String {
    // The longest path that it begins with is the thing itself.
    let within = origins.iter().filter(|(path, _)| violation.field.starts_with(path));
    let line = within.max_by_key(|(path, _)| path.len()).map_or(1, |(_, line)| *line);
    format!("Line {line}, column {}: {}.", column(&violation.field), violation.wrong)
}

/// The column of a field of the event.
fn column(path: &str) -> String {
    let field = path.rsplit(['.', ']']).next().unwrap_or_default();
    let thing = match () {
        () if path.contains(".options[") => "choice",
        () if path.contains(".option_groups[") => "group",
        () if path.contains(".items[") => "dish",
        () => "category",
    };
    match (thing, field) {
        (thing, "id") => format!("{thing}_id"),
        (thing, "name") => thing.to_owned(),
        ("choice", "price_minor") => "choice_price".to_owned(),
        (_, "price_minor") => "price".to_owned(),
        ("choice", "") => "choice_allergens".to_owned(),
        ("dish", "") if path.contains("dietary") => "dietary".to_owned(),
        ("dish", "") => "allergens".to_owned(),
        (_, other) => other.to_owned(),
    }
}
