//! Who works here, and who may do what.

mod common;
mod permission;
mod who;

use std::collections::BTreeSet;

use crate::{
    ids::{RestaurantId, StaffId},
    names::names,
    text::{Email, Name},
    violation::{Checks, Refused},
};

pub use crate::violation::account::{AccountWrong, MAX_PASSWORD, MIN_PASSWORD};
pub use permission::{Permission, UnknownPermission};
pub use who::Who;

names! {
    /// What somebody is to the platform.
    Role, UnknownRole "must be operator, owner or kitchen" {
        /// Cooks: sees the board of their restaurants, moves its orders, and says what has run out.
        Kitchen "kitchen",
        /// Runs restaurants: their menus, hours, stock, figures and staff.
        Owner "owner",
        /// Runs the platform: everything, everywhere.
        Operator "operator",
    }
}

/// Somebody with an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Which account.
    pub id: StaffId,
    /// Signs in with it; unique, whatever the case of its letters.
    pub email: Email,
    /// As shown, and as noted beside what they change.
    pub name: Name,
    /// What they are.
    pub role: Role,
    /// Where they work. Empty for operators, who work everywhere; nobody else's is.
    pub restaurants: BTreeSet<RestaurantId>,
}

impl Account {
    /// An account as somebody typed it; the answer names all that is wrong with it.
    pub fn check(
        id: StaffId,
        email: &str,
        name: &str,
        role: &str,
        restaurants: &[String],
    ) -> Result<Self, Refused> {
        let mut checks = Checks::default();
        let email = checks.take("email", email.trim().parse());
        let name = checks.take("name", name.parse());
        let role: Option<Role> =
            checks.take("role", role.parse().map_err(|e: UnknownRole| e.to_string()));
        let named = restaurants.iter().filter_map(|id| checks.take("restaurants", id.parse()));
        let mut places: BTreeSet<RestaurantId> = named.collect();
        match role {
            Some(Role::Operator) => places.clear(),
            Some(_) if places.is_empty() && restaurants.is_empty() => {
                checks.add("restaurants", AccountWrong::Nowhere);
            }
            _ => {}
        }
        let whole = email.zip(name).zip(role);
        checks.finish(whole.map(|((email, name), role)| Self {
            id,
            email,
            name,
            role,
            restaurants: places,
        }))
    }

    /// True if they work in this restaurant.
    pub fn works_at(&self, restaurant: &RestaurantId) -> bool {
        self.role == Role::Operator || self.restaurants.contains(restaurant)
    }
}

/// Refuses passwords that are short, or that anybody would try first.
pub fn check_password(password: &str, email: &Email, name: &Name) -> Result<(), Refused> {
    let length = password.chars().count();
    let wrong = match length {
        ..MIN_PASSWORD => AccountWrong::Short,
        _ if length > MAX_PASSWORD => AccountWrong::Long,
        _ if common::is_common(password) || is_easy(password, email, name) => AccountWrong::Easy,
        _ => return Ok(()),
    };
    Err(Refused::one("password", wrong))
}

fn is_easy(password: &str, email: &Email, name: &Name) -> bool {
    let plain = |text: &str| -> String {
        text.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect()
    };
    let password = plain(password);
    let email = email.canonical();
    let local = email.split('@').next().unwrap_or_default();
    let known = [email.as_str(), local, name.as_str(), "password", "comanda", "1234567890"];
    let distinct: BTreeSet<char> = password.chars().collect();
    // What is left of it without what everybody knows.
    let rest = known.iter().map(|text| plain(text)).filter(|text| text.len() > 2);
    let rest = rest.fold(password, |left, known| left.replace(&known, ""));
    distinct.len() < 4 || rest.chars().count() < 6
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> StaffId {
        StaffId(uuid::Uuid::from_u128(1))
    }

    #[test]
    fn whoever_is_no_operator_works_somewhere() {
        let napoli = ["bella-napoli".to_owned()];
        let account = |role, places| Account::check(id(), "Ada@x.de", "Ada", role, places);
        assert!(account("owner", &napoli).unwrap().works_at(&"bella-napoli".parse().unwrap()));
        assert!(!account("owner", &napoli).unwrap().works_at(&"golden-wok".parse().unwrap()));
        let Refused(wrong) = account("kitchen", &[]).unwrap_err();
        assert_eq!(wrong[0].field, "restaurants");
        let operator = account("operator", &napoli).unwrap();
        assert!(operator.restaurants.is_empty());
        assert!(operator.works_at(&"golden-wok".parse().unwrap()));
        let Refused(wrong) = Account::check(id(), "ada", "", "chef", &["No!".into()]).unwrap_err();
        let fields: Vec<_> = wrong.iter().map(|v| v.field.as_str()).collect();
        assert_eq!(fields, ["email", "name", "role", "restaurants"]);
    }

    #[test]
    fn passwords_that_anybody_would_try_are_refused() {
        let (email, name) = ("ada.lovelace@x.de".parse().unwrap(), "Ada Lovelace".parse().unwrap());
        let check = |password: &str| check_password(password, &email, &name);
        for bad in [
            "",
            "short",
            "aaaaaaaaaaaa",
            "1234567890",
            "Password123",
            "ada.lovelace@x.de",
            "AdaLovelace1",
            "comanda-comanda",
            "qwertyuiop",
            "QwertyUiop",
            "1q2w3e4r5t6y",
            "ILoveYou123",
            "basketball1",
            &"long".repeat(60),
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
        for good in ["basil tomato oven", "xK3$kd93jf", "ラーメンと餃子を三つください"]
        {
            assert!(check(good).is_ok(), "{good}");
        }
    }
}
