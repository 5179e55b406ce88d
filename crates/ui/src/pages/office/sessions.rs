//! The list of sessions, on the page of an account and on the user's own page.

use maud::{Markup, html};

use crate::{Reader, when};

/// A session in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRow {
    /// Its key in forms.
    pub id: String,
    /// The browser, if known.
    pub browser: Option<String>,
    /// The client's address.
    pub address: Option<String>,
    /// How long ago they signed in, in minutes.
    pub begun_min: i64,
    /// How long ago they were last seen, in minutes.
    pub seen_min: i64,
    /// True if it is the reader's own.
    pub is_here: bool,
}

/// The list, with a form to the address `to` that ends one session, or all others.
pub(super) fn sessions(reader: &Reader, rows: &[SessionRow], to: &str, title: &str) -> Markup {
    let words = &reader.words().office;
    let others = rows.iter().filter(|row| !row.is_here).count();
    html! {
        section.panel.office-form.sessions {
            h2 { (title) }
            @if rows.is_empty() { p.soft { (words.no_sessions) } }
            @else {
                form method="post" action=(to) {
                    ul { @for row in rows { (one(reader, row)) } }
                    @if others > 1 || (others == 1 && rows.len() > 1) {
                        button.second type="submit" name="do" value="others" {
                            @if rows.len() > others { (words.end_other_sessions) }
                            @else { (words.end_all_sessions) }
                        }
                    }
                }
            }
        }
    }
}

fn one(reader: &Reader, row: &SessionRow) -> Markup {
    let words = &reader.words().office;
    let ago = |minutes| match minutes {
        ..1 => when::age(reader, minutes),
        _ => (words.ago)(&when::age(reader, minutes)),
    };
    let name = row.browser.as_deref().unwrap_or(words.unknown_browser);
    html! {
        li {
            div {
                strong { (name) }
                @if row.is_here { " " span.badge { (words.this_session) } }
                @if let Some(address) = &row.address { " " span.soft { (address) } }
                p.soft { ((words.session_times)(&ago(row.begun_min), &ago(row.seen_min))) }
            }
            @if !row.is_here {
                button.quiet type="submit" name="do" value={ "end:" (row.id) }
                    aria-label={ (words.end_session) ": " (name) } { (words.end_session) }
            }
        }
    }
}
