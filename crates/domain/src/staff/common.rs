//! Passwords that guessers try first (OWASP ASVS 5.0, 6.2.4).
//!
//! The list has those of the common ones that are as long as ours must be, in lower case. It is
//! made of the lists of zxcvbn, zxcvbn-ts (MIT) and Django (BSD-3-Clause);
//! `common_passwords.NOTICE` has their notices.

const COMMON: &str = include_str!("common_passwords.txt");

/// True for a password that many have, whatever the case of its letters.
pub(super) fn is_common(password: &str) -> bool {
    let password = password.to_lowercase();
    COMMON.lines().any(|common| common == password)
}

#[cfg(test)]
mod tests {
    use super::super::MIN_PASSWORD;
    use super::*;

    #[test]
    fn the_list_is_of_passwords_that_could_be_set() {
        assert!(COMMON.lines().count() > 10_000);
        for common in COMMON.lines() {
            let fits = common.chars().count() >= MIN_PASSWORD && common == common.to_lowercase();
            assert!(fits, "{common}");
        }
        assert!(COMMON.lines().is_sorted(), "so that what is added is seen");
        assert!(is_common("QWERTYUIOP") && !is_common("basil tomato oven"));
    }
}
