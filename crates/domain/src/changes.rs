//! Who changed what: the entries of the change log.

use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    ids::{RestaurantId, StaffId},
    names::names,
    staff::{Account, Who},
};

names! {
    /// What kind of thing was changed.
    What, UnknownWhat "is not a kind of change" {
        /// A menu.
        Menu "menu",
        /// What a restaurant says of itself.
        Restaurant "restaurant",
        /// How many there are of a dish.
        Stock "stock",
        /// An account was made.
        StaffAdded "staff_added",
        /// An account was changed.
        StaffChanged "staff_changed",
        /// An account was taken away.
        StaffRemoved "staff_removed",
        /// A password was set.
        Password "password",
    }
}

/// One thing that is no longer what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What: `Margherita, price`.
    pub what: String,
    /// What it was; `None` if it was not there.
    pub old: Option<String>,
    /// What it is now; `None` if it is gone.
    pub new: Option<String>,
}

impl Difference {
    /// The difference of two texts, if there is one. Empty texts are as good as none.
    pub fn of(
        what: impl Into<String>,
        old: impl Into<Option<String>>,
        new: impl Into<Option<String>>,
    ) -> Option<Self> {
        let some = |text: Option<String>| text.filter(|text| !text.is_empty());
        let (old, new) = (some(old.into()), some(new.into()));
        (old != new).then(|| Self { what: what.into(), old, new })
    }
}

/// An entry of the change log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The same change told again carries the same.
    pub id: Uuid,
    /// When.
    pub at: Timestamp,
    /// Who, by name: accounts come and go, the log stays.
    pub by: String,
    /// Who, by account, where there is one.
    pub by_id: Option<StaffId>,
    /// Where. Of an account with several restaurants, the first one; `None` for an operator's.
    pub restaurant: Option<RestaurantId>,
    /// What kind of change.
    pub what: What,
    /// What it is about, by name.
    pub subject: String,
    /// What differs.
    pub differences: Vec<Difference>,
}

impl Entry {
    /// That `who` did something to an account.
    pub fn about(
        id: Uuid,
        who: &Who,
        what: What,
        account: &Account,
        before: Option<&Account>,
        at: Timestamp,
    ) -> Self {
        let differences = match what {
            What::StaffAdded => account_differences(None, Some(account)),
            What::StaffRemoved => account_differences(Some(account), None),
            What::StaffChanged => account_differences(before, Some(account)),
            _ => Vec::new(),
        };
        Self {
            id,
            at,
            by: who.name().to_owned(),
            by_id: who.id(),
            restaurant: account.restaurants.first().cloned(),
            what,
            subject: account.name.to_string(),
            differences,
        }
    }
}

fn account_differences(old: Option<&Account>, new: Option<&Account>) -> Vec<Difference> {
    let of = |what: &str, text: fn(&Account) -> String| {
        Difference::of(what, old.map(text), new.map(text))
    };
    let places = |account: &Account| {
        let places: Vec<_> = account.restaurants.iter().map(ToString::to_string).collect();
        places.join(", ")
    };
    let all = [
        of("name", |account| account.name.to_string()),
        of("e-mail", |account| account.email.to_string()),
        of("role", |account| account.role.to_string()),
        of("restaurants", places),
    ];
    all.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::staff::Role;

    #[test]
    fn only_what_differs_is_told() {
        let id = StaffId(Uuid::from_u128(1));
        let before = Account::check(id, "a@x.de", "Ada", "kitchen", &["a".into()]).unwrap();
        let after = Account { role: Role::Owner, ..before.clone() };
        let at = Timestamp::UNIX_EPOCH;
        let entry =
            Entry::about(Uuid::nil(), &Who::Token, What::StaffChanged, &after, Some(&before), at);
        assert_eq!((entry.by.as_str(), entry.subject.as_str()), ("operator token", "Ada"));
        let role = Difference {
            what: "role".into(),
            old: Some("kitchen".into()),
            new: Some("owner".into()),
        };
        assert_eq!(entry.differences, [role]);
        assert_eq!(Difference::of("x", String::new(), None), None);
    }
}
