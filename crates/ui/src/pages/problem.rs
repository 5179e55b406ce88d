//! What a person sees when something cannot be done: what happened, and what to do next.

use domain::violation::Violation;
use maud::{Markup, html};

use crate::{
    Reader, fields,
    layout::{Area, document},
    words::ProblemWords,
};

/// What cannot be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// There is nothing at the address, or nothing for this person.
    NotFound,
    /// Too many requests from one address.
    TooMany {
        /// Seconds until they are taken again.
        again_after_s: u32,
    },
    /// Too many tries to sign in.
    TooManyTries {
        /// Seconds until there is one again.
        again_after_s: u32,
    },
    /// A part does not answer.
    Unavailable,
    /// The request came from another site.
    CrossSite,
    /// Only staff may.
    NotStaff,
    /// Their account may not do this here.
    NotAllowed,
    /// The shop does not answer to the name by which it was called.
    OtherHost,
    /// The address is there, and not for this.
    WrongMethod,
    /// What was sent is more than is taken.
    TooLarge,
    /// What was sent took too long to arrive.
    Late,
    /// What was sent cannot be read.
    Unreadable,
    /// Something of ours does not work.
    Broken,
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

/// An error page.
pub fn problem(page: &ProblemPage) -> Markup {
    let words = &page.reader.words().problem;
    let text = match &page.trouble {
        Trouble::NotFound => &words.not_found,
        Trouble::TooMany { .. } => &words.too_many,
        Trouble::TooManyTries { .. } => &words.too_many_tries,
        Trouble::Unavailable => &words.unavailable,
        Trouble::CrossSite => &words.cross_site,
        Trouble::NotStaff => &words.not_staff,
        Trouble::NotAllowed => &words.not_allowed,
        Trouble::OtherHost => &words.other_host,
        Trouble::WrongMethod => &words.wrong_method,
        Trouble::TooLarge => &words.too_large,
        Trouble::Late => &words.late,
        Trouble::Unreadable => &words.unreadable,
        Trouble::Broken => &words.broken,
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
                @if let Some(seconds) = again_after_s(&page.trouble) {
                    p { ((words.again)(seconds)) }
                }
                p { (text.advice) }
                @if let Some((href, label)) = way_on(&page.trouble, words) {
                    a.primary href=(href) { (label) }
                }
            }
        }
    };
    document(&page.reader, title, Area::Shop, "problem-page", &main)
}

/// Seconds until it can be done, where that is known.
fn again_after_s(trouble: &Trouble) -> Option<u32> {
    match trouble {
        Trouble::TooMany { again_after_s } | Trouble::TooManyTries { again_after_s } => {
            Some(*again_after_s)
        }
        _ => None,
    }
}

/// Where to go next, as address and label. Under a name that is not ours, no page of ours is.
fn way_on(trouble: &Trouble, words: &ProblemWords) -> Option<(&'static str, &'static str)> {
    match trouble {
        Trouble::OtherHost => None,
        Trouble::NotStaff | Trouble::TooManyTries { .. } => Some(("/sign-in", words.to_sign_in)),
        _ => Some(("/", words.to_restaurants)),
    }
}
