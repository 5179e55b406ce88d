//! The way in for staff.

use maud::{Markup, html};

use crate::{
    fields::{self, Field},
    layout::{Place, document},
};

/// The sign-in page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignInPage {
    /// Why the last attempt failed, as a sentence.
    pub error: Option<String>,
    /// Where to go afterwards: a path of this site.
    pub next: String,
}

/// The sign-in page at `/sign-in`.
pub fn sign_in(page: &SignInPage) -> Markup {
    let token = Field {
        name: "token",
        path: "token",
        label: "Staff token",
        kind: "password",
        value: "",
        autocomplete: "current-password",
        hint: Some("Whoever runs this Comanda has it: it is told at the start."),
        required: true,
    };
    let main = html! {
        div.sign-in {
            form.slip method="post" action="/sign-in" {
                h1 { "Staff" }
                @if let Some(error) = &page.error {
                    div.notice.bad role="alert" { p { (error) } }
                }
                input type="hidden" name="next" value=(page.next);
                (fields::field(&token, &[]))
                button.primary.wide type="submit" { "Sign in" }
            }
        }
    };
    document("Sign in", Place::Shop, "sign-in-page", &main)
}
