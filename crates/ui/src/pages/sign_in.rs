//! The way in for staff.

use maud::{Markup, html};

use crate::{
    Reader,
    fields::{self, Field},
    layout::{Place, document},
};

/// The sign-in page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignInPage {
    /// Who reads it.
    pub reader: Reader,
    /// True if the last attempt failed.
    pub wrong: bool,
    /// Where to go afterwards: a path of this site.
    pub next: String,
}

/// The sign-in page at `/sign-in`.
pub fn sign_in(page: &SignInPage) -> Markup {
    let words = &page.reader.words().sign_in;
    let token = Field {
        name: "token",
        path: "token",
        label: words.token,
        kind: "password",
        value: "",
        autocomplete: "current-password",
        hint: Some(words.hint),
        required: true,
    };
    let main = html! {
        div.sign-in {
            form.slip method="post" action="/sign-in" {
                h1 { (words.title) }
                @if page.wrong {
                    div.notice.bad role="alert" { p { (words.wrong) } }
                }
                input type="hidden" name="next" value=(page.next);
                (fields::field(&page.reader, &token, &[]))
                button.primary.wide type="submit" { (words.enter) }
            }
        }
    };
    document(&page.reader, words.enter, Place::Shop, "sign-in-page", &main)
}
