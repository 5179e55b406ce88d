//! Common passwords (OWASP ASVS 5.0, 6.2.4).
//!
//! The list contains common passwords of the required length, in lower case. It is compiled from
//! the lists of zxcvbn, zxcvbn-ts (MIT) and Django (BSD-3-Clause); `common_passwords.NOTICE` has
//! their notices.

const COMMON: &str = include_str!("common_passwords.txt");

/// True if the password is on the list, ignoring case.
pub(super) fn is_common(password: &str) -> bool {
    let password = password.to_lowercase();
    COMMON.lines().any(|common| common == password)
}

#[cfg(test)]
mod tests {
    use super::super::MIN_PASSWORD;
    use super::*;

    #[test]
    fn the_list_has_only_passwords_of_valid_length() {
        assert!(COMMON.lines().count() > 10_000);
        for common in COMMON.lines() {
            let fits = common.chars().count() >= MIN_PASSWORD && common == common.to_lowercase();
            assert!(fits, "{common}");
        }
        assert!(COMMON.lines().is_sorted(), "sorted, so that additions are visible");
        assert!(is_common("QWERTYUIOP") && !is_common("basil tomato oven"));
    }
}
