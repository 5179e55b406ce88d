//! Accounts of staff, roles and permissions.

mod actor;
mod common;
mod password;
mod permission;

use std::collections::BTreeSet;

use crate::{
    ids::{RestaurantId, StaffId},
    names::names,
    text::{Email, Name},
    violation::{Checks, Violations},
};

pub use crate::violation::account::{AccountViolation, MAX_PASSWORD, MIN_PASSWORD};
pub use actor::Actor;
pub use password::check_password;
pub use permission::{Permission, UnknownPermission};

names! {
    /// The role of a member of staff.
    Role, UnknownRole "must be operator, owner or kitchen" {
        /// Cooks: sees the board of their restaurants, moves its orders, and marks dishes as sold
        /// out.
        Kitchen "kitchen",
        /// Runs restaurants: menus, hours, stock, figures and staff.
        Owner "owner",
        /// Runs the platform: every permission at every restaurant.
        Operator "operator",
    }
}

/// An account of a member of staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The account's id.
    pub id: StaffId,
    /// The address for signing in; unique, ignoring case.
    pub email: Email,
    /// The name as shown, and as the author in the change log.
    pub name: Name,
    /// The role.
    pub role: Role,
    /// The restaurants of the account. Empty only for operators, who work everywhere.
    pub restaurants: BTreeSet<RestaurantId>,
}

impl Account {
    /// An account from form input; the error lists everything that is wrong.
    pub fn from_input(
        id: StaffId,
        email: &str,
        name: &str,
        role: &str,
        restaurants: &[String],
    ) -> Result<Self, Violations> {
        let mut checks = Checks::default();
        let email = checks.ok_or_add("email", email.trim().parse());
        let name = checks.ok_or_add("name", name.parse());
        let role: Option<Role> =
            checks.ok_or_add("role", role.parse().map_err(|e: UnknownRole| e.to_string()));
        let named = restaurants.iter().filter_map(|id| checks.ok_or_add("restaurants", id.parse()));
        let mut ids: BTreeSet<RestaurantId> = named.collect();
        match role {
            Some(Role::Operator) => ids.clear(),
            Some(_) if ids.is_empty() && restaurants.is_empty() => {
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
            restaurants: ids,
        }))
    }

    /// True if the account works at this restaurant.
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
    fn only_operators_may_have_no_restaurant() {
        let napoli = ["bella-napoli".to_owned()];
        let account = |role, places| Account::from_input(id(), "Ada@x.de", "Ada", role, places);
        assert!(account("owner", &napoli).unwrap().works_at(&"bella-napoli".parse().unwrap()));
        assert!(!account("owner", &napoli).unwrap().works_at(&"golden-wok".parse().unwrap()));
        let Violations(wrong) = account("kitchen", &[]).unwrap_err();
        assert_eq!(wrong[0].field, "restaurants");
        let operator = account("operator", &napoli).unwrap();
        assert!(operator.restaurants.is_empty());
        assert!(operator.works_at(&"golden-wok".parse().unwrap()));
        let Violations(wrong) =
            Account::from_input(id(), "ada", "", "chef", &["No!".into()]).unwrap_err();
        let fields: Vec<_> = wrong.iter().map(|v| v.field.as_str()).collect();
        assert_eq!(fields, ["email", "name", "role", "restaurants"]);
    }
}
