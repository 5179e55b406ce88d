//! The shell around every page: head, skip link, header, landmarks, footer.

use domain::{
    language::Language,
    staff::{Actor, Permission, Role},
};
use maud::{DOCTYPE, Markup, html};

use crate::{
    Reader, assets, icons,
    words::{Shell, words},
};

/// Context of staff pages: the installation and the signed-in user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Staff {
    /// True where the built-in mailbox exists, so that pages may link to it.
    pub has_mailbox: bool,
    /// Their role; pages that it does not permit are not linked.
    pub role: Role,
    /// True if signed in with the staff token instead of an account.
    pub is_by_token: bool,
}

impl Staff {
    /// For a signed-in user.
    pub fn of(actor: &Actor, has_mailbox: bool) -> Self {
        Self { has_mailbox, role: actor.role(), is_by_token: *actor == Actor::Token }
    }

    /// For public pages, whose reader may not be signed in: links to sign-in are shown.
    pub const fn anybody(has_mailbox: bool) -> Self {
        Self { has_mailbox, role: Role::Operator, is_by_token: false }
    }
}

/// The section of the site that a page belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Area {
    /// A page for customers.
    Shop,
    /// A page for customers with links for staff.
    Front(Staff),
    /// A page for staff; the text is the address of its entry in the navigation.
    Staff(Staff, &'static str),
}

/// A whole document.
pub(crate) fn document(
    reader: &Reader,
    title: &str,
    area: Area,
    class: &str,
    main: &Markup,
) -> Markup {
    let words = &reader.words().shell;
    html! {
        (DOCTYPE)
        html lang=(reader.lang) {
            head {
                meta charset="utf-8";
                meta name="viewport"
                    content="width=device-width, initial-scale=1, viewport-fit=cover";
                meta name="color-scheme" content="light dark";
                title { (title) " · Comanda" }
                link rel="icon" type="image/svg+xml" href=(assets::favicon());
                link rel="stylesheet" href=(assets::style());
                script src=(assets::theme()) {}
                script type="module" src=(assets::script()) {}
                @match class {
                    "checkout-page" => script type="module" src=(assets::checkout()) {},
                    "pay-page" => script type="module" src=(assets::pay()) {},
                    "menu-page" => script type="module" src=(assets::menu()) {},
                    "office-page" => script type="module" src=(assets::office()) {},
                    "kitchen-page" => script type="module" src=(assets::kitchen()) {},
                    _ => {},
                }
            }
            body class=(class) {
                a.skip href="#main" { (words.skip) }
                (header(words, area))
                main #main tabindex="-1" { (main) }
                p #say.visually-hidden role="status" {}
                (footer(reader, area))
            }
        }
    }
}

fn header(words: &'static Shell, area: Area) -> Markup {
    html! {
        header.top {
            a.brand href="/" { (icons::slip()) span { "Comanda" } }
            @if let Area::Staff(staff, current) = area {
                nav.staff-nav aria-label=(words.staff) {
                    @for (href, name) in staff_links(words, staff) {
                        @let here = href == current
                            || (href == "/backoffice" && current.starts_with("/backoffice"));
                        a href=(href) aria-current=[here.then_some("page")] { (name) }
                    }
                }
            }
            div.top-end {
                button.theme.icon-button type="button" data-theme-switch hidden
                    aria-label=(words.theme) { (icons::theme()) }
                @if let Area::Staff(staff, current) = area {
                    a.quiet.is-new[staff.is_by_token] href="/backoffice/account"
                        aria-current=[(current == "/backoffice/account").then_some("page")] {
                        (words.account)
                    }
                    form method="post" action="/sign-out" {
                        button.quiet type="submit" { (words.sign_out) }
                    }
                }
            }
        }
    }
}

/// The band of a live page without its event stream; the script shows it.
pub(crate) fn not_live(reader: &Reader) -> Markup {
    html! {
        div.band.not-live data-not-live hidden role="status" {
            (icons::warning()) (reader.words().shell.not_live)
        }
    }
}

fn footer(reader: &Reader, area: Area) -> Markup {
    let words = &reader.words().shell;
    html! {
        footer.bottom {
            p { (words.motto) }
            @if let Area::Front(staff) = area {
                nav aria-label=(words.for_staff) {
                    span { (words.for_staff) }
                    @for (href, name) in staff_links(words, staff) { a href=(href) { (name) } }
                }
            }
            (languages(reader))
        }
    }
}

/// The switch between languages: links to this very page, each in its own language.
fn languages(reader: &Reader) -> Markup {
    html! {
        nav.languages aria-label=(reader.words().shell.language) {
            @for &lang in Language::ALL {
                @let here = lang == reader.lang;
                a href=(reader.in_language(lang)) lang=(lang) hreflang=(lang) rel="nofollow"
                    aria-current=[here.then_some("true")] { (words(lang).language) }
            }
        }
    }
}

fn staff_links(
    words: &'static Shell,
    staff: Staff,
) -> impl Iterator<Item = (&'static str, &'static str)> {
    let links = [
        ("/kitchen", words.kitchen, Permission::WorkTheBoard),
        ("/analytics", words.analytics, Permission::SeeFigures),
        ("/backoffice", words.back_office, Permission::ChangeStock),
        ("/mailbox", words.mailbox, Permission::ReadMail),
    ];
    let shown = move |(href, _, permission): &(&str, &str, Permission)| {
        staff.role.may(*permission) && (*href != "/mailbox" || staff.has_mailbox)
    };
    links.into_iter().filter(shown).map(|(href, name, _)| (href, name))
}
