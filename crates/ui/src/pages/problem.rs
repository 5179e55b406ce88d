//! What a person sees when something cannot be done: what happened, and what to do next.

use domain::violation::Violation;
use maud::{Markup, html};

use crate::{
    Reader, fields,
    layout::{Place, document},
};

/// What cannot be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// There is nothing at the address, or nothing for this person.
    NotFound,
    /// Too many requests from one address.
    TooMany,
    /// A part does not answer.
    Unavailable,
    /// The request came from another site.
    CrossSite,
    /// Only staff may.
    NotStaff,
    /// Their account may not do this here.
    NotAllowed,
    /// Something that was sent is wrong.
    Refused(Vec<Violation>),
    /// Anything else, as the API tells it in English: few words, and a sentence.
    Other(String, String),
}

/// A problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProblemPage {
    /// Who reads it.
    pub reader: Reader,
    /// The HTTP status, shown small.
    pub status: u16,
    /// What happened.
    pub trouble: Trouble,
}

/// A page that tells of a problem.
pub fn problem(page: &ProblemPage) -> Markup {
    let words = &page.reader.words().problem;
    let text = match &page.trouble {
        Trouble::NotFound => &words.not_found,
        Trouble::TooMany => &words.too_many,
        Trouble::Unavailable => &words.unavailable,
        Trouble::CrossSite => &words.cross_site,
        Trouble::NotStaff => &words.not_staff,
        Trouble::NotAllowed => &words.not_allowed,
        Trouble::Refused(_) | Trouble::Other(..) => &words.refused,
    };
    let (title, detail) = match &page.trouble {
        Trouble::Other(title, detail) => (title.as_str(), detail.as_str()),
        _ => (text.title, text.detail),
    };
    let main = html! {
        div.problem {
            div.slip {
                p.code { (page.status) }
                h1 { (title) }
                p.lead { (detail) }
                @if let Trouble::Refused(violations) = &page.trouble {
                    @for violation in violations {
                        p { (fields::line_message(&page.reader, violation)) "." }
                    }
                }
                p { (text.advice) }
                a.primary href="/" { (words.to_restaurants) }
            }
        }
    };
    document(&page.reader, title, Place::Shop, "problem-page", &main)
}
