//! The register of services: one line each. Commands, wiring, documents and tests read it.

use clap::{ValueEnum, builder::PossibleValue};
use events::Delay;
use services::{
    analytics::{self, AnalyticsHandler},
    backoffice::{self, BackofficeHandler},
    declaration::Declaration,
    email::{self, EmailHandler},
    orders::{self, OrdersHandler},
    storefront,
    transactions::{self, TransactionsHandler},
};
use smtp::SmtpMailer;
use sql::{SqlChanges, SqlFacts, SqlMails, SqlOrders, SqlPayments, SqlWatch};
use stripe::StripeGateway;

use crate::groups::Group;

/// A service: its declaration, and the groups of its handlers.
#[derive(Debug)]
struct Entry {
    declaration: &'static Declaration,
    groups: &'static [Group],
}

macro_rules! register {
    ($($service:ident: $declaration:path, [$($handler:ty),*];)*) => {
        /// A service by name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Service { $($service),* }

        impl Service {
            /// Every service.
            pub(crate) const ALL: &[Self] = &[$(Self::$service),*];
        }

        /// The entries in the order of `ALL`.
        const ENTRIES: &[Entry] = &[$(Entry {
            declaration: &$declaration,
            groups: &[$(Group::of::<$handler>()),*],
        }),*];
    };
}

register! {
    Storefront: storefront::SERVICE, [];
    Orders: orders::SERVICE, [OrdersHandler<SqlOrders>];
    Transactions: transactions::SERVICE, [TransactionsHandler<SqlPayments, StripeGateway>];
    Email: email::SERVICE, [EmailHandler<SmtpMailer, SqlMails, SqlWatch>];
    Analytics: analytics::SERVICE, [AnalyticsHandler<SqlFacts>];
    Backoffice: backoffice::SERVICE, [BackofficeHandler<SqlChanges>];
}

/// The group that counts the figures.
pub(crate) const ANALYTICS: &Group = &Group::of::<AnalyticsHandler<SqlFacts>>();

impl Service {
    /// Its declaration.
    pub(crate) const fn declaration(self) -> &'static Declaration {
        ENTRIES[self as usize].declaration
    }

    /// The groups of its handlers.
    pub(crate) const fn groups(self) -> &'static [Group] {
        ENTRIES[self as usize].groups
    }
}

impl ValueEnum for Service {
    fn value_variants<'a>() -> &'a [Self] {
        Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let Declaration { name, about, port, .. } = self.declaration();
        Some(PossibleValue::new(*name).help(format!("{about} ({port})")))
    }
}

/// Every group.
pub(crate) fn groups() -> impl Iterator<Item = &'static Group> + Clone {
    Service::ALL.iter().flat_map(|service| service.groups())
}

/// The retry plan of each group, which determines its retry topics.
pub(crate) fn plans() -> Vec<(&'static str, &'static [Delay])> {
    groups().map(|group| (group.name, group.retry)).collect()
}

#[cfg(test)]
mod tests;
