//! Closed sets of names, as used in events, addresses and tables.

/// Defines an enum whose values have names: `ALL`, `name()`, `FromStr` and `Display`, and the error
/// for a text that names none of them.
macro_rules! names {
    ($(#[$top:meta])* $type:ident, $error:ident $message:literal { $($(#[$doc:meta])* $name:ident $text:literal),* $(,)? }) => {
        $(#[$top])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $type {
            $($(#[$doc])* $name,)*
        }

        impl $type {
            /// Every value.
            pub const ALL: &[$type] = &[$($type::$name),*];

            /// The name in events and tables.
            pub const fn name(self) -> &'static str {
                match self { $($type::$name => $text,)* }
            }
        }

        #[doc = concat!("A text that names no [`", stringify!($type), "`].")]
        #[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
        #[error($message)]
        pub struct $error;

        impl std::str::FromStr for $type {
            type Err = $error;

            fn from_str(text: &str) -> Result<Self, $error> {
                Self::ALL.iter().copied().find(|value| value.name() == text).ok_or($error)
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

pub(crate) use names;
