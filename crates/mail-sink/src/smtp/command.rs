//! Command lines (RFC 5321, 4.1.1).

use super::{path, reply::Reply};

/// A well-formed command; the session decides whether it is allowed at this point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Command {
    Ehlo,
    Helo,
    Mail { from: String, size_bytes: Option<u64> },
    Rcpt { to: String },
    Data,
    Rset,
    Noop,
    Quit,
    Vrfy,
    Help,
}

/// Parses a line without its end. `is_utf8` is whether the current mail uses SMTPUTF8.
pub(super) fn parse(line: &[u8], is_utf8: bool) -> Result<ParsedCommand, Reply> {
    if line.iter().any(|&byte| matches!(byte, b'\r' | b'\n' | 0)) {
        return Err(Reply::BARE_LINE_END);
    }
    let line = str::from_utf8(line).map_err(|_| Reply::SYNTAX)?.trim_end();
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    let rest = rest.trim();
    let command = match verb.to_ascii_uppercase().as_str() {
        "EHLO" if !rest.is_empty() => Command::Ehlo,
        "HELO" if !rest.is_empty() => Command::Helo,
        "MAIL" => return parse_mail(rest),
        "RCPT" => parse_rcpt(rest, is_utf8)?,
        "DATA" => bare(Command::Data, rest)?,
        "RSET" => bare(Command::Rset, rest)?,
        "QUIT" => bare(Command::Quit, rest)?,
        "NOOP" => Command::Noop,
        "HELP" => Command::Help,
        "VRFY" if !rest.is_empty() => Command::Vrfy,
        "EHLO" | "HELO" | "VRFY" => return Err(Reply::SYNTAX),
        "AUTH" | "STARTTLS" | "BDAT" | "EXPN" | "ETRN" | "TURN" | "SEND" | "SOML" | "SAML" => {
            return Err(Reply::NOT_OFFERED);
        }
        _ => return Err(Reply::UNKNOWN),
    };
    Ok(ParsedCommand { command, is_utf8 })
}

/// A command, and whether the current mail uses SMTPUTF8 afterwards.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ParsedCommand {
    pub(super) command: Command,
    pub(super) is_utf8: bool,
}

fn bare(command: Command, rest: &str) -> Result<Command, Reply> {
    if rest.is_empty() { Ok(command) } else { Err(Reply::SYNTAX) }
}

fn parse_mail(rest: &str) -> Result<ParsedCommand, Reply> {
    let (from, parameters) =
        strip_keyword(rest, "FROM:").and_then(path::split).ok_or(Reply::SYNTAX)?;
    if !from.is_empty() && !path::is_mailbox(from) {
        return Err(Reply::SYNTAX);
    }
    let (mut size_bytes, mut is_utf8) = (None, false);
    for parameter in parameters.split_ascii_whitespace() {
        let (name, value) = match parameter.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (parameter, None),
        };
        match (name.to_ascii_uppercase().as_str(), value) {
            ("SIZE", Some(value)) => {
                size_bytes = Some(value.parse().map_err(|_| Reply::SYNTAX)?);
            }
            ("BODY", Some(value)) => {
                let known = ["7BIT", "8BITMIME"].iter().any(|k| k.eq_ignore_ascii_case(value));
                if !known {
                    return Err(Reply::SYNTAX);
                }
            }
            ("SMTPUTF8", None) => is_utf8 = true,
            _ => return Err(Reply::UNKNOWN_PARAMETER),
        }
    }
    if !is_utf8 && !from.is_ascii() {
        return Err(Reply::NOT_ASCII);
    }
    Ok(ParsedCommand { command: Command::Mail { from: from.to_owned(), size_bytes }, is_utf8 })
}

fn parse_rcpt(rest: &str, is_utf8: bool) -> Result<Command, Reply> {
    let (to, parameters) = strip_keyword(rest, "TO:").and_then(path::split).ok_or(Reply::SYNTAX)?;
    if !path::is_mailbox(to) {
        return Err(Reply::SYNTAX);
    }
    if !parameters.is_empty() {
        return Err(Reply::UNKNOWN_PARAMETER);
    }
    if !is_utf8 && !to.is_ascii() {
        return Err(Reply::NOT_ASCII);
    }
    Ok(Command::Rcpt { to: to.to_owned() })
}

fn strip_keyword<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(word.len())?;
    head.eq_ignore_ascii_case(word).then_some(rest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn command(line: &str) -> Result<Command, Reply> {
        parse(line.as_bytes(), false).map(|parsed| parsed.command)
    }

    #[test]
    fn commands_are_parsed() {
        let from = "a@b".to_owned();
        let sized = Command::Mail { from: from.clone(), size_bytes: Some(9) };
        assert_eq!(command("mail from:<a@b> BODY=8bitmime size=9"), Ok(sized));
        assert_eq!(command("MAIL FROM: <a@b>"), Ok(Command::Mail { from, size_bytes: None }));
        assert_eq!(command("RCPT TO:<c@d>"), Ok(Command::Rcpt { to: "c@d".to_owned() }));
        assert_eq!(command("ehlo x"), Ok(Command::Ehlo));
        assert_eq!(command("Data "), Ok(Command::Data));
    }

    #[test]
    fn each_mistake_has_its_own_reply() {
        let cases = [
            ("", Reply::UNKNOWN),
            ("FOO", Reply::UNKNOWN),
            ("AUTH PLAIN", Reply::NOT_OFFERED),
            ("STARTTLS", Reply::NOT_OFFERED),
            ("EHLO", Reply::SYNTAX),
            ("DATA x", Reply::SYNTAX),
            ("MAIL FROM:a@b", Reply::SYNTAX),
            ("MAIL FROM:<a@b> SIZE=x", Reply::SYNTAX),
            ("MAIL FROM:<a@b> RET=FULL", Reply::UNKNOWN_PARAMETER),
            ("RCPT TO:<>", Reply::SYNTAX),
            ("RCPT TO:<ü@b>", Reply::NOT_ASCII),
            ("MAIL FROM:<ü@b>", Reply::NOT_ASCII),
            ("NOOP\nQUIT", Reply::BARE_LINE_END),
            ("NOOP\rQUIT", Reply::BARE_LINE_END),
        ];
        for (line, reply) in cases {
            assert_eq!(command(line), Err(reply), "{line}");
        }
        assert!(parse("RCPT TO:<ü@b>".as_bytes(), true).is_ok());
    }

    proptest! {
        #[test]
        fn arbitrary_lines_never_panic(line in proptest::collection::vec(any::<u8>(), 0..80), is_utf8: bool) {
            let _ = parse(&line, is_utf8);
        }

        #[test]
        fn arbitrary_paths_never_panic(verb in "(MAIL FROM:|RCPT TO:)", rest in ".{0,60}") {
            let _ = parse(format!("{verb}{rest}").as_bytes(), true);
        }
    }
}
