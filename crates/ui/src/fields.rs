//! Form fields with their labels, hints and errors.

use domain::violation::Violation;
use maud::{Markup, html};

use crate::Reader;

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
    /// The entered value.
    pub(crate) value: &'a str,
    /// The `autocomplete` attribute.
    pub(crate) autocomplete: &'a str,
    /// The hint under the label.
    pub(crate) hint: Option<&'a str>,
    /// True if it must be filled in.
    pub(crate) is_required: bool,
}

/// The violation at one field.
fn at<'a>(violations: &'a [Violation], path: &'a str) -> impl Iterator<Item = &'a Violation> {
    violations.iter().filter(move |v| v.field == path)
}

/// What is wrong with a line of the cart, as a sentence without a final stop.
pub(crate) fn line_message(reader: &Reader, violation: &Violation) -> String {
    let words = &reader.words().forms;
    let label = match violation.field.rsplit('.').next().unwrap_or_default() {
        "quantity" => words.quantity,
        "note" => words.note,
        _ => "",
    };
    (words.wrong)(label, &violation.kind)
}

/// The messages at one field, as a sentence each, or nothing.
pub(crate) fn errors(
    reader: &Reader,
    id: &str,
    label: &str,
    path: &str,
    violations: &[Violation],
) -> Markup {
    let wrong = reader.words().forms.wrong;
    html! {
        @if at(violations, path).next().is_some() {
            p.error id=(id) {
                @for violation in at(violations, path) { (wrong(label, &violation.kind)) ". " }
            }
        }
    }
}

/// Label, hint, input and error.
pub(crate) fn field(reader: &Reader, f: &Field<'_>, violations: &[Violation]) -> Markup {
    let wrong = at(violations, f.path).next().is_some();
    let (hint_id, error_id) = (format!("{}-hint", f.name), format!("{}-error", f.name));
    let described = [f.hint.map(|_| &hint_id), wrong.then_some(&error_id)]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(" ");
    // Moves the focus to the first error, for screen readers.
    let first = violations.first().is_some_and(|violation| violation.field == f.path);
    let optional = reader.words().shell.optional;
    html! {
        div.field {
            label for=(f.name) { (f.label) @if !f.is_required { " " span.soft { (optional) } } }
            @if let Some(hint) = f.hint { p.hint id=(hint_id) { (hint) } }
            input id=(f.name) name=(f.name) type=(f.kind) value=(f.value) maxlength="300"
                autocomplete=(f.autocomplete) required[f.is_required] autofocus[first]
                aria-invalid=[wrong.then_some("true")]
                aria-describedby=[(!described.is_empty()).then_some(described)];
            (errors(reader, &error_id, f.label, f.path, violations))
        }
    }
}
