//! The actor of a request: the staff token or an account.

use super::{Account, Permission, Role};
use crate::ids::{RestaurantId, StaffId};

/// An authenticated member of staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// The holder of the staff token: a tool or the operator. Has every permission.
    Token,
    /// An account.
    Account(Account),
}

impl Actor {
    /// The author of changes made with the staff token.
    pub const TOKEN: &'static str = "operator token";

    /// The author's name in the change log.
    pub fn name(&self) -> &str {
        match self {
            Self::Token => Self::TOKEN,
            Self::Account(account) => account.name.as_str(),
        }
    }

    /// The id of the account, if there is one.
    pub fn id(&self) -> Option<StaffId> {
        match self {
            Self::Token => None,
            Self::Account(account) => Some(account.id),
        }
    }

    /// The role.
    pub fn role(&self) -> Role {
        match self {
            Self::Token => Role::Operator,
            Self::Account(account) => account.role,
        }
    }

    /// True if the actor has the permission at some restaurant.
    pub fn may(&self, permission: Permission) -> bool {
        self.role().may(permission)
    }

    /// True if the actor works at every restaurant.
    pub fn is_everywhere(&self) -> bool {
        self.role() == Role::Operator
    }

    /// True if the actor works at the restaurant.
    pub fn works_at(&self, restaurant: &RestaurantId) -> bool {
        match self {
            Self::Token => true,
            Self::Account(account) => account.works_at(restaurant),
        }
    }

    /// True if the actor has the permission at this restaurant.
    pub fn may_at(&self, permission: Permission, restaurant: &RestaurantId) -> bool {
        self.may(permission) && self.works_at(restaurant)
    }

    /// The restaurant shown by default: the first of the actor's; `None` for those who work
    /// everywhere.
    pub fn first_restaurant(&self) -> Option<&RestaurantId> {
        match self {
            Self::Token => None,
            Self::Account(account) => account.restaurants.first(),
        }
    }

    /// True if the actor may add, change or remove this account. Operators may manage any; owners
    /// may manage owners and cooks who work only at the owner's restaurants.
    pub fn may_manage(&self, account: &Account) -> bool {
        self.may(Permission::ManageStaff)
            && (self.is_everywhere()
                || (account.role != Role::Operator
                    && account.restaurants.iter().all(|id| self.works_at(id))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(role: Role, restaurants: &[&str]) -> Account {
        Account {
            id: StaffId(uuid::Uuid::from_u128(1)),
            email: "ada@example.com".parse().unwrap(),
            name: "Ada".parse().unwrap(),
            role,
            restaurants: restaurants.iter().map(|id| id.parse().unwrap()).collect(),
        }
    }

    #[test]
    fn permissions_end_at_the_restaurants_of_an_account() {
        let (here, there) = ("a".parse().unwrap(), "b".parse().unwrap());
        for role in [Role::Owner, Role::Kitchen] {
            let actor = Actor::Account(account(role, &["a"]));
            for permission in Permission::ALL {
                assert_eq!(actor.may_at(*permission, &here), role.may(*permission));
                assert!(!actor.may_at(*permission, &there));
            }
        }
        assert!(Actor::Token.may_at(Permission::ReadMail, &there));
    }

    #[test]
    fn owners_manage_their_own_people_only() {
        let owner = Actor::Account(account(Role::Owner, &["a", "b"]));
        assert!(owner.may_manage(&account(Role::Kitchen, &["a"])));
        assert!(owner.may_manage(&account(Role::Owner, &["a", "b"])));
        assert!(!owner.may_manage(&account(Role::Kitchen, &["a", "c"])));
        assert!(!owner.may_manage(&account(Role::Operator, &[])));
        assert!(
            !Actor::Account(account(Role::Kitchen, &["a"]))
                .may_manage(&account(Role::Kitchen, &["a"]))
        );
        assert!(Actor::Token.may_manage(&account(Role::Operator, &[])));
    }
}
