//! `/backoffice/account`: one's own account.

use domain::{staff::Account, violation::Violation};
use maud::{Markup, html};

use super::{
    OfficeNotice,
    form::{Form, Line},
    office_page,
    sessions::{SessionRow, sessions},
};
use crate::{Reader, Staff};

/// One's own account.
#[derive(Clone, Debug)]
pub struct AccountPage<'a> {
    /// The reader.
    pub reader: &'a Reader,
    /// The signed-in staff, for the navigation.
    pub staff: Staff,
    /// The account; `None` with the staff token.
    pub account: Option<&'a Account>,
    /// The names of their restaurants.
    pub places: &'a [String],
    /// The sessions of the account.
    pub sessions: &'a [SessionRow],
    /// The violations by field.
    pub violations: &'a [Violation],
    /// The notice about the last request.
    pub notice: Option<OfficeNotice>,
}

/// One's own account.
pub fn account(page: &AccountPage<'_>) -> Markup {
    let words = &page.reader.words().office;
    let f = Form { reader: page.reader, violations: page.violations };
    let content = html! {
        @match page.account {
            None => {
                div.panel {
                    p.big { (words.by_token) }
                    p { (words.by_token_text) }
                    a.primary href="/backoffice/staff/new" { (words.first_button) }
                }
            }
            Some(account) => {
                dl.panel.facts {
                    div { dt { (words.persons_name) } dd { (account.name) } }
                    div { dt { (words.email) } dd { (account.email) } }
                    div { dt { (words.role_label) } dd { ((words.role)(account.role)) } }
                    @if !page.places.is_empty() {
                        div { dt { (words.works_at) } dd { (page.places.join(", ")) } }
                    }
                }
                form.panel.office-form method="post" action="/backoffice/account" {
                    h2 { (words.new_password) }
                    div.field {
                        label for="old" { (words.old_password) }
                        input id="old" name="old" type="password" required
                            autocomplete="current-password" maxlength="500";
                        (f.errors(words.old_password, "old"))
                    }
                    (f.line(Line::new("password", words.new_password, "").kind("password")
                        .hint(words.password_hint)))
                    p.soft { (words.own_password_signs_out) }
                    button.primary type="submit" { (words.set_password) }
                }
            }
        }
        (sessions(page.reader, page.sessions, "/backoffice/account/sessions", words.your_sessions))
    };
    let title = words.your_account;
    office_page(
        page.reader,
        page.staff,
        "/backoffice/account",
        title,
        page.notice.as_ref(),
        &content,
    )
}
