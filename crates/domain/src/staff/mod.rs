//! Who works here, and who may do what.

mod actor;
mod common;
mod password;
mod permission;

use std::collections::BTreeSet;

use crate::{
    ids::{RestaurantId, StaffId},
    names::names,
    text::{Email, Name},
    violation::{Checks, Refused},
};

pub use crate::violation::account::{AccountViolation, MAX_PASSWORD, MIN_PASSWORD};
pub use actor::Actor;
pub use password::check_password;
pub use permission::{Permission, UnknownPermission};

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
                checks.add("restaurants", AccountViolation::Nowhere);
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
}
