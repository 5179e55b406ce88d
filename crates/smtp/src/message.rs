//! Builds the message of a mail.
//!
//! Bodies are always quoted-printable, so their lines have at most 76 characters and no control
//! characters, and cannot be mistaken for an SMTP command or the end of the mail. Control
//! characters are removed from headers.

use domain::ports::Mail;
use lettre::{
    Address, Message,
    message::{
        Mailbox, MultiPart, SinglePart,
        header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue},
    },
};

/// Maximum length of a header, in characters: far below the limit of 998 bytes per line (RFC 5322
/// §2.1.1), since a word without spaces cannot be folded.
const MAX_HEADER_CHARS: usize = 300;

/// Builds the message; the error is a reason.
pub(super) fn build(from: &Mailbox, mail: Mail) -> Result<Message, String> {
    let (name, email) = mail.to;
    let address: Address = email.as_str().parse().map_err(|e| format!("{email}: {e}"))?;
    let name = Some(to_one_line(&name)).filter(|name| !name.is_empty());
    let mut builder = Message::builder()
        .message_id(Some(format_message_id(&mail.message_id)?))
        .from(from.clone())
        .to(Mailbox::new(name, address))
        .subject(to_one_line(&mail.subject))
        // Suppresses automatic replies (RFC 3834).
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        ));
    if let Some(follows) = &mail.follows {
        let follows = format_message_id(follows)?;
        builder = builder.in_reply_to(follows.clone()).references(follows);
    }
    let part = |kind, body: String| {
        SinglePart::builder()
            .header(kind)
            .header(ContentTransferEncoding::QuotedPrintable)
            .body(body)
    };
    let body = MultiPart::alternative()
        .singlepart(part(ContentType::TEXT_PLAIN, mail.text))
        .singlepart(part(ContentType::TEXT_HTML, mail.html));
    builder.multipart(body).map_err(|error| error.to_string())
}

/// Validates one of our message ids and encloses it in brackets.
fn format_message_id(id: &str) -> Result<String, String> {
    let is_allowed = |c: char| c.is_ascii_graphic() && c != '<' && c != '>';
    let is_valid = (3..=200).contains(&id.len()) && id.contains('@') && id.chars().all(is_allowed);
    if is_valid { Ok(format!("<{id}>")) } else { Err(format!("{id:?} is not a message id")) }
}

/// The text of a header, on one line. lettre would encode line breaks, which the receiver decodes
/// again, and passes text that looks already encoded (RFC 2047) and may contain line breaks.
fn to_one_line(text: &str) -> String {
    let clean: String = text
        .chars()
        .map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c })
        .collect();
    let clean = clean.trim().replace("=?", "= ?");
    match clean.char_indices().nth(MAX_HEADER_CHARS) {
        Some((end, _)) => format!("{}…", &clean[..end]),
        None => clean,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail() -> Mail {
        Mail {
            message_id: "ready.1@comanda".to_owned(),
            follows: Some("confirmed.1@comanda".to_owned()),
            to: ("Ana".to_owned(), "ana@example.com".parse().unwrap()),
            subject: "Your order".to_owned(),
            text: "Good day".to_owned(),
            html: "<p>Good day</p>".to_owned(),
        }
    }

    fn built(mail: Mail) -> Result<String, String> {
        let from = "Comanda <orders@example.com>".parse().unwrap();
        build(&from, mail).map(|message| String::from_utf8(message.formatted()).unwrap())
    }

    #[test]
    fn the_headers_identify_the_mail() {
        let message = built(mail()).unwrap();
        for header in [
            "Message-ID: <ready.1@comanda>\r\n",
            "In-Reply-To: <confirmed.1@comanda>\r\n",
            "References: <confirmed.1@comanda>\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "To: Ana <ana@example.com>\r\n",
        ] {
            assert!(message.contains(header), "{header:?} is not in {message}");
        }
        let first = built(Mail { follows: None, ..mail() }).unwrap();
        assert!(!first.contains("References") && !first.contains("In-Reply-To"), "{first}");
    }

    #[test]
    fn an_invalid_message_id_is_refused() {
        for id in ["", "x", "a b@c", "a@b>\r\nBcc: <c@d", "é@comanda"] {
            assert!(built(Mail { message_id: id.to_owned(), ..mail() }).is_err(), "{id:?}");
            assert!(built(Mail { follows: Some(id.to_owned()), ..mail() }).is_err(), "{id:?}");
        }
    }

    #[test]
    fn headers_are_one_bounded_line() {
        assert_eq!(to_one_line(" a\r\nBcc: b\0 "), "a  Bcc: b");
        assert_eq!(to_one_line("=?utf-8?q?=0D=0ABcc:_b?="), "= ?utf-8?q?=0D=0ABcc:_b?=");
        assert_eq!(to_one_line(&"é".repeat(900)), "é".repeat(MAX_HEADER_CHARS) + "…");
        let unnamed = Mail { to: ("\r\n".to_owned(), mail().to.1), ..mail() };
        assert!(built(unnamed).unwrap().contains("To: ana@example.com\r\n"));
    }
}
