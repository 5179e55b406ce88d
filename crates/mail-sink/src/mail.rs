//! Mails and their summaries.

use mail_parser::{Address, HeaderName, Message, MessageParser};

/// Maximum length of a header in a summary, in characters.
const MAX_HEADER_CHARS: usize = 300;

/// A summary of a mail, for lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Counted from 1 in the order of arrival.
    pub id: u64,
    /// Time of arrival, in milliseconds since the Unix epoch.
    pub received_unix_ms: i64,
    /// The envelope sender; empty for a bounce.
    pub envelope_from: String,
    /// The envelope recipients.
    pub envelope_to: Vec<String>,
    /// The header `From`, as `Name <address>`.
    pub from: String,
    /// The header `To`, as `Name <address>, …`.
    pub to: String,
    /// The header `Subject`.
    pub subject: String,
    /// The header `Message-ID`, without its angle brackets.
    pub message_id: Option<String>,
    /// Size, in bytes.
    pub size_bytes: u64,
}

/// A whole mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The summary.
    pub summary: Summary,
    /// The plain text part, if there is one.
    pub text: Option<String>,
    /// The HTML part, if there is one. Untrusted: show it in a sandbox only.
    pub html: Option<String>,
    /// All bytes as received, with dots unstuffed.
    pub raw: Vec<u8>,
}

/// A received mail, as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReceivedMail {
    pub(crate) at_unix_ms: i64,
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    pub(crate) raw: Vec<u8>,
}

impl ReceivedMail {
    /// The summary of the mail.
    pub(crate) fn summary(&self, id: u64) -> Summary {
        let headers = MessageParser::new().with_minimal_headers().header_id(HeaderName::MessageId);
        // The parser panics on accessing a message without parts, such as an empty mail.
        let parsed = headers.parse_headers(self.raw.as_slice()).filter(has_parts);
        let parsed = parsed.as_ref();
        Summary {
            id,
            received_unix_ms: self.at_unix_ms,
            envelope_from: self.from.clone(),
            envelope_to: self.to.clone(),
            from: format_addresses(parsed.and_then(Message::from)),
            to: format_addresses(parsed.and_then(Message::to)),
            subject: truncate(parsed.and_then(Message::subject).unwrap_or_default()),
            message_id: parsed.and_then(Message::message_id).map(truncate),
            size_bytes: u64::try_from(self.raw.len()).unwrap_or(u64::MAX),
        }
    }

    /// The whole mail.
    pub(crate) fn into_mail(self, summary: Summary) -> Mail {
        let parsed = MessageParser::default().parse(self.raw.as_slice()).filter(has_parts);
        let text = parsed.as_ref().and_then(text_part);
        let html = parsed.as_ref().and_then(html_part);
        drop(parsed);
        Mail { summary, text, html, raw: self.raw }
    }
}

fn has_parts(message: &Message<'_>) -> bool {
    !message.parts.is_empty()
}

/// The plain text part; unlike the parser's, never converted from HTML.
fn text_part(parsed: &Message<'_>) -> Option<String> {
    let part = parsed.text_bodies().find(|part| part.is_text() && !part.is_text_html())?;
    part.text_contents().map(str::to_owned)
}

fn html_part(parsed: &Message<'_>) -> Option<String> {
    let part = parsed.html_bodies().find(|part| part.is_text_html())?;
    part.text_contents().map(str::to_owned)
}

fn format_addresses(addresses: Option<&Address<'_>>) -> String {
    let Some(addresses) = addresses else { return String::new() };
    let each = addresses.iter().map(|one| match (one.name(), one.address()) {
        (Some(name), Some(address)) => format!("{name} <{address}>"),
        (None, Some(only)) | (Some(only), None) => only.to_owned(),
        (None, None) => String::new(),
    });
    truncate(&each.take(20).collect::<Vec<_>>().join(", "))
}

fn truncate(text: &str) -> String {
    text.chars().take(MAX_HEADER_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn received(raw: &[u8]) -> ReceivedMail {
        ReceivedMail { at_unix_ms: 0, from: String::new(), to: Vec::new(), raw: raw.to_vec() }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(raw: Vec<u8>) {
            let mail = received(&raw);
            let summary = mail.summary(1);
            prop_assert_eq!(mail.into_mail(summary).raw, raw);
        }

        #[test]
        fn arbitrary_mails_never_panic(raw in "((From|To|Subject|Content-Type|Message-ID|MIME-Version): ?\
            [ -~\u{e4}\r\n]{0,30}\r\n){0,5}(\r\n)?.{0,40}") {
            let mail = received(raw.as_bytes());
            let summary = mail.summary(1);
            mail.into_mail(summary);
        }
    }

    #[test]
    fn long_headers_are_truncated() {
        let raw = format!("Subject: {}\r\n\r\n", "x".repeat(900));
        assert_eq!(received(raw.as_bytes()).summary(1).subject.len(), MAX_HEADER_CHARS);
    }
}
