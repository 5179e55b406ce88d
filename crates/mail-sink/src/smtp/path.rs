//! Addresses in angle brackets (RFC 5321, 4.1.2).

/// Maximum length of a path with its brackets (RFC 5321, 4.5.3.1.3).
const MAX_PATH_BYTES: usize = 256;
/// Maximum length of a local part (RFC 5321, 4.5.3.1.1).
const MAX_LOCAL_BYTES: usize = 64;

/// Splits `<address> rest` into the address and the rest. A quoted local part may contain a closing
/// bracket; a source route is ignored, as RFC 5321 requires.
pub(super) fn split(text: &str) -> Option<(&str, &str)> {
    let inner = text.trim_start().strip_prefix('<')?;
    let end = find_unquoted(inner, '>')?;
    let (path, rest) = (&inner[..end], &inner[end + 1..]);
    if !rest.is_empty() && !rest.starts_with(' ') {
        return None;
    }
    let address = match path.strip_prefix('@') {
        Some(route) => route.split_once(':')?.1,
        None => path,
    };
    Some((address, rest.trim()))
}

/// Whether the address is a mailbox, or `postmaster` without a domain.
pub(super) fn is_mailbox(address: &str) -> bool {
    if address.eq_ignore_ascii_case("postmaster") {
        return true;
    }
    if address.len() + 2 > MAX_PATH_BYTES || address.chars().any(char::is_control) {
        return false;
    }
    let Some(at) = find_unquoted(address, '@') else { return false };
    let (local, domain) = (&address[..at], &address[at + 1..]);
    local.len() <= MAX_LOCAL_BYTES && is_local(local) && is_domain(domain)
}

fn is_local(local: &str) -> bool {
    match local.strip_prefix('"') {
        Some(rest) => rest.len() > 1 && find_unquoted(local, '\0').is_none() && rest.ends_with('"'),
        None => local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atom)),
    }
}

fn is_atom(letter: char) -> bool {
    !letter.is_ascii() || letter.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(letter)
}

fn is_domain(domain: &str) -> bool {
    if let Some(literal) = domain.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return literal.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".:-".contains(&byte));
    }
    let is_label = |label: &str| {
        let is_allowed = |c: char| !c.is_ascii() || c.is_ascii_alphanumeric() || c == '-';
        !label.is_empty() && !label.starts_with('-') && label.chars().all(is_allowed)
    };
    domain.split('.').all(is_label)
}

/// Position of the first unquoted occurrence of a character.
fn find_unquoted(text: &str, wanted: char) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (position, letter) in text.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if letter == wanted && !quoted => return Some(position),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_split() {
        assert_eq!(split("<>"), Some(("", "")));
        assert_eq!(split("<a@b> SIZE=1"), Some(("a@b", "SIZE=1")));
        assert_eq!(split("<@x,@y:a@b>"), Some(("a@b", "")));
        assert_eq!(split(r#"<"a>b"@c>"#), Some((r#""a>b"@c"#, "")));
        for bad in ["a@b", "<a@b", "<a@b>x", "", "<@x>"] {
            assert_eq!(split(bad), None, "{bad}");
        }
    }

    #[test]
    fn mailboxes_are_validated() {
        for good in ["a@b", "a.b+c@d-e.f", r#""a b\"@"@c"#, "a@[127.0.0.1]", "Postmaster", "ü@ö.de"]
        {
            assert!(is_mailbox(good), "{good}");
        }
        let long = format!("{}@b", "a".repeat(65));
        for bad in ["", "a", "@b", "a@", "a..b@c", "a b@c", "a@b..c", "a@b c", "a@-b", &long] {
            assert!(!is_mailbox(bad), "{bad}");
        }
        assert!(!is_mailbox("a\u{7f}@b") && !is_mailbox(r#""a@b"#) && !is_mailbox(r#"""@b"#));
    }
}
