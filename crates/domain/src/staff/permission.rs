//! The table of permissions by role.

use super::Role;
use crate::names::names;

names! {
    /// A permission.
    Permission, UnknownPermission "is not a permission" {
        /// See the board and move its orders.
        WorkTheBoard "work_the_board",
        /// Find and open orders, with the customer's name and address.
        SeeOrders "see_orders",
        /// Refund parts of what customers paid.
        RefundOrders "refund_orders",
        /// See and change stock levels.
        ChangeStock "change_stock",
        /// See figures.
        SeeFigures "see_figures",
        /// Change, import and export menus.
        EditMenu "edit_menu",
        /// Change opening hours, terms and names.
        EditRestaurant "edit_restaurant",
        /// Add, change and remove accounts.
        ManageStaff "manage_staff",
        /// See the change log.
        SeeChanges "see_changes",
        /// See one's own account and change its password.
        OwnAccount "own_account",
        /// Create restaurants.
        OpenRestaurants "open_restaurants",
        /// Read all mails: they contain links that open orders.
        ReadMail "read_mail",
    }
}

impl Permission {
    /// The roles that have it.
    pub const fn roles(self) -> &'static [Role] {
        use Role::{Kitchen, Operator, Owner};
        match self {
            Self::WorkTheBoard | Self::SeeOrders | Self::ChangeStock | Self::OwnAccount => {
                &[Kitchen, Owner, Operator]
            }
            Self::SeeFigures
            | Self::RefundOrders
            | Self::EditMenu
            | Self::EditRestaurant
            | Self::ManageStaff
            | Self::SeeChanges => &[Owner, Operator],
            Self::OpenRestaurants | Self::ReadMail => &[Operator],
        }
    }
}

impl Role {
    /// True if this role has the permission at its restaurants.
    pub fn may(self, permission: Permission) -> bool {
        permission.roles().contains(&self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_has_the_permissions_of_the_one_below_and_more() {
        let of = |role: Role| Permission::ALL.iter().filter(|p| role.may(**p)).count();
        let counts: Vec<_> = Role::ALL.iter().map(|role| of(*role)).collect();
        assert_eq!(counts, [4, 10, Permission::ALL.len()]);
        for permission in Permission::ALL {
            for pair in Role::ALL.windows(2) {
                assert!(!pair[0].may(*permission) || pair[1].may(*permission), "{permission}");
            }
        }
    }
}
