//! The shell around every page: head, skip link, header, landmarks, footer.

use maud::{DOCTYPE, Markup, html};

use crate::{assets, icons};

/// What pages for staff need to know of the installation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Staff {
    /// True where the built-in mailbox exists, so that pages may link to it.
    pub mailbox: bool,
}

/// Where a page stands in the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A page for customers.
    Shop,
    /// A customer page that also shows the way for staff.
    Front(Staff),
    /// A page for staff; the text is the address of its entry in the navigation.
    Staff(Staff, &'static str),
}

/// A whole document.
pub(crate) fn document(title: &str, place: Place, class: &str, main: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
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
                    "menu-page" => script type="module" src=(assets::menu()) {},
                    "kitchen-page" => script type="module" src=(assets::kitchen()) {},
                    _ => {},
                }
            }
            body class=(class) {
                a.skip href="#main" { "Skip to the content" }
                (header(place))
                main #main tabindex="-1" { (main) }
                p #say.visually-hidden role="status" {}
                (footer(place))
            }
        }
    }
}

fn header(place: Place) -> Markup {
    html! {
        header.top {
            a.brand href="/" { (icons::slip()) span { "Comanda" } }
            @if let Place::Staff(staff, current) = place {
                nav.staff-nav aria-label="Staff" {
                    @for (href, name) in staff_links(staff) {
                        a href=(href) aria-current=[(href == current).then_some("page")] { (name) }
                    }
                }
            }
            div.top-end {
                button.theme.icon-button type="button" data-theme-switch hidden
                    aria-label="Switch between light and dark" { (icons::theme()) }
                @if matches!(place, Place::Staff(..)) {
                    form method="post" action="/sign-out" {
                        button.quiet type="submit" { "Sign out" }
                    }
                }
            }
        }
    }
}

fn footer(place: Place) -> Markup {
    html! {
        footer.bottom {
            p { "Comanda takes the order from the table to the kitchen." }
            @if let Place::Front(staff) = place {
                nav aria-label="For staff" {
                    span { "For staff" }
                    @for (href, name) in staff_links(staff) { a href=(href) { (name) } }
                }
            }
        }
    }
}

fn staff_links(staff: Staff) -> impl Iterator<Item = (&'static str, &'static str)> {
    [("/kitchen", "Kitchen"), ("/analytics", "Analytics")]
        .into_iter()
        .chain(staff.mailbox.then_some(("/mailbox", "Mailbox")))
}
