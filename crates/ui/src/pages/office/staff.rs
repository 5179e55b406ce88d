//! `/backoffice/staff`: staff accounts.

use domain::{
    staff::{Account, Role},
    violation::Violation,
};
use maud::{Markup, html};

use super::{
    OfficeNotice,
    form::{Form, Line},
    office_page,
    sessions::{SessionRow, sessions},
};
use crate::{Reader, Staff, icons};

/// An account in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaffMember<'a> {
    /// The account.
    pub account: &'a Account,
    /// The names of their restaurants.
    pub places: Vec<String>,
}

/// A restaurant to choose: id and name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaffRestaurant {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// The form of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StaffForm {
    /// As typed.
    pub email: String,
    /// As typed.
    pub name: String,
    /// The role's name.
    pub role: String,
    /// Ids of restaurants that are chosen.
    pub restaurants: Vec<String>,
}

/// An account, or a new one.
#[derive(Clone, Debug)]
pub struct StaffPage<'a> {
    /// The reader.
    pub reader: &'a Reader,
    /// The signed-in staff, for the navigation.
    pub staff: Staff,
    /// The account's id; `None` for a new one.
    pub id: Option<String>,
    /// True if it is the reader's own.
    pub is_own: bool,
    /// Whether there is no account yet; the first one becomes the reader's.
    pub is_first_time: bool,
    /// The content of the form.
    pub form: &'a StaffForm,
    /// Restaurants to choose from.
    pub restaurants: &'a [StaffRestaurant],
    /// The sessions of the account.
    pub sessions: &'a [SessionRow],
    /// The violations by field.
    pub violations: &'a [Violation],
    /// The notice about the last request.
    pub notice: Option<OfficeNotice>,
}

/// The list at `/backoffice/staff`.
pub fn staff(
    reader: &Reader,
    staff: Staff,
    all: &[StaffMember<'_>],
    notice: Option<&OfficeNotice>,
) -> Markup {
    let words = &reader.words().office;
    let content = html! {
        p.office-tools {
            a.primary href="/backoffice/staff/new" { (icons::plus()) (words.new_account) }
        }
        @if all.is_empty() { div.empty { p.big { (words.no_accounts) } p { (words.no_accounts_advice) } } }
        @else {
            ul.panel.people {
                @for member in all {
                    @let account = member.account;
                    li {
                        a href={ "/backoffice/staff/" (account.id) } { (account.name) }
                        span.soft { (account.email) }
                        span.badge { ((words.role)(account.role)) }
                        span.soft { (member.places.join(", ")) }
                    }
                }
            }
        }
    };
    office_page(reader, staff, "/backoffice/staff", words.staff, notice, &content)
}

/// The page of an account.
pub fn staff_member(page: &StaffPage<'_>) -> Markup {
    let words = &page.reader.words().office;
    let f = Form { reader: page.reader, violations: page.violations };
    let title = match (&page.id, page.is_first_time) {
        (Some(_), _) => words.account_of,
        (None, true) => words.first_title,
        (None, false) => words.new_account,
    };
    let to = match &page.id {
        Some(id) => format!("/backoffice/staff/{id}"),
        None => "/backoffice/staff/new".to_owned(),
    };
    let content = html! {
        @if !page.is_first_time { p.back { a href="/backoffice/staff" { (words.staff) } } }
        form.panel.office-form method="post" action=(to) novalidate {
            (f.line(Line::new("name", words.persons_name, &page.form.name).hint(words.persons_name_hint)))
            (f.line(Line::new("email", words.email, &page.form.email).kind("email")))
            (roles(page, &f))
            (places(page, &f))
            @if page.id.is_none() {
                (f.line(Line::new("password", words.password, "").kind("password")
                    .hint(words.password_hint)))
            }
            @if page.id.is_some() { p.soft { (words.change_signs_out) } }
            button.primary type="submit" name="do" value="save" {
                @if page.id.is_some() { (words.save) } @else { (words.create_account) }
            }
        }
        @if page.id.is_some() {
            (sessions(page.reader, page.sessions, &format!("{to}/sessions"), words.their_sessions))
            (further(page, &f, &to))
        }
    };
    office_page(page.reader, page.staff, "/backoffice/staff", title, page.notice.as_ref(), &content)
}

fn roles(page: &StaffPage<'_>, f: &Form<'_>) -> Markup {
    let words = &page.reader.words().office;
    let offered = Role::ALL
        .iter()
        .filter(|role| page.staff.role == Role::Operator || **role != Role::Operator);
    html! {
        fieldset.field {
            legend { (words.role_label) }
            @for role in offered {
                label.choice {
                    input type="radio" name="role" value=(role) checked[page.form.role == role.name()];
                    span { ((words.role)(*role)) small { ((words.role_hint)(*role)) } }
                }
            }
            (f.errors(words.role_label, "role"))
        }
    }
}

fn places(page: &StaffPage<'_>, f: &Form<'_>) -> Markup {
    let words = &page.reader.words().office;
    let all: Vec<_> = page
        .restaurants
        .iter()
        .map(|r| (r.id.as_str(), r.name.as_str(), page.form.restaurants.contains(&r.id)))
        .collect();
    html! {
        (f.chips("restaurants", words.works_at, &all))
        p.hint { (words.works_at_hint) }
    }
}

/// The forms that set a new password and remove the account.
fn further(page: &StaffPage<'_>, f: &Form<'_>, to: &str) -> Markup {
    let words = &page.reader.words().office;
    let has_error = page.violations.iter().any(|v| v.field == "password");
    html! {
        details.panel.office-more open[has_error] {
            summary { (words.new_password) }
            form.office-form method="post" action=(to) {
                (f.line(Line::new("password", words.password, "").kind("password")
                    .hint(words.password_hint)))
                p.soft { (words.password_signs_out) }
                button.second type="submit" name="do" value="password" { (words.set_password) }
            }
        }
        @if !page.is_own {
            details.panel.office-more.danger-zone {
                summary { (words.remove_account) }
                form method="post" action=(to) {
                    p { (words.remove_account_text) }
                    button.danger type="submit" name="do" value="remove" { (words.remove) }
                }
            }
        }
    }
}
