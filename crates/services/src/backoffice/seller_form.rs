//! Converts who sells to its form and back. The fields of the form are named as in the event.

use domain::restaurant::Restaurant;
use events::seller::{AddressBody, LegalBody};
use ui::pages::SellerForm;

use super::pairs::Pairs;

/// The form of who sells.
pub(super) fn form_from_restaurant(restaurant: &Restaurant) -> SellerForm {
    let legal = restaurant.legal.as_ref().map(LegalBody::from);
    let address = restaurant.address.as_ref().map(AddressBody::from);
    let mut form = SellerForm::default();
    if let Some(LegalBody { name, tax_id, imprint }) = legal {
        form.legal_name = name;
        form.tax_id = tax_id.unwrap_or_default();
        form.imprint = imprint.unwrap_or_default();
    }
    if let Some(address) = address {
        form.line1 = address.line1;
        form.line2 = address.line2.unwrap_or_default();
        form.postcode = address.postcode;
        form.city = address.city;
        form.region = address.region.unwrap_or_default();
        form.country = address.country;
    }
    form
}

/// The form as submitted.
pub(super) fn form_from_pairs(pairs: &Pairs) -> SellerForm {
    let text = |name: &str| pairs.get(name).trim().to_owned();
    SellerForm {
        legal_name: text("legal.name"),
        tax_id: text("legal.tax_id"),
        imprint: text("legal.imprint"),
        line1: text("address.line1"),
        line2: text("address.line2"),
        postcode: text("address.postcode"),
        city: text("address.city"),
        region: text("address.region"),
        country: text("address.country").to_uppercase(),
    }
}

fn filled(text: &str) -> Option<String> {
    Some(text).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The legal entity in a form; `None` if nothing is filled in.
pub(super) fn legal_from_form(form: &SellerForm) -> Option<LegalBody> {
    let (tax_id, imprint) = (filled(&form.tax_id), filled(&form.imprint));
    let is_empty = form.legal_name.is_empty() && tax_id.is_none() && imprint.is_none();
    (!is_empty).then(|| LegalBody { name: form.legal_name.clone(), tax_id, imprint })
}

/// The address in a form; `None` if nothing is filled in. The form does not show the place on the
/// map, which stays while the address does.
pub(super) fn address_from_form(form: &SellerForm, before: &Restaurant) -> Option<AddressBody> {
    let texts = [&form.line1, &form.line2, &form.postcode, &form.city, &form.region, &form.country];
    if texts.iter().all(|text| text.is_empty()) {
        return None;
    }
    let typed = AddressBody {
        line1: form.line1.clone(),
        line2: filled(&form.line2),
        postcode: form.postcode.clone(),
        city: form.city.clone(),
        region: filled(&form.region),
        country: form.country.clone(),
        latitude: None,
        longitude: None,
    };
    let before = before.address.as_ref().map(AddressBody::from);
    let same = |before: &AddressBody| {
        AddressBody { latitude: None, longitude: None, ..before.clone() } == typed
    };
    Some(before.filter(same).unwrap_or(typed))
}

#[cfg(test)]
mod tests {
    use domain::fixtures;

    use super::*;

    fn restaurant() -> Restaurant {
        Restaurant {
            legal: Some(fixtures::legal()),
            address: Some(fixtures::address()),
            ..fixtures::restaurant()
        }
    }

    #[test]
    fn an_unchanged_form_is_the_same_seller() {
        let restaurant = restaurant();
        let form = form_from_restaurant(&restaurant);
        assert_eq!(legal_from_form(&form), restaurant.legal.as_ref().map(LegalBody::from));
        let address = address_from_form(&form, &restaurant).unwrap();
        assert_eq!(Some(address), restaurant.address.as_ref().map(AddressBody::from));
        let empty = form_from_restaurant(&fixtures::restaurant());
        assert_eq!(legal_from_form(&empty), None);
        assert_eq!(address_from_form(&empty, &restaurant), None);
    }

    #[test]
    fn a_new_address_loses_the_place_of_the_old_one() {
        let restaurant = restaurant();
        let form = SellerForm { line1: "Via Roma 1".into(), ..form_from_restaurant(&restaurant) };
        let address = address_from_form(&form, &restaurant).unwrap();
        assert_eq!((address.line1.as_str(), address.latitude), ("Via Roma 1", None));
    }

    #[test]
    fn a_tax_number_without_a_name_is_not_dropped() {
        let form = SellerForm { tax_id: "IT 1".into(), ..SellerForm::default() };
        assert_eq!(legal_from_form(&form).map(|legal| legal.name), Some(String::new()));
    }
}
