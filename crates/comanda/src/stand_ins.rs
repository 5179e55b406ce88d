//! Whether this build has stand-ins, and the setting with the faults of the gateway.

/// Whether this build has stand-ins.
pub(crate) const IS_LINKED: bool = cfg!(feature = "embedded");

#[cfg(not(feature = "embedded"))]
pub(crate) use self::unread::Faults;
#[cfg(feature = "embedded")]
pub(crate) use test_gateway::Faults;

#[cfg(not(feature = "embedded"))]
mod unread {
    use std::{convert::Infallible, fmt, str::FromStr};

    /// Faults of the test gateway as text: every command takes them, only a test gateway heeds
    /// them.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub(crate) struct Faults(String);

    impl FromStr for Faults {
        type Err = Infallible;

        fn from_str(text: &str) -> Result<Self, Self::Err> {
            Ok(Self(text.to_owned()))
        }
    }

    impl fmt::Display for Faults {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(&self.0)
        }
    }
}
