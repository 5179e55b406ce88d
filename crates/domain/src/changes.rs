//! Who changed what: the entries of the change log.

use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    ids::{RestaurantId, StaffId},
    names::names,
    staff::{Account, Actor},
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

names! {
    /// What of a thing is no longer what it was.
    Field, UnknownField "is not a field" {
        /// The thing itself: it was not there, or is gone.
        Itself "itself",
        /// Its name.
        Name "name",
        /// What is said about it.
        Description "description",
        /// Its price.
        Price "price",
        /// The heading it stands under.
        Category "category",
        /// Its place among the others.
        Order "order",
        /// Whether customers see it.
        Shown "shown",
        /// Its allergens.
        Allergens "allergens",
        /// What it is fit for.
        Dietary "dietary",
        /// What can be chosen with it.
        Options "options",
        /// How many there are.
        Stock "stock",
        /// When it is low.
        LowStock "low_stock",
        /// An e-mail address.
        Email "email",
        /// A role.
        Role "role",
        /// Where somebody works.
        Restaurants "restaurants",
        /// A currency.
        Currency "currency",
        /// A time zone.
        TimeZone "time_zone",
        /// Whether orders are accepted without a person.
        AutoAccept "auto_accept",
        /// How long there is to accept.
        AcceptWithin "accept_within",
        /// What delivery costs.
        DeliveryFee "delivery_fee",
        /// The smallest order.
        MinimumOrder "minimum_order",
        /// How long cooking takes.
        Preparation "preparation",
        /// When it is open.
        OpeningHours "opening_hours",
        /// A break.
        Pause "pause",
    }
}

/// One thing that is no longer what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Of what within the subject, by name; empty for the subject itself.
    pub of: String,
    /// What of it.
    pub field: Field,
    /// What it was; `None` if it was not there.
    pub old: Option<String>,
    /// What it is now; `None` if it is gone.
    pub new: Option<String>,
}

impl Difference {
    /// The difference of two texts, if there is one. Empty texts are as good as none.
    pub fn of(
        of: &str,
        field: Field,
        old: impl Into<Option<String>>,
        new: impl Into<Option<String>>,
    ) -> Option<Self> {
        let some = |text: Option<String>| text.filter(|text| !text.is_empty());
        let (old, new) = (some(old.into()), some(new.into()));
        (old != new).then(|| Self { of: of.to_owned(), field, old, new })
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
    /// That `actor` did something to an account.
    pub fn about(
        id: Uuid,
        actor: &Actor,
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
            by: actor.name().to_owned(),
            by_id: actor.id(),
            restaurant: account.restaurants.first().cloned(),
            what,
            subject: account.name.to_string(),
            differences,
        }
    }
}

fn account_differences(old: Option<&Account>, new: Option<&Account>) -> Vec<Difference> {
    let of = |field: Field, text: fn(&Account) -> String| {
        Difference::of("", field, old.map(text), new.map(text))
    };
    let places = |account: &Account| {
        let places: Vec<_> = account.restaurants.iter().map(ToString::to_string).collect();
        places.join(", ")
    };
    let all = [
        of(Field::Name, |account| account.name.to_string()),
        of(Field::Email, |account| account.email.to_string()),
        of(Field::Role, |account| account.role.to_string()),
        of(Field::Restaurants, places),
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
            Entry::about(Uuid::nil(), &Actor::Token, What::StaffChanged, &after, Some(&before), at);
        assert_eq!((entry.by.as_str(), entry.subject.as_str()), ("operator token", "Ada"));
        let role = Difference {
            of: String::new(),
            field: Field::Role,
            old: Some("kitchen".into()),
            new: Some("owner".into()),
        };
        assert_eq!(entry.differences, [role]);
        assert_eq!(Difference::of("x", Field::Name, String::new(), None), None);
    }
}
