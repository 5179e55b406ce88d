//! Who says it, and what may be said.

use std::fs;

/// Longest reason, in characters.
const LONGEST: usize = 500;

/// A reason that can be kept: something, and not a book.
pub(super) fn reason(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("say why: whoever looks at it later wants to know".to_owned());
    }
    match text.chars().count() {
        ..=LONGEST => Ok(text.to_owned()),
        n => Err(format!("{n} characters are more than {LONGEST}")),
    }
}

/// The user that runs this program, by name if the system has one. What the environment says is
/// anybody's.
pub(super) fn user() -> String {
    let id = rustix::process::getuid().as_raw();
    let accounts = fs::read_to_string("/etc/passwd").unwrap_or_default();
    name_of(id, &accounts).map_or_else(|| format!("uid {id}"), str::to_owned)
}

fn name_of(id: u32, accounts: &str) -> Option<&str> {
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
        assert_eq!(name_of(1000, accounts), Some("ada"));
        assert_eq!(name_of(1001, accounts), None);
    }

    #[test]
    fn a_reason_says_something() {
        assert!(reason("  ").is_err() && reason(&"x".repeat(501)).is_err());
        assert_eq!(reason(" bad disk ").as_deref(), Ok("bad disk"));
    }
}
