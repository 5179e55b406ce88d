//! Form fields with their labels, hints and errors.

use domain::violation::Violation;
use maud::{Markup, html};

/// A single-line text field.
pub(crate) struct Field<'a> {
    /// The name in the form.
    pub(crate) name: &'a str,
    /// The path in violations.
    pub(crate) path: &'a str,
    /// The label.
    pub(crate) label: &'a str,
    /// `text`, `email`, `tel`, `password`.
    pub(crate) kind: &'a str,
    /// What was entered so far.
    pub(crate) value: &'a str,
    /// What browsers may fill in.
    pub(crate) autocomplete: &'a str,
    /// Said under the label.
    pub(crate) hint: Option<&'a str>,
    /// True if it may not be left empty.
    pub(crate) required: bool,
}

/// The messages at one field.
pub(crate) fn messages<'a>(
    violations: &'a [Violation],
    path: &'a str,
) -> impl Iterator<Item = &'a str> {
    violations.iter().filter(move |v| v.field == path).map(|v| v.message.as_str())
}

/// What is wrong with a line of the cart, as the beginning of a sentence.
pub(crate) fn line_message(violation: &Violation) -> String {
    let field = violation.field.rsplit('.').next().unwrap_or_default();
    let message = violation.message.as_str();
    match field {
        "quantity" => format!("The quantity {message}"),
        "note" => format!("The note {message}"),
        _ => message.to_owned(),
    }
}

/// The messages at one field, as a sentence each, or nothing.
pub(crate) fn errors(id: &str, label: &str, path: &str, violations: &[Violation]) -> Markup {
    html! {
        @if messages(violations, path).next().is_some() {
            p.error id=(id) {
                @for message in messages(violations, path) { (label) " " (message) ". " }
            }
        }
    }
}

/// Label, hint, input and error.
pub(crate) fn field(f: &Field<'_>, violations: &[Violation]) -> Markup {
    let wrong = messages(violations, f.path).next().is_some();
    let (hint_id, error_id) = (format!("{}-hint", f.name), format!("{}-error", f.name));
    let described = [f.hint.map(|_| &hint_id), wrong.then_some(&error_id)]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(" ");
    html! {
        div.field {
            label for=(f.name) { (f.label) @if !f.required { span.soft { " (optional)" } } }
            @if let Some(hint) = f.hint { p.hint id=(hint_id) { (hint) } }
            input id=(f.name) name=(f.name) type=(f.kind) value=(f.value) maxlength="300"
                autocomplete=(f.autocomplete) required[f.required]
                aria-invalid=[wrong.then_some("true")]
                aria-describedby=[(!described.is_empty()).then_some(described)];
            (errors(&error_id, f.label, f.path, violations))
        }
    }
}
