//! Who may do what: one table.

use super::Role;
use crate::names::names;

names! {
    /// Something that not everybody may do.
    Permission, UnknownPermission "is not a permission" {
        /// See the board and move its orders.
        WorkTheBoard "work_the_board",
        /// Find orders and open them, with the customer's name and address.
        SeeOrders "see_orders",
        /// See stock levels and change them.
        ChangeStock "change_stock",
        /// See figures.
        SeeFigures "see_figures",
        /// Change menus, import and export them.
        EditMenu "edit_menu",
        /// Change opening hours, terms and names.
        EditRestaurant "edit_restaurant",
        /// Give people accounts, and take them away.
        ManageStaff "manage_staff",
        /// See who changed what.
        SeeChanges "see_changes",
        /// See one's own account and change its password.
        OwnAccount "own_account",
        /// Open a restaurant that was not there.
        OpenRestaurants "open_restaurants",
        /// Read all mails: they carry links that open orders.
        ReadMail "read_mail",
    }
}

impl Permission {
    /// Whose it is.
    pub const fn roles(self) -> &'static [Role] {
        use Role::{Kitchen, Operator, Owner};
        match self {
            Self::WorkTheBoard | Self::SeeOrders | Self::ChangeStock | Self::OwnAccount => {
                &[Kitchen, Owner, Operator]
            }
            Self::SeeFigures
            | Self::EditMenu
            | Self::EditRestaurant
            | Self::ManageStaff
            | Self::SeeChanges => &[Owner, Operator],
            Self::OpenRestaurants | Self::ReadMail => &[Operator],
        }
    }
}

impl Role {
    /// True if this role may do it: where its account works.
    pub fn may(self, permission: Permission) -> bool {
        permission.roles().contains(&self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_may_what_the_one_below_may_and_more() {
        let of = |role: Role| Permission::ALL.iter().filter(|p| role.may(**p)).count();
        let counts: Vec<_> = Role::ALL.iter().map(|role| of(*role)).collect();
        assert_eq!(counts, [4, 9, Permission::ALL.len()]);
        for permission in Permission::ALL {
            for pair in Role::ALL.windows(2) {
                assert!(!pair[0].may(*permission) || pair[1].may(*permission), "{permission}");
            }
        }
    }
}
