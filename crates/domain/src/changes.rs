//! Entries of the change log: who changed what.

use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    ids::{RestaurantId, StaffId},
    names::names,
    staff::{Account, Actor},
};

names! {
    /// The kind of change.
    ChangeKind, UnknownChangeKind "is not a kind of change" {
        /// A menu was changed.
        Menu "menu",
        /// The details of a restaurant were changed.
        Restaurant "restaurant",
        /// A stock level was changed.
        Stock "stock",
        /// An account was added.
        StaffAdded "staff_added",
        /// An account was changed.
        StaffChanged "staff_changed",
        /// An account was removed.
        StaffRemoved "staff_removed",
        /// A password was set.
        Password "password",
    }
}

names! {
    /// The field that changed.
    Field, UnknownField "is not a field" {
        /// The thing as a whole: it was added or removed.
        Itself "itself",
        /// Its name.
        Name "name",
        /// Its description.
        Description "description",
        /// Its price.
        Price "price",
        /// Its category.
        Category "category",
        /// Its position.
        Order "order",
        /// Whether customers see it.
        Shown "shown",
        /// Its allergens.
        Allergens "allergens",
        /// Its dietary labels.
        Dietary "dietary",
        /// Its options.
        Options "options",
        /// Its stock value.
        Stock "stock",
        /// The level from which on it is low.
        LowStock "low_stock",
        /// Tax rates or rules.
        Tax "tax",
        /// An e-mail address.
        Email "email",
        /// A role.
        Role "role",
        /// The restaurants of an account.
        Restaurants "restaurants",
        /// A currency.
        Currency "currency",
        /// A time zone.
        TimeZone "time_zone",
        /// Whether orders are accepted automatically.
        AutoAccept "auto_accept",
        /// The time limit for accepting.
        AcceptWithin "accept_within",
        /// The delivery fee.
        DeliveryFee "delivery_fee",
        /// The minimum order.
        MinimumOrder "minimum_order",
        /// The preparation time.
        Preparation "preparation",
        /// The opening hours.
        OpeningHours "opening_hours",
        /// The pause.
        Pause "pause",
        /// When a business day starts.
        BusinessDay "business_day",
        /// The legal entity that sells.
        Legal "legal",
        /// The address.
        Address "address",
        /// When the money of cards is captured.
        Capture "capture",
        /// Whether cash is taken, and up to how much.
        Cash "cash",
    }
}

/// One field that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The name of the part that changed; empty for the subject itself.
    pub of: String,
    /// The field.
    pub field: Field,
    /// The old value; `None` if there was none.
    pub old: Option<String>,
    /// The new value; `None` if it was removed.
    pub new: Option<String>,
}

impl Difference {
    /// The difference of two texts; `None` if they are equal. An empty text counts as `None`.
    pub fn between(
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
pub struct ChangeEntry {
    /// Identifies the change; the same for repetitions.
    pub id: Uuid,
    /// When.
    pub at: Timestamp,
    /// The author's name. It stays when the account is removed.
    pub by: String,
    /// The author's account, if there is one.
    pub by_id: Option<StaffId>,
    /// The restaurant. For an account with several, the first one; `None` for an operator's.
    pub restaurant: Option<RestaurantId>,
    /// The kind of change.
    pub kind: ChangeKind,
    /// The name of what was changed.
    pub subject: String,
    /// The fields that changed.
    pub differences: Vec<Difference>,
}

impl ChangeEntry {
    /// The entry for a change of an account by `actor`.
    pub fn about_account(
        id: Uuid,
        actor: &Actor,
        kind: ChangeKind,
        account: &Account,
        before: Option<&Account>,
        at: Timestamp,
    ) -> Self {
        let differences = match kind {
            ChangeKind::StaffAdded => account_differences(None, Some(account)),
            ChangeKind::StaffRemoved => account_differences(Some(account), None),
            ChangeKind::StaffChanged => account_differences(before, Some(account)),
            _ => Vec::new(),
        };
        Self {
            id,
            at,
            by: actor.name().to_owned(),
            by_id: actor.id(),
            restaurant: account.restaurants.first().cloned(),
            kind,
            subject: account.name.to_string(),
            differences,
        }
    }
}

fn account_differences(old: Option<&Account>, new: Option<&Account>) -> Vec<Difference> {
    let of = |field: Field, text: fn(&Account) -> String| {
        Difference::between("", field, old.map(text), new.map(text))
    };
    let restaurants = |account: &Account| {
        let ids: Vec<_> = account.restaurants.iter().map(ToString::to_string).collect();
        ids.join(", ")
    };
    let all = [
        of(Field::Name, |account| account.name.to_string()),
        of(Field::Email, |account| account.email.to_string()),
        of(Field::Role, |account| account.role.to_string()),
        of(Field::Restaurants, restaurants),
    ];
    all.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::staff::Role;

    #[test]
    fn only_changed_fields_are_listed() {
        let id = StaffId(Uuid::from_u128(1));
        let before = Account::from_input(id, "a@x.de", "Ada", "kitchen", &["a".into()]).unwrap();
        let after = Account { role: Role::Owner, ..before.clone() };
        let at = Timestamp::UNIX_EPOCH;
        let entry = ChangeEntry::about_account(
            Uuid::nil(),
            &Actor::Token,
            ChangeKind::StaffChanged,
            &after,
            Some(&before),
            at,
        );
        assert_eq!((entry.by.as_str(), entry.subject.as_str()), ("operator token", "Ada"));
        let role = Difference {
            of: String::new(),
            field: Field::Role,
            old: Some("kitchen".into()),
            new: Some("owner".into()),
        };
        assert_eq!(entry.differences, [role]);
        assert_eq!(Difference::between("x", Field::Name, String::new(), None), None);
    }
}
