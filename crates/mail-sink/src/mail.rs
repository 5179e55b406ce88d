//! Mails as they are shown.

use mail_parser::{Address, HeaderName, Message, MessageParser};

/// The longest header shown in a list, in characters.
const SHOWN_CHARS: usize = 300;

/// A mail in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Counted from 1 in the order of arrival.
    pub id: u64,
    /// When it was kept, in milliseconds since the Unix epoch.
    pub received_unix_ms: i64,
    /// The sender's address as given to SMTP; empty for a bounce.
    pub envelope_from: String,
    /// The recipients' addresses as given to SMTP.
    pub envelope_to: Vec<String>,
    /// The header `From`, as `Name <address>`.
    pub from: String,
    /// The header `To`, as `Name <address>, …`.
    pub to: String,
    /// The header `Subject`.
    pub subject: String,
    /// The header `Message-ID`, without its angle brackets.
    pub message_id: Option<String>,
    /// How long the mail is, in bytes.
    pub size_bytes: u64,
}

/// A whole mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// What a list shows of it.
    pub summary: Summary,
    /// The plain text, if it has one of its own.
    pub text: Option<String>,
    /// The HTML, if it has one of its own. It is the sender's: show it in a sandbox only.
    pub html: Option<String>,
    /// Every byte as received, dots unstuffed.
    pub raw: Vec<u8>,
}

/// A mail as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Received {
    pub(crate) at_unix_ms: i64,
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    pub(crate) raw: Vec<u8>,
}

impl Received {
    /// What a list shows of it.
    pub(crate) fn summary(&self, id: u64) -> Summary {
        let headers = MessageParser::new().with_minimal_headers().header_id(HeaderName::MessageId);
        // An empty mail has no message in it, and a message without parts must not be asked.
        let parsed = headers.parse_headers(self.raw.as_slice()).filter(has_parts);
        let parsed = parsed.as_ref();
        Summary {
            id,
            received_unix_ms: self.at_unix_ms,
            envelope_from: self.from.clone(),
            envelope_to: self.to.clone(),
            from: shown(parsed.and_then(Message::from)),
            to: shown(parsed.and_then(Message::to)),
            subject: short(parsed.and_then(Message::subject).unwrap_or_default()),
            message_id: parsed.and_then(Message::message_id).map(short),
            size_bytes: u64::try_from(self.raw.len()).unwrap_or(u64::MAX),
        }
    }

    /// All of it.
    pub(crate) fn into_mail(self, summary: Summary) -> Mail {
        let parsed = MessageParser::default().parse(self.raw.as_slice()).filter(has_parts);
        let text = parsed.as_ref().and_then(own_text);
        let html = parsed.as_ref().and_then(own_html);
        drop(parsed);
        Mail { summary, text, html, raw: self.raw }
    }
}

fn has_parts(message: &Message<'_>) -> bool {
    !message.parts.is_empty()
}

/// The parser would make a text of the HTML; only a part that is really there is shown.
fn own_text(parsed: &Message<'_>) -> Option<String> {
    let part = parsed.text_bodies().find(|part| part.is_text() && !part.is_text_html())?;
    part.text_contents().map(str::to_owned)
}

fn own_html(parsed: &Message<'_>) -> Option<String> {
    let part = parsed.html_bodies().find(|part| part.is_text_html())?;
    part.text_contents().map(str::to_owned)
}

fn shown(addresses: Option<&Address<'_>>) -> String {
    let Some(addresses) = addresses else { return String::new() };
    let each = addresses.iter().map(|one| match (one.name(), one.address()) {
        (Some(name), Some(address)) => format!("{name} <{address}>"),
        (None, Some(only)) | (Some(only), None) => only.to_owned(),
        (None, None) => String::new(),
    });
    short(&each.take(20).collect::<Vec<_>>().join(", "))
}

fn short(text: &str) -> String {
    text.chars().take(SHOWN_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn received(raw: &[u8]) -> Received {
        Received { at_unix_ms: 0, from: String::new(), to: Vec::new(), raw: raw.to_vec() }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(raw: Vec<u8>) {
            let mail = received(&raw);
            let summary = mail.summary(1);
            prop_assert_eq!(mail.into_mail(summary).raw, raw);
        }

        #[test]
        fn no_mail_panics(raw in "((From|To|Subject|Content-Type|Message-ID|MIME-Version): ?\
            [ -~\u{e4}\r\n]{0,30}\r\n){0,5}(\r\n)?.{0,40}") {
            let mail = received(raw.as_bytes());
            let summary = mail.summary(1);
            mail.into_mail(summary);
        }
    }

    #[test]
    fn long_headers_are_cut() {
        let raw = format!("Subject: {}\r\n\r\n", "x".repeat(900));
        assert_eq!(received(raw.as_bytes()).summary(1).subject.len(), SHOWN_CHARS);
    }
}
