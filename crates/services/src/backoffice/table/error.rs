//! Error messages of a table, by line and column.

use domain::violation::Violation;

/// Path of a category, dish, group or option in the event, and its line in the table.
pub(super) type Origin = (String, u64);

/// The error message for a violation.
pub(super) fn describe_violation(violation: &Violation, origins: &[Origin]) -> String {
    // The longest path that is a prefix of the field belongs to the thing itself.
    let within = origins.iter().filter(|(path, _)| violation.field.starts_with(path));
    let line = within.max_by_key(|(path, _)| path.len()).map_or(1, |(_, line)| *line);
    format!("Line {line}, column {}: {}.", column_of(&violation.field), violation.kind)
}

/// The column of a field of the event.
fn column_of(path: &str) -> String {
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
