//! Who sells: the legal entity behind a restaurant, and its address.

mod country;
mod point;

use crate::text::{AddressLine, Name, Note, Postcode, TaxNumber};

pub use country::{Country, UnknownCountry};
pub use point::{NoPoint, Point};

/// The legal entity that sells, as receipts name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Legal {
    /// The registered name.
    pub name: Name,
    /// VAT number or tax id.
    pub tax_number: Option<TaxNumber>,
    /// What else the law asks a seller to state: register, capital, managers.
    pub imprint: Option<Note>,
}

/// The address of a restaurant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostalAddress {
    /// Street and number.
    pub line1: AddressLine,
    /// Building, floor or courtyard.
    pub line2: Option<AddressLine>,
    /// The postcode.
    pub postcode: Postcode,
    /// City or village.
    pub city: AddressLine,
    /// Province or state.
    pub region: Option<AddressLine>,
    /// The country.
    pub country: Country,
    /// Where it is on a map.
    pub point: Option<Point>,
}

impl PostalAddress {
    /// The address in lines, as it is written in its country; the country itself is left out.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![self.line1.to_string()];
        lines.extend(self.line2.as_ref().map(ToString::to_string));
        lines.push(self.town());
        lines
    }

    /// The line with city and postcode.
    fn town(&self) -> String {
        let Self { postcode, city, region, .. } = self;
        match (self.country.code(), region) {
            ("US" | "CA" | "AU", Some(region)) => format!("{city}, {region} {postcode}"),
            ("US" | "CA" | "AU" | "GB" | "IE" | "NZ" | "IN", _) => format!("{city} {postcode}"),
            // Provinces have codes of two letters: 80133 Napoli NA.
            ("IT", Some(region)) => format!("{postcode} {city} {region}"),
            (_, Some(region)) => format!("{postcode} {city}, {region}"),
            (_, None) => format!("{postcode} {city}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::fixtures;

    #[test]
    fn addresses_are_written_as_in_their_country() {
        let naples = fixtures::address();
        assert_eq!(naples.lines(), ["Via dei Tribunali 12", "Scala B", "80138 Napoli NA"]);
        let town = |country: &str, region: Option<&str>| {
            let mut address = fixtures::address();
            address.line2 = None;
            address.country = country.parse().unwrap();
            address.region = region.map(|region| region.parse().unwrap());
            address.lines()[1].clone()
        };
        assert_eq!(town("DE", None), "80138 Napoli");
        assert_eq!(town("ES", Some("Madrid")), "80138 Napoli, Madrid");
        assert_eq!(town("US", Some("NY")), "Napoli, NY 80138");
        assert_eq!(town("GB", Some("Kent")), "Napoli 80138");
    }
}
