//! The user and the reason of an acknowledgement.

use std::fs;

/// Maximum length of a reason, in characters.
const MAX_REASON_CHARS: usize = 500;

/// Parses a reason: not empty, and not too long.
pub(super) fn parse_reason(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("it must say why, for people who look at it later".to_owned());
    }
    match text.chars().count() {
        ..=MAX_REASON_CHARS => Ok(text.to_owned()),
        n => Err(format!("{n} characters are more than {MAX_REASON_CHARS}")),
    }
}

/// The user that runs this program, by name if the system has one. The environment is not trusted.
pub(super) fn current_user() -> String {
    let id = rustix::process::getuid().as_raw();
    let accounts = fs::read_to_string("/etc/passwd").unwrap_or_default();
    user_name(id, &accounts).map_or_else(|| format!("uid {id}"), str::to_owned)
}

fn user_name(id: u32, accounts: &str) -> Option<&str> {
    accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(id)).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_have_the_names_that_the_system_gives_them() {
        let accounts = "root:x:0:0:root:/root:/bin/sh\nada:x:1000:1000::/home/ada:/bin/sh\n";
        assert_eq!(user_name(1000, accounts), Some("ada"));
        assert_eq!(user_name(1001, accounts), None);
    }

    #[test]
    fn a_reason_is_neither_empty_nor_too_long() {
        assert!(parse_reason("  ").is_err() && parse_reason(&"x".repeat(501)).is_err());
        assert_eq!(parse_reason(" bad disk ").as_deref(), Ok("bad disk"));
    }
}
