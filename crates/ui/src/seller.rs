//! Who sells, as receipts and menus name it.

use domain::seller::{Legal, PostalAddress};
use maud::{Markup, html};

use crate::Reader;

/// The legal entity with its tax id, the address, and what else the law asks for.
pub(crate) fn seller(
    reader: &Reader,
    legal: Option<&Legal>,
    address: Option<&PostalAddress>,
) -> Markup {
    html! {
        @if let Some(legal) = legal {
            p { strong { (legal.name) } }
            @if let Some(number) = &legal.tax_number {
                p { ((reader.words().order.tax_id)(number.as_str())) }
            }
        }
        @if let Some(address) = address { p { (address.lines().join(", ")) } }
        @if let Some(imprint) = legal.and_then(|legal| legal.imprint.as_ref()) {
            p { (imprint) }
        }
    }
}
