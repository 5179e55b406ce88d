//! A mail as it goes over the wire.
//!
//! Bodies are always quoted-printable: no line of theirs begins with a dot that is not doubled, is
//! longer than 76 characters, or holds a control character, so none can be read as an SMTP command
//! or as the end of the mail. Headers never get a control character to begin with.

use domain::ports::Mail;
use lettre::{
    Address, Message,
    message::{
        Mailbox, MultiPart, SinglePart,
        header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue},
    },
};

/// The longest text of a header, in characters: far below the 998 bytes that a line may have (RFC
/// 5322 §2.1.1), for a word without spaces cannot be folded.
const HEADER_CHARS: usize = 300;

/// Builds the message, or says why there can be none.
pub(super) fn build(from: &Mailbox, mail: Mail) -> Result<Message, String> {
    let (name, email) = mail.to;
    let address: Address = email.as_str().parse().map_err(|e| format!("{email}: {e}"))?;
    let name = Some(one_line(&name)).filter(|name| !name.is_empty());
    let mut builder = Message::builder()
        .message_id(Some(id(&mail.message_id)?))
        .from(from.clone())
        .to(Mailbox::new(name, address))
        .subject(one_line(&mail.subject))
        // Away-messages are not to answer (RFC 3834).
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        ));
    if let Some(follows) = &mail.follows {
        let follows = id(follows)?;
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

/// A message id in its brackets. It is ours: one that is not plain is a mistake of ours.
fn id(id: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_graphic() && c != '<' && c != '>';
    let good = (3..=200).contains(&id.len()) && id.contains('@') && id.chars().all(plain);
    if good { Ok(format!("<{id}>")) } else { Err(format!("{id:?} is no message id")) }
}

/// The text of a header. lettre would encode a line break, and who decodes it would have it again;
/// and it lets a text pass that looks encoded already (RFC 2047), which can hide one just as well.
fn one_line(text: &str) -> String {
    let clean: String = text
        .chars()
        .map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c })
        .collect();
    let clean = clean.trim().replace("=?", "= ?");
    match clean.char_indices().nth(HEADER_CHARS) {
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
    fn the_headers_say_what_the_mail_is() {
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
    fn an_id_that_is_none_makes_no_mail() {
        for id in ["", "x", "a b@c", "a@b>\r\nBcc: <c@d", "é@comanda"] {
            assert!(built(Mail { message_id: id.to_owned(), ..mail() }).is_err(), "{id:?}");
            assert!(built(Mail { follows: Some(id.to_owned()), ..mail() }).is_err(), "{id:?}");
        }
    }

    #[test]
    fn headers_are_one_bounded_line() {
        assert_eq!(one_line(" a\r\nBcc: b\0 "), "a  Bcc: b");
        assert_eq!(one_line("=?utf-8?q?=0D=0ABcc:_b?="), "= ?utf-8?q?=0D=0ABcc:_b?=");
        assert_eq!(one_line(&"é".repeat(900)), "é".repeat(HEADER_CHARS) + "…");
        let nobody = Mail { to: ("\r\n".to_owned(), mail().to.1), ..mail() };
        assert!(built(nobody).unwrap().contains("To: ana@example.com\r\n"));
    }
}
