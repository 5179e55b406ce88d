//! The services, by name.

use clap::ValueEnum;

/// The services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Service {
    /// The shop and the live order page (8081)
    Storefront,
    /// Order book and kitchen board (8082)
    Orders,
    /// Charges payments (8083)
    Transactions,
    /// Mails customers (8084)
    Email,
    /// Figures and dashboard (8085)
    Analytics,
    /// Restaurants and menus (8086)
    Backoffice,
}

impl Service {
    /// Every service.
    pub(crate) const ALL: &[Service] = &[
        Self::Storefront,
        Self::Orders,
        Self::Transactions,
        Self::Email,
        Self::Analytics,
        Self::Backoffice,
    ];

    /// The port it listens on when it runs alone.
    pub(crate) const fn port(self) -> u16 {
        match self {
            Self::Storefront => 8081,
            Self::Orders => 8082,
            Self::Transactions => 8083,
            Self::Email => 8084,
            Self::Analytics => 8085,
            Self::Backoffice => 8086,
        }
    }
}
