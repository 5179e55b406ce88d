//! Refusals on demand, so that a sender's ways with them can be seen. Off unless configured.
//!
//! The address asks for it: `ada+550@example.com` is refused for good, `ada+451@example.com` for
//! now, which is at its first attempt; the next one is taken, as with a greylist.

use std::collections::HashSet;

use parking_lot::Mutex;

use super::reply::Reply;

/// Most addresses that are remembered as refused once.
const REMEMBERED: usize = 10_000;

/// Refuses recipients that ask for it.
#[derive(Debug, Default)]
pub(crate) struct Refusals {
    refused_once: Mutex<HashSet<String>>,
}

impl Refusals {
    /// The refusal of a recipient, if there is one.
    pub(crate) fn of(&self, recipient: &str) -> Option<Reply> {
        let code = asked_for(recipient)?;
        if code.starts_with('4') {
            let mut refused = self.refused_once.lock();
            if refused.len() >= REMEMBERED {
                refused.clear();
            }
            if !refused.insert(recipient.to_lowercase()) {
                return None;
            }
        }
        Some(Reply::as_asked(code))
    }
}

/// The code after the last plus sign of the local part.
fn asked_for(recipient: &str) -> Option<&str> {
    let (local, _) = recipient.rsplit_once('@')?;
    let (_, code) = local.rsplit_once('+')?;
    let is_code = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_digit());
    (is_code && code.starts_with(['4', '5'])).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_that_asks_for_it_is_refused() {
        assert_eq!(asked_for("ada+451@example.com"), Some("451"));
        assert_eq!(asked_for("ada+x+550@example.com"), Some("550"));
        for plain in ["ada@b", "ada+250@b", "ada+45@b", "ada+4511@b", "451@b", "+45x@b", "a+451"] {
            assert_eq!(asked_for(plain), None, "{plain}");
        }
    }

    #[test]
    fn for_now_is_once_and_for_good_is_always() {
        let refusals = Refusals::default();
        for address in ["ada+451@b", "bob+451@b"] {
            assert!(refusals.of(address).is_some());
            assert_eq!(refusals.of(&address.to_uppercase()), None, "the next attempt is taken");
        }
        assert!((0..3).all(|_| refusals.of("ada+550@b").is_some()));
    }
}
