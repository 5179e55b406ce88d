//! Fields of the back office's forms. The name of a field is its path in violations.

use domain::violation::Violation;
use maud::{Markup, html};

use crate::{Reader, fields};

/// What all fields of one form share.
#[derive(Clone, Copy)]
pub(super) struct Form<'a> {
    pub(super) reader: &'a Reader,
    pub(super) violations: &'a [Violation],
}

/// A field of one line.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    pub(super) name: &'a str,
    pub(super) label: &'a str,
    pub(super) value: &'a str,
    pub(super) hint: Option<&'a str>,
    /// `text`, `email`, `password`, `time`, `date`; `decimal` and `numeric` are texts with such a
    /// keyboard.
    pub(super) kind: &'a str,
    pub(super) is_required: bool,
    /// True where it is plain enough that it may stay empty.
    pub(super) plain: bool,
}

impl<'a> Line<'a> {
    pub(super) const fn new(name: &'a str, label: &'a str, value: &'a str) -> Self {
        Self { name, label, value, hint: None, kind: "text", is_required: true, plain: false }
    }

    pub(super) const fn hint(self, hint: &'a str) -> Self {
        Self { hint: Some(hint), ..self }
    }

    pub(super) const fn kind(self, kind: &'a str) -> Self {
        Self { kind, ..self }
    }

    pub(super) const fn optional(self) -> Self {
        Self { is_required: false, ..self }
    }

    pub(super) const fn plain(self) -> Self {
        Self { plain: true, ..self }
    }
}

impl Form<'_> {
    fn is_wrong(&self, path: &str) -> bool {
        self.violations.iter().any(|violation| violation.field == path)
    }

    /// What is wrong at a field.
    pub(super) fn errors(&self, label: &str, path: &str) -> Markup {
        fields::errors(self.reader, &format!("{path}-error"), label, path, self.violations)
    }

    /// Label, hint, input and error.
    pub(super) fn line(&self, f: Line<'_>) -> Markup {
        let wrong = self.is_wrong(f.name);
        let (hint_id, error_id) = (format!("{}-hint", f.name), format!("{}-error", f.name));
        let described = [f.hint.map(|_| hint_id.as_str()), wrong.then_some(error_id.as_str())];
        let described: Vec<_> = described.into_iter().flatten().collect();
        let described = described.join(" ");
        let (kind, keys) = match f.kind {
            keys @ ("decimal" | "numeric") => ("text", Some(keys)),
            kind => (kind, None),
        };
        let autocomplete = match f.kind {
            "password" => "new-password",
            _ => "off",
        };
        html! {
            div.field {
                label for=(f.name) {
                    (f.label)
                    @if !f.is_required && !f.plain { " " span.soft { (self.reader.words().shell.optional) } }
                }
                input id=(f.name) name=(f.name) type=(kind) value=(f.value) inputmode=[keys]
                    autocomplete=(autocomplete) maxlength="500" required[f.is_required]
                    aria-invalid=[wrong.then_some("true")]
                    aria-describedby=[(!described.is_empty()).then_some(described)];
                @if let Some(hint) = f.hint { p.hint id=(hint_id) { (hint) } }
                (self.errors(f.label, f.name))
            }
        }
    }

    /// Check boxes of one name, as chips.
    pub(super) fn chips(&self, name: &str, label: &str, all: &[(&str, &str, bool)]) -> Markup {
        html! {
            fieldset.field.chip-field {
                legend { (label) }
                div.chip-boxes {
                    @for (value, text, on) in all {
                        label.chip-box {
                            input type="checkbox" name=(name) value=(value) checked[*on];
                            span { (text) }
                        }
                    }
                }
                (self.errors(label, name))
            }
        }
    }

    /// A choice of one.
    pub(super) fn select(
        &self,
        name: &str,
        label: &str,
        all: &[(&str, &str)],
        now: &str,
    ) -> Markup {
        html! {
            div.field {
                label for=(name) { (label) }
                select id=(name) name=(name) {
                    @for (value, text) in all {
                        option value=(value) selected[*value == now] { (text) }
                    }
                }
                (self.errors(label, name))
            }
        }
    }
}

/// A check box.
pub(super) fn check(name: &str, label: &str, hint: Option<&str>, on: bool) -> Markup {
    html! {
        label.choice {
            input type="checkbox" name=(name) value="on" checked[on];
            span {
                (label)
                @if let Some(hint) = hint { small { (hint) } }
            }
        }
    }
}
