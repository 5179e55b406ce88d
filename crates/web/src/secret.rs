//! Values derived from the installation's secret: order ids, access tokens, marks and hashes. They
//! are compared in constant time.

use domain::{
    ids::{ChangeId, OrderId, RestaurantId},
    stock::Dish,
    text::Email,
};
use events::text::hex;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// The installation's secret. Never printed.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// A secret of at least 16 bytes; `None` if it is shorter.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Option<Self> {
        let bytes = bytes.into();
        (bytes.len() >= 16).then_some(Self(bytes))
    }

    /// HMAC-SHA-256 over parts, each preceded by its length so that their boundaries are
    /// unambiguous.
    fn mac<P: AsRef<[u8]>>(&self, purpose: &str, parts: &[P]) -> [u8; 32] {
        // HMAC takes keys of any length (RFC 2104 §2), so this cannot fail.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else {
            return Sha256::digest(&self.0).into();
        };
        let parts = parts.iter().map(AsRef::as_ref);
        for part in std::iter::once(purpose.as_bytes()).chain(parts) {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// The id of a customer's order under an idempotency key: a UUID of version 8 (RFC 9562 §5.8),
    /// the same for the same restaurant, email address and key. If the key is a UUID of version 7,
    /// the id begins with the key's time, so that orders are clustered by time in every table; the
    /// other 74 bits are keyed.
    pub fn order_id(&self, restaurant: &RestaurantId, email: &Email, key: &str) -> OrderId {
        let mac = self.mac("order", &[restaurant.as_str(), &email.canonical(), key]);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&mac[..16]);
        if let Some(time_ms) = key_time_ms(key) {
            bytes[..6].copy_from_slice(&time_ms.to_be_bytes()[2..]);
        }
        OrderId(Uuid::new_v8(bytes))
    }

    /// The id of a stock change under an idempotency key: the same for the same dish, `what` and
    /// key.
    pub fn change_id(&self, dish: &Dish, what: &str, key: &str) -> ChangeId {
        let mac = self.mac("stock change", &[&dish.to_string(), what, key]);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&mac[..16]);
        ChangeId(Uuid::new_v8(bytes))
    }

    /// The stored form of an idempotency key of a restaurant's stock, which does not reveal the
    /// key.
    pub fn stock_key(&self, restaurant: &RestaurantId, key: &str) -> String {
        hex(&self.mac("stock key", &[restaurant.as_str(), key])[..20])
    }

    /// The token that opens an order for its customer.
    pub fn order_token(&self, order: OrderId) -> String {
        hex(&self.mac("read", &[&order.to_string()])[..20])
    }

    /// The storefront's seal on a record, which only a holder of the secret can make.
    pub fn seal(&self, key: &[u8], value: &[u8]) -> String {
        hex(&self.mac("order seal", &[key, value])[..20])
    }

    /// True if `seal` is the seal of the record.
    pub fn has_sealed(&self, key: &[u8], value: &[u8], seal: &str) -> bool {
        are_equal(&self.seal(key, value), seal)
    }

    /// True if `token` opens `order`.
    pub fn opens(&self, order: OrderId, token: &str) -> bool {
        are_equal(&self.order_token(order), token)
    }

    /// The mark of a staff token, stored with the sessions that it opened. A new staff token has
    /// another mark, which ends them all.
    pub fn token_mark(&self, staff_token: &str) -> String {
        hex(&self.mac("staff session", &[staff_token])[..20])
    }

    /// The MAC of a browser's nonce that proves an earlier sign-in to the account of `email`.
    pub fn browser_mac(&self, email: &Email, nonce: &str) -> String {
        hex(&self.mac("browser", &[&email.canonical(), nonce])[..20])
    }

    /// True if `mac` proves an earlier sign-in.
    pub fn knows_browser(&self, email: &Email, nonce: &str, mac: &str) -> bool {
        are_equal(&self.browser_mac(email, nonce), mac)
    }

    /// The keyed hash that stands for a customer in analytics and does not reveal the address.
    pub fn customer_hash(&self, email: &Email) -> String {
        hex(&self.mac("customer", &[&email.canonical()])[..12])
    }
}

/// The time of a UUID of version 7 (RFC 9562 §5.7), in milliseconds since 1970; 48 bits, so never
/// negative.
pub fn key_time_ms(key: &str) -> Option<i64> {
    let key = Uuid::try_parse(key).ok().filter(|key| key.get_version_num() == 7)?;
    Some(key.as_bytes()[..6].iter().fold(0, |time_ms, byte| time_ms << 8 | i64::from(*byte)))
}

/// Compares two texts in a time that depends only on their lengths.
pub fn are_equal(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

/// The SHA-256 of bytes, in hexadecimal.
pub fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret() -> Secret {
        Secret::new(*b"0123456789abcdef").unwrap()
    }

    #[test]
    fn the_same_key_gives_the_same_order() {
        let (napoli, ada) = ("bella-napoli".parse().unwrap(), "Ada@Example.com".parse().unwrap());
        let id = secret().order_id(&napoli, &ada, "k1");
        assert_eq!(id, secret().order_id(&napoli, &"ada@example.com".parse().unwrap(), "k1"));
        assert_ne!(id, secret().order_id(&napoli, &ada, "k2"));
        assert_eq!(id.0.get_version_num(), 8);
    }

    #[test]
    fn a_key_with_a_time_gives_an_id_with_that_time() {
        let (napoli, ada) = ("bella-napoli".parse().unwrap(), "ada@example.com".parse().unwrap());
        let id = |key: &str| secret().order_id(&napoli, &ada, key);
        let (early, late) = ("0199b1b4-0000-7000-8000-00000000000", "0199b1b4-0001-7000-8000-0");
        let first = id(&format!("{early}1"));
        assert!(first.to_string().starts_with("0199b1b4-0000-8"), "{first}");
        assert_eq!(first, id(&format!("{early}1")));
        assert_ne!(first, id(&format!("{early}2")), "the same time is not the same order");
        assert!(first < id(&format!("{late}00000000001")));
        let random = "0199b1b4-0000-4000-8000-000000000001";
        assert!(!id(random).to_string().starts_with("0199b1b4"), "only version 7 is a time");
    }

    #[test]
    fn a_token_opens_one_order() {
        let (one, two) = (OrderId(Uuid::from_u128(1)), OrderId(Uuid::from_u128(2)));
        let token = secret().order_token(one);
        assert!(secret().opens(one, &token));
        assert!(!secret().opens(two, &token));
        assert!(!secret().opens(one, &token[1..]));
        assert!(!Secret::new(*b"another-secret-0").unwrap().opens(one, &token));
    }

    #[test]
    fn a_seal_belongs_to_one_record() {
        let seal = secret().seal(b"one", b"{}");
        assert!(secret().has_sealed(b"one", b"{}", &seal));
        assert!(!secret().has_sealed(b"two", b"{}", &seal));
        assert!(!secret().has_sealed(b"one", b"{ }", &seal));
        assert!(!secret().has_sealed(b"one{", b"}", &seal));
        assert!(!secret().has_sealed(b"one", b"{}", ""));
        assert!(!Secret::new(*b"another-secret-0").unwrap().has_sealed(b"one", b"{}", &seal));
    }

    #[test]
    fn parts_cannot_run_into_each_other() {
        assert_ne!(secret().mac("p", &["ab", "c"]), secret().mac("p", &["a", "bc"]));
    }

    #[test]
    fn a_secret_is_never_printed() {
        assert_eq!(format!("{:?}", secret()), "Secret(…)");
        assert!(Secret::new(*b"short").is_none());
    }
}
