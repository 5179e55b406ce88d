//! The built-in mailbox: the mails sent while no real mail server is configured.

use domain::text::ZoneName;
use jiff::Timestamp;
use maud::{Markup, html};

use crate::{
    Reader,
    layout::{Area, Staff, document, not_live},
    when,
};

/// A mail in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailRow {
    /// Its identifier in addresses.
    pub id: String,
    /// The recipient.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// The time of arrival.
    pub received_at: Timestamp,
}

/// The list of mails.
#[derive(Clone, Debug)]
pub struct MailboxPage {
    /// The reader.
    pub reader: Reader,
    /// Newest first.
    pub mails: Vec<MailRow>,
    /// The current time.
    pub now: Timestamp,
    /// Time zone of displayed times.
    pub time_zone: ZoneName,
    /// The signed-in staff, for the navigation.
    pub staff: Staff,
}

/// One mail.
#[derive(Clone, Debug)]
pub struct MailPage {
    /// The reader.
    pub reader: Reader,
    /// Its identifier in addresses.
    pub id: String,
    /// The sender.
    pub from: String,
    /// The recipient.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// The time of arrival.
    pub received_at: Timestamp,
    /// Time zone of displayed times.
    pub time_zone: ZoneName,
    /// The plain text.
    pub text: String,
    /// True if there is an HTML part, served at `/mailbox/{id}/html`.
    pub has_html: bool,
    /// The signed-in staff, for the navigation.
    pub staff: Staff,
}

/// The list at `/mailbox`.
pub fn mailbox(page: &MailboxPage) -> Markup {
    let (zone, words) = (page.time_zone.zone(), &page.reader.words().mailbox);
    let main = html! {
        (not_live(&page.reader))
        h1 { (words.title) }
        p.lead { (words.lead) }
        div #mails data-live="/mailbox/events" {
            @if page.mails.is_empty() {
                div.empty {
                    p.big { (words.none) }
                    p { (words.none_hint) }
                }
            } @else {
                ul.mails {
                    @for mail in &page.mails {
                        li {
                            a href={ "/mailbox/" (mail.id) } {
                                strong { (mail.subject) }
                                span.soft { (mail.to) }
                                time datetime=(mail.received_at) {
                                    (when::near(&page.reader, mail.received_at, page.now, &zone))
                                }
                            }
                        }
                    }
                }
            }
        }
    };
    document(&page.reader, words.title, Area::Staff(page.staff, "/mailbox"), "mailbox-page", &main)
}

/// One mail at `/mailbox/{id}`.
pub fn mail(page: &MailPage) -> Markup {
    let words = &page.reader.words().mailbox;
    let main = html! {
        p.back { a href="/mailbox" { (words.all) } }
        h1 { (page.subject) }
        dl.mail-head {
            div { dt { (words.from) } dd { (page.from) } }
            div { dt { (words.to) } dd { (page.to) } }
            div {
                dt { (words.received) }
                dd {
                    time datetime=(page.received_at) {
                        (when::day_and_clock(&page.reader, page.received_at, &page.time_zone.zone()))
                    }
                }
            }
        }
        @if page.has_html {
            iframe.mail-html sandbox="" src={ "/mailbox/" (page.id) "/html" }
                title=(words.as_page) {}
            details { summary { (words.plain) } pre.mail-text { (page.text) } }
        } @else {
            pre.mail-text { (page.text) }
        }
    };
    document(
        &page.reader,
        &page.subject,
        Area::Staff(page.staff, "/mailbox"),
        "mailbox-page",
        &main,
    )
}
