//! The sign-in page of staff.

use maud::{Markup, html};

use crate::{
    Reader,
    fields::{self, Field},
    layout::{Area, document},
};

/// Why a sign-in failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInError {
    /// Unknown account or wrong password; the page does not reveal which.
    Password,
    /// It is not the staff token.
    Token,
}

/// The sign-in page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignInPage {
    /// The reader.
    pub reader: Reader,
    /// Why the last attempt failed.
    pub error: Option<SignInError>,
    /// The e-mail address as typed so far.
    pub email: String,
    /// Path to go to after the sign-in; may be empty.
    pub next: String,
}

/// The sign-in page at `/sign-in`.
pub fn sign_in(page: &SignInPage) -> Markup {
    let (reader, words) = (&page.reader, &page.reader.words().sign_in);
    let main = html! {
        div.sign-in {
            div.slip {
                h1 { (words.title) }
                @if let Some(error) = page.error {
                    div.notice.bad role="alert" {
                        p {
                            @match error {
                                SignInError::Password => (words.wrong_password),
                                SignInError::Token => (words.wrong),
                            }
                        }
                    }
                }
                form method="post" action="/sign-in" {
                    input type="hidden" name="next" value=(page.next);
                    (fields::field(reader, &email(page), &[]))
                    (fields::field(reader, &secret("password", words.password, None), &[]))
                    button.primary.wide type="submit" { (words.enter) }
                }
                details.other-way open[page.error == Some(SignInError::Token)] {
                    summary { (words.by_token) }
                    form method="post" action="/sign-in" {
                        input type="hidden" name="next" value=(page.next);
                        (fields::field(reader, &secret("token", words.token, Some(words.hint)), &[]))
                        button.second.wide type="submit" { (words.enter_by_token) }
                    }
                }
            }
        }
    };
    document(reader, words.enter, Area::Shop, "sign-in-page", &main)
}

fn email(page: &SignInPage) -> Field<'_> {
    Field {
        name: "email",
        path: "email",
        label: page.reader.words().sign_in.email,
        kind: "email",
        value: &page.email,
        autocomplete: "username",
        hint: None,
        is_required: true,
    }
}

fn secret(name: &'static str, label: &'static str, hint: Option<&'static str>) -> Field<'static> {
    let autocomplete = if name == "password" { "current-password" } else { "off" };
    Field {
        name,
        path: name,
        label,
        kind: "password",
        value: "",
        autocomplete,
        hint,
        is_required: true,
    }
}
