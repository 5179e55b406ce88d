//! Webhook signatures in Stripe's format.

use std::fmt::Write;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The value of `Stripe-Signature`: the timestamp in seconds, then for each secret the HMAC-SHA256
/// of the timestamp, a dot and the body.
pub(super) fn sign<'a>(
    secrets: impl Iterator<Item = &'a str>,
    at_unix_s: i64,
    body: &[u8],
) -> String {
    let mut header = format!("t={at_unix_s}");
    for secret in secrets {
        // HMAC accepts keys of any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { continue };
        mac.update(at_unix_s.to_string().as_bytes());
        mac.update(b".");
        mac.update(body);
        header.push_str(",v1=");
        for byte in mac.finalize().into_bytes() {
            // Writing to a string does not fail.
            let _ = write!(header, "{byte:02x}");
        }
    }
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_matches_that_of_openssl() {
        // printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac whsec_test
        let one = "38877139021993b830af32feea6e18a8da83eb2f6e49ee50bd9e4cf4ca4d3789";
        // printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac other
        let other = "2cb38bd50b3aa61b12df512da616c9577f2a99edb9467110d361a655e1ad3bd5";
        let header = sign(["whsec_test", "other"].into_iter(), 1_700_000_000, br#"{"a":1}"#);
        assert_eq!(header, format!("t=1700000000,v1={one},v1={other}"));
    }
}
