//! What a person sees when something cannot be done: what happened, and what to do next.

use maud::{Markup, html};

use crate::layout::{Place, document};

/// A problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProblemPage {
    /// The HTTP status, shown small.
    pub status: u16,
    /// What happened, in few words.
    pub title: String,
    /// What that means.
    pub detail: String,
    /// What to do now.
    pub what_to_do: String,
    /// The way on: address and text.
    pub link: (String, String),
}

/// A page that tells of a problem.
pub fn problem(page: &ProblemPage) -> Markup {
    let main = html! {
        div.problem {
            div.slip {
                p.code { (page.status) }
                h1 { (page.title) }
                p.lead { (page.detail) }
                p { (page.what_to_do) }
                a.primary href=(page.link.0) { (page.link.1) }
            }
        }
    };
    document(&page.title, Place::Shop, "problem-page", &main)
}
