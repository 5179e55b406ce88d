//! Who sells, as sent over HTTP and as published: the legal entity, the address, and when its
//! business day starts.

use std::str::FromStr;

use domain::{
    hours::DayTime,
    restaurant::DEFAULT_BUSINESS_DAY_STARTS,
    seller::{Legal, Point, PostalAddress},
    violation::{Checks, ViolationKind, Violations},
};
use serde::{Deserialize, Serialize};

/// The legal entity that sells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegalBody {
    /// The registered name.
    pub name: String,
    /// VAT number or tax id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_id: Option<String>,
    /// What else the law asks a seller to state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imprint: Option<String>,
}

/// A postal address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AddressBody {
    /// Street and number.
    pub line1: String,
    /// Building, floor or courtyard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line2: Option<String>,
    /// As the country writes it.
    pub postcode: String,
    /// City or village.
    pub city: String,
    /// Province or state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// Degrees north (WGS 84); with `longitude`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latitude: Option<f64>,
    /// Degrees east (WGS 84); with `latitude`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longitude: Option<f64>,
}

impl From<&Legal> for LegalBody {
    fn from(legal: &Legal) -> Self {
        Self {
            name: legal.name.to_string(),
            tax_id: legal.tax_number.as_ref().map(ToString::to_string),
            imprint: legal.imprint.as_ref().map(ToString::to_string),
        }
    }
}

impl From<&PostalAddress> for AddressBody {
    fn from(address: &PostalAddress) -> Self {
        Self {
            line1: address.line1.to_string(),
            line2: address.line2.as_ref().map(ToString::to_string),
            postcode: address.postcode.to_string(),
            city: address.city.to_string(),
            region: address.region.as_ref().map(ToString::to_string),
            country: address.country.to_string(),
            latitude: address.point.map(Point::latitude),
            longitude: address.point.map(Point::longitude),
        }
    }
}

impl LegalBody {
    /// Checks everything and returns the entity.
    pub(crate) fn check(&self) -> Result<Legal, Violations> {
        let mut checks = Checks::default();
        let name = checks.ok_or_add("name", self.name.parse());
        let tax_number = optional(&mut checks, "tax_id", self.tax_id.as_deref());
        let imprint = optional(&mut checks, "imprint", self.imprint.as_deref());
        checks.finish(name.map(|name| Legal { name, tax_number, imprint }))
    }
}

impl AddressBody {
    /// Checks everything and returns the address.
    pub(crate) fn check(&self) -> Result<PostalAddress, Violations> {
        let mut checks = Checks::default();
        let line1 = checks.ok_or_add("line1", self.line1.parse());
        let line2 = optional(&mut checks, "line2", self.line2.as_deref());
        let postcode = checks.ok_or_add("postcode", self.postcode.parse());
        let city = checks.ok_or_add("city", self.city.parse());
        let region = optional(&mut checks, "region", self.region.as_deref());
        let country = checks.ok_or_add("country", self.country.parse());
        let point = match (self.latitude, self.longitude) {
            (None, None) => None,
            (Some(latitude), Some(longitude)) => {
                let point = Point::from_degrees(latitude, longitude);
                checks.ok_or_add("latitude", point.map_err(|error| error.to_string()))
            }
            (Some(_), None) => {
                checks.add("longitude", "must come with latitude");
                None
            }
            (None, Some(_)) => {
                checks.add("latitude", "must come with longitude");
                None
            }
        };
        let whole = line1.zip(postcode).zip(city).zip(country);
        checks.finish(whole.map(|(((line1, postcode), city), country)| PostalAddress {
            line1,
            line2,
            postcode,
            city,
            region,
            country,
            point,
        }))
    }
}

/// The start of a business day as text; `None` for the default.
pub(crate) fn day_start_text(starts: DayTime) -> Option<String> {
    (starts != DEFAULT_BUSINESS_DAY_STARTS).then(|| starts.to_string())
}

/// An optional text; a blank one counts as absent.
fn optional<T: FromStr<Err: Into<ViolationKind>>>(
    checks: &mut Checks,
    field: &str,
    text: Option<&str>,
) -> Option<T> {
    let text = text.filter(|text| !text.trim().is_empty())?;
    checks.ok_or_add(field, text.parse())
}
