//! Refusals requested by the recipient's address, to test a sender. Off by default.
//!
//! `ada+550@example.com` is always refused; `ada+451@example.com` is refused at its first attempt
//! and accepted at the next, like greylisting.

use std::collections::HashSet;

use parking_lot::Mutex;

use super::reply::Reply;

/// Maximum number of remembered addresses.
const MAX_REMEMBERED: usize = 10_000;

/// Refuses recipients by their address.
#[derive(Debug, Default)]
pub(crate) struct Refusals {
    refused_once: Mutex<HashSet<String>>,
}

impl Refusals {
    /// The refusal of a recipient, if its address requests one.
    pub(crate) fn check_recipient(&self, recipient: &str) -> Option<Reply> {
        let code = requested_code(recipient)?;
        if code.starts_with('4') {
            let mut refused = self.refused_once.lock();
            if refused.len() >= MAX_REMEMBERED {
                refused.clear();
            }
            if !refused.insert(recipient.to_lowercase()) {
                return None;
            }
        }
        Some(Reply::requested_refusal(code))
    }
}

/// The code after the last plus sign of the local part.
fn requested_code(recipient: &str) -> Option<&str> {
    let (local, _) = recipient.rsplit_once('@')?;
    let (_, code) = local.rsplit_once('+')?;
    let is_code = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_digit());
    (is_code && code.starts_with(['4', '5'])).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_with_a_code_is_refused() {
        assert_eq!(requested_code("ada+451@example.com"), Some("451"));
        assert_eq!(requested_code("ada+x+550@example.com"), Some("550"));
        for plain in ["ada@b", "ada+250@b", "ada+45@b", "ada+4511@b", "451@b", "+45x@b", "a+451"] {
            assert_eq!(requested_code(plain), None, "{plain}");
        }
    }

    #[test]
    fn a_4xx_code_refuses_once_and_a_5xx_code_always() {
        let refusals = Refusals::default();
        for address in ["ada+451@b", "bob+451@b"] {
            assert!(refusals.check_recipient(address).is_some());
            assert_eq!(
                refusals.check_recipient(&address.to_uppercase()),
                None,
                "the next attempt is accepted"
            );
        }
        assert!((0..3).all(|_| refusals.check_recipient("ada+550@b").is_some()));
    }
}
