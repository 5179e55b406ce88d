//! The page of a problem: what happened, and what to do next.

use domain::violation::Violation;
use maud::{Markup, html};

use crate::{
    Reader, fields,
    layout::{Area, document},
    words::ProblemWords,
};

/// The kind of a problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// Nothing exists at the address, or nothing that this reader may see.
    NotFound,
    /// Too many requests from one address.
    TooMany {
        /// Seconds until the next request is accepted.
        again_after_s: u32,
    },
    /// Too many tries to sign in.
    TooManyTries {
        /// Seconds until the next try.
        again_after_s: u32,
    },
    /// A dependency does not respond.
    Unavailable,
    /// The request came from another site.
    CrossSite,
    /// Staff only.
    NotStaff,
    /// The account lacks the permission.
    NotAllowed,
    /// The request is for a foreign host.
    OtherHost,
    /// The method is not allowed at this address.
    WrongMethod,
    /// The request is too large.
    TooLarge,
    /// The request arrived too slowly.
    Late,
    /// The request cannot be read.
    Unreadable,
    /// An internal error.
    Broken,
    /// The request is invalid.
    Refused(Vec<Violation>),
    /// Any other problem, with the API's title and detail in English.
    Other(String, String),
}

/// A problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProblemPage {
    /// The reader.
    pub reader: Reader,
    /// The HTTP status, shown small.
    pub status: u16,
    /// The kind of the problem.
    pub kind: ProblemKind,
}

/// An error page.
pub fn problem(page: &ProblemPage) -> Markup {
    let words = &page.reader.words().problem;
    let text = match &page.kind {
        ProblemKind::NotFound => &words.not_found,
        ProblemKind::TooMany { .. } => &words.too_many,
        ProblemKind::TooManyTries { .. } => &words.too_many_tries,
        ProblemKind::Unavailable => &words.unavailable,
        ProblemKind::CrossSite => &words.cross_site,
        ProblemKind::NotStaff => &words.not_staff,
        ProblemKind::NotAllowed => &words.not_allowed,
        ProblemKind::OtherHost => &words.other_host,
        ProblemKind::WrongMethod => &words.wrong_method,
        ProblemKind::TooLarge => &words.too_large,
        ProblemKind::Late => &words.late,
        ProblemKind::Unreadable => &words.unreadable,
        ProblemKind::Broken => &words.broken,
        ProblemKind::Refused(_) | ProblemKind::Other(..) => &words.refused,
    };
    let (title, detail) = match &page.kind {
        ProblemKind::Other(title, detail) => (title.as_str(), detail.as_str()),
        _ => (text.title, text.detail),
    };
    let main = html! {
        div.problem {
            div.slip {
                p.code { (page.status) }
                h1 { (title) }
                p.lead { (detail) }
                @if let ProblemKind::Refused(violations) = &page.kind {
                    @for violation in violations {
                        p { (fields::line_message(&page.reader, violation)) "." }
                    }
                }
                @if let Some(seconds) = again_after_s(&page.kind) {
                    p { ((words.again)(seconds)) }
                }
                p { (text.advice) }
                @if let Some((href, label)) = way_on(&page.kind, words) {
                    a.primary href=(href) { (label) }
                }
            }
        }
    };
    document(&page.reader, title, Area::Shop, "problem-page", &main)
}

/// Seconds until it can be done, where that is known.
fn again_after_s(kind: &ProblemKind) -> Option<u32> {
    match kind {
        ProblemKind::TooMany { again_after_s } | ProblemKind::TooManyTries { again_after_s } => {
            Some(*again_after_s)
        }
        _ => None,
    }
}

/// The next page, as address and label. Under a foreign host, we have none.
fn way_on(kind: &ProblemKind, words: &ProblemWords) -> Option<(&'static str, &'static str)> {
    match kind {
        ProblemKind::OtherHost => None,
        ProblemKind::NotStaff | ProblemKind::TooManyTries { .. } => {
            Some(("/sign-in", words.to_sign_in))
        }
        _ => Some(("/", words.to_restaurants)),
    }
}
