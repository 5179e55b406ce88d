//! The part of the settings about who sells: the legal entity and the address.

use maud::{Markup, html};

use super::{
    form::{Form, Line},
    settings::SettingsPage,
};

/// Legal entity and address, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SellerForm {
    /// The registered name.
    pub legal_name: String,
    /// VAT number or tax id.
    pub tax_id: String,
    /// What else the law asks for.
    pub imprint: String,
    /// Street and number.
    pub line1: String,
    /// Building, floor or courtyard.
    pub line2: String,
    /// The postcode.
    pub postcode: String,
    /// City or village.
    pub city: String,
    /// Province or state.
    pub region: String,
    /// The code of the country.
    pub country: String,
}

pub(super) fn seller(page: &SettingsPage<'_>) -> Markup {
    let (words, s) = (&page.header.reader.words().office.seller, &page.form.seller);
    let f = Form { reader: page.header.reader, violations: page.violations };
    let line = |name, label, value| Line::new(name, label, value).optional().plain();
    html! {
        section.panel aria-labelledby="seller" {
            h2 #seller { (words.title) }
            p.soft { (words.hint) }
            div.field-row {
                (f.line(line("legal.name", words.legal_name, &s.legal_name)
                    .hint(words.legal_name_hint)))
                (f.line(line("legal.tax_id", words.tax_id, &s.tax_id).hint(words.tax_id_hint)))
            }
            (f.line(line("legal.imprint", words.imprint, &s.imprint).hint(words.imprint_hint)))
            h3 { (words.address) }
            (f.line(line("address.line1", words.line1, &s.line1)))
            (f.line(line("address.line2", words.line2, &s.line2).hint(words.line2_hint)))
            div.field-row {
                (f.line(line("address.postcode", words.postcode, &s.postcode)))
                (f.line(line("address.city", words.city, &s.city)))
            }
            div.field-row {
                (f.line(line("address.region", words.region, &s.region).hint(words.region_hint)))
                (f.line(line("address.country", words.country, &s.country)
                    .hint(words.country_hint)))
            }
        }
    }
}
