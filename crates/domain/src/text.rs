//! Texts typed by people: bounded, one line, and harmless in mail headers and pages.

use std::{fmt, str::FromStr};

/// Why a text was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing but white space.
    #[error("must not be empty")]
    Empty,
    /// Longer than allowed.
    #[error("must be at most {0} characters")]
    TooLong(usize),
    /// A line break, tab, or other control or direction-changing character.
    #[error("must be one line without control characters")]
    Control,
    /// Not an e-mail address we can deliver to.
    #[error("must be an e-mail address such as ada@example.com")]
    Email,
    /// Not a telephone number.
    #[error("must be a telephone number: 5 to 20 digits, spaces and + - ( ) .")]
    Phone,
    /// Not a payment method.
    #[error("must be a payment method such as pm_card_visa, never a card number")]
    PaymentMethod,
    /// Not a known time zone.
    #[error("must be an IANA time zone such as Europe/Rome")]
    TimeZone,
}

/// Control characters, and invisible ones that reorder or hide text (Unicode UAX #9,
/// `Bidi_Control`).
fn is_forbidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{200E}' | '\u{200F}' | '\u{061C}' | '\u{FEFF}')
        || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

fn one_line(text: &str, max: usize) -> Result<String, TextError> {
    // Checked before trimming: a line break at the end is refused as well.
    if text.chars().any(is_forbidden) {
        return Err(TextError::Control);
    }
    let text = text.trim();
    match text.chars().count() {
        0 => Err(TextError::Empty),
        n if n > max => Err(TextError::TooLong(max)),
        _ => Ok(text.to_owned()),
    }
}

macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $parse:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = TextError;

            fn from_str(text: &str) -> Result<Self, TextError> {
                let parse: fn(&str) -> Result<String, TextError> = $parse;
                parse(text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text!(
    /// A name of a person, restaurant, dish or option: one line of 1 to 120 characters.
    Name,
    |text| one_line(text, 120)
);
text!(
    /// A remark, a reason or a description: one line of 1 to 500 characters.
    Note,
    |text| one_line(text, 500)
);
text!(
    /// A delivery address: one line of 1 to 300 characters.
    Address,
    |text| one_line(text, 300)
);
text!(
    /// A line of a postal address, or a part of it such as a city: 1 to 120 characters.
    AddressLine,
    |text| one_line(text, 120)
);
text!(
    /// A postcode as its country writes it: 1 to 16 characters.
    Postcode,
    |text| one_line(text, 16)
);
text!(
    /// A VAT number or tax id as receipts show it: 1 to 40 characters.
    TaxNumber,
    |text| one_line(text, 40)
);
text!(
    /// A telephone number as typed.
    Phone,
    phone
);
text!(
    /// An e-mail address, at most 254 characters (RFC 5321 §4.5.3.1.3). Kept as typed;
    /// compare with [`Email::canonical`].
    Email,
    email
);
text!(
    /// The name of an IANA time zone.
    ZoneName,
    zone
);

impl Email {
    /// The lower-case spelling, for identity.
    pub fn canonical(&self) -> String {
        self.0.to_lowercase()
    }
}

impl ZoneName {
    /// The time zone; UTC if the time zone database no longer has it.
    pub fn zone(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::get(&self.0).unwrap_or(jiff::tz::TimeZone::UTC)
    }
}

fn phone(text: &str) -> Result<String, TextError> {
    let text = one_line(text, 30)?;
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let allowed = text.chars().all(|c| c.is_ascii_digit() || " +-().".contains(c));
    if allowed && (5..=20).contains(&digits) { Ok(text) } else { Err(TextError::Phone) }
}

/// The dot-atom form of RFC 5322 §3.4.1 with a domain of at least two labels: what mail systems
/// deliver to in practice. Quoted local parts, comments and address literals are refused.
fn email(text: &str) -> Result<String, TextError> {
    let text = one_line(text, 254).map_err(|_| TextError::Email)?;
    let (local, domain) = text.rsplit_once('@').ok_or(TextError::Email)?;
    let atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+/=?^_`{|}~-".contains(c);
    let dot_atom = |part: &str| part.split('.').all(|a| !a.is_empty() && a.chars().all(atom));
    let label = |l: &str| {
        (1..=63).contains(&l.len())
            && l.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !l.starts_with('-')
            && !l.ends_with('-')
    };
    let good = local.len() <= 64
        && dot_atom(local)
        && domain.contains('.')
        && domain.split('.').all(label);
    if good { Ok(text) } else { Err(TextError::Email) }
}

fn zone(text: &str) -> Result<String, TextError> {
    let text = one_line(text, 64).map_err(|_| TextError::TimeZone)?;
    jiff::tz::TimeZone::get(&text).map_err(|_| TextError::TimeZone)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_breaks_never_pass() {
        for bad in ["a\r\nBcc: x@y.zz", "a\nb", "a\n", "\ta", "a\u{202E}b", "a\u{2028}b", "a\0"] {
            assert_eq!(bad.parse::<Name>(), Err(TextError::Control), "{bad:?}");
        }
        assert_eq!("   ".parse::<Name>(), Err(TextError::Empty));
        assert_eq!("é".repeat(121).parse::<Name>(), Err(TextError::TooLong(120)));
        assert_eq!(" Ada ".parse::<Name>().unwrap().as_str(), "Ada");
    }

    #[test]
    fn addresses_must_be_deliverable() {
        for good in ["ada@example.com", "Ada.L+x@mail.example.co.uk", "o'neil@a-b.de"] {
            assert!(good.parse::<Email>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "ada",
            "@x.de",
            "a@b",
            "a@b..de",
            ".a@b.de",
            "a b@c.de",
            "a@-b.de",
            "a@b.de\r\n",
            "<a@b.de>",
            "a@b.de, c@d.de",
            "\"a\"@b.de",
        ] {
            assert!(bad.parse::<Email>().is_err(), "{bad}");
        }
    }

    #[test]
    fn zones_and_phones() {
        assert!("Europe/Rome".parse::<ZoneName>().is_ok());
        assert!("Europe/Atlantis".parse::<ZoneName>().is_err());
        assert!("+39 06 1234-567".parse::<Phone>().is_ok());
        assert!("call me".parse::<Phone>().is_err());
    }
}
