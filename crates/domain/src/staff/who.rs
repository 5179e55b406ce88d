//! Whoever asks, once it is known who that is.

use super::{Account, Permission, Role};
use crate::ids::{RestaurantId, StaffId};

/// Somebody who has proved who they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// Whoever knows the staff token: a tool, or whoever runs the platform. May do everything.
    Token,
    /// Somebody with an account.
    Account(Account),
}

impl Who {
    /// How changes made with the staff token are signed.
    pub const TOKEN: &'static str = "operator token";

    /// The name beside what they change.
    pub fn name(&self) -> &str {
        match self {
            Self::Token => Self::TOKEN,
            Self::Account(account) => account.name.as_str(),
        }
    }

    /// Their account, if they have one.
    pub fn id(&self) -> Option<StaffId> {
        match self {
            Self::Token => None,
            Self::Account(account) => Some(account.id),
        }
    }

    /// What they are.
    pub fn role(&self) -> Role {
        match self {
            Self::Token => Role::Operator,
            Self::Account(account) => account.role,
        }
    }

    /// True if they may do it somewhere.
    pub fn may(&self, permission: Permission) -> bool {
        self.role().may(permission)
    }

    /// True if no restaurant is closed to them.
    pub fn is_everywhere(&self) -> bool {
        self.role() == Role::Operator
    }

    /// True if they work in this restaurant.
    pub fn works_at(&self, restaurant: &RestaurantId) -> bool {
        match self {
            Self::Token => true,
            Self::Account(account) => account.works_at(restaurant),
        }
    }

    /// True if they may do it in this restaurant.
    pub fn may_at(&self, permission: Permission, restaurant: &RestaurantId) -> bool {
        self.may(permission) && self.works_at(restaurant)
    }

    /// The restaurant that is shown when none is asked for: the first one of theirs, and none in
    /// particular to those who work everywhere.
    pub fn first_restaurant(&self) -> Option<&RestaurantId> {
        match self {
            Self::Token => None,
            Self::Account(account) => account.restaurants.first(),
        }
    }

    /// True if they may make, change or remove such an account: operators any; owners those of
    /// owners and cooks who work nowhere but in their own restaurants.
    pub fn may_manage(&self, account: &Account) -> bool {
        self.may(Permission::ManageStaff)
            && (self.is_everywhere()
                || (account.role != Role::Operator
                    && account.restaurants.iter().all(|place| self.works_at(place))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(role: Role, places: &[&str]) -> Account {
        Account {
            id: StaffId(uuid::Uuid::from_u128(1)),
            email: "ada@example.com".parse().unwrap(),
            name: "Ada".parse().unwrap(),
            role,
            restaurants: places.iter().map(|place| place.parse().unwrap()).collect(),
        }
    }

    #[test]
    fn nobody_reaches_into_another_restaurant() {
        let (here, there) = ("a".parse().unwrap(), "b".parse().unwrap());
        for role in [Role::Owner, Role::Kitchen] {
            let who = Who::Account(account(role, &["a"]));
            for permission in Permission::ALL {
                assert_eq!(who.may_at(*permission, &here), role.may(*permission));
                assert!(!who.may_at(*permission, &there));
            }
        }
        assert!(Who::Token.may_at(Permission::ReadMail, &there));
    }

    #[test]
    fn owners_manage_their_own_people_only() {
        let owner = Who::Account(account(Role::Owner, &["a", "b"]));
        assert!(owner.may_manage(&account(Role::Kitchen, &["a"])));
        assert!(owner.may_manage(&account(Role::Owner, &["a", "b"])));
        assert!(!owner.may_manage(&account(Role::Kitchen, &["a", "c"])));
        assert!(!owner.may_manage(&account(Role::Operator, &[])));
        assert!(
            !Who::Account(account(Role::Kitchen, &["a"]))
                .may_manage(&account(Role::Kitchen, &["a"]))
        );
        assert!(Who::Token.may_manage(&account(Role::Operator, &[])));
    }
}
