//! The page that has the payment gateway's script show the bank's question.

use domain::ids::OrderId;
use maud::{Markup, html};

use crate::{
    Reader, icons,
    layout::{Area, document},
};

/// What the script needs.
#[derive(Clone, Debug)]
pub struct AuthenticatePage<'a> {
    /// The reader.
    pub reader: Reader,
    /// The order.
    pub order: OrderId,
    /// The address of the gateway's script.
    pub script: &'a str,
    /// The account at the gateway, `pk_…`.
    pub publishable_key: &'a str,
    /// The secret of the payment, for this browser alone.
    pub client_secret: &'a str,
}

/// The page at `/orders/{id}/pay`, if the bank has no page of its own.
pub fn authenticate(page: &AuthenticatePage<'_>) -> Markup {
    let (words, id) = (&page.reader.words().story, page.order);
    let main = html! {
        div.order-say.calm data-authenticate data-key=(page.publishable_key)
            data-secret=(page.client_secret) data-back={ "/orders/" (id) "/pay/return" } {
            h1 { (words.authenticate) }
            p.lead { (words.bank_opens) }
            noscript { p.notice.bad role="alert" { (icons::warning()) (words.bank_needs_script) } }
            p.notice.bad data-failed hidden role="alert" {
                (icons::warning()) (words.bank_failed)
            }
        }
        p.order-action { a href={ "/orders/" (id) } { (words.back_to_order) } }
        script src=(page.script) {}
    };
    document(&page.reader, words.authenticate, Area::Shop, "pay-page", &main)
}
