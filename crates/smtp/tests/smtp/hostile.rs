//! Hostile mails arrive as one mail each, with their contents unchanged.

use domain::ports::{Mail, Mailer};
use tempfile::TempDir;

use super::common::{mail, mailer, sink};

/// Texts that might end a mail, begin a command, or be changed in transit.
pub(crate) const BODIES: &[&str] = &[
    ".",
    "\r\n.\r\n",
    "a\r\n.\r\nMAIL FROM:<x@example.com>\r\nRCPT TO:<y@example.com>\r\nDATA\r\nb\r\n.\r\n",
    "bare LF\n.\nMAIL FROM:<x@example.com>\n",
    "bare CR\r.\rMAIL FROM:<x@example.com>\r",
    "mixed\n.\r\nQUIT\r\n\r.\n",
    "ends in CR\r",
    "ends in LF and a dot\n.",
    "NUL \0 BEL \u{7} DEL \u{7f} ESC \u{1b}[2J",
    "From here on\n>From there\n",
    "=3D =\r\n soft = ends =",
    "trailing space \r\nand tab\t\r\n",
    "Grüße, 山田 🦁 שלום \u{202e}reversed",
    "",
];

/// Texts that might end a header, or begin another.
pub(crate) const HEADERS: &[&str] = &[
    "Your order\r\nBcc: eve@example.com",
    "Your order\nBcc: eve@example.com",
    "Your order\rBcc: eve@example.com",
    "Your order\r\n\r\n<script>alert(1)</script>",
    "Your order\r\n.\r\nMAIL FROM:<x@example.com>",
    "NUL \0 and BEL \u{7}",
    "a\" <eve@example.com>, \"b",
    "eve@example.com, b",
    "=?utf-8?q?=0D=0ABcc:_eve@example.com?=",
    "Grüße, 山田 🦁",
    "(comment) \\ \"quoted\" ; : , [x]",
];

/// A mail for each text, numbered from 1.
pub(crate) fn mails() -> Vec<Mail> {
    let mut all: Vec<Mail> = Vec::new();
    for body in BODIES {
        all.push(Mail { text: (*body).to_owned(), html: format!("<p>{body}</p>"), ..mail(0) });
    }
    for header in HEADERS {
        let to = ((*header).to_owned(), mail(0).to.1);
        all.push(Mail { to, subject: (*header).to_owned(), ..mail(0) });
    }
    all.push(Mail { text: "x".repeat(100_000), html: "é".repeat(50_000), ..mail(0) });
    let to = ("y".repeat(5_000), "ada@xn--bcher-kva.example".parse().unwrap());
    all.push(Mail { subject: "x".repeat(5_000), to, ..mail(0) });
    for (number, mail) in (1..).zip(&mut all) {
        mail.message_id = format!("{number}@comanda.example");
    }
    all
}

/// A text as it arrives: with SMTP's line ends.
pub(crate) fn arrived(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\n', "\r\n")
}

/// Asserts headers and body of a raw mail without dot-stuffing.
pub(crate) fn assert_one_plain_mail(raw: &[u8], mail: &Mail) {
    let raw = std::str::from_utf8(raw).unwrap();
    assert!(raw.is_ascii(), "nothing needs an extension of SMTP");
    let lines: Vec<_> = raw.split("\r\n").collect();
    assert!(lines.iter().all(|line| line.len() <= 998 && !line.contains(['\r', '\n', '\0'])));
    let head: Vec<_> = lines.iter().take_while(|line| !line.is_empty()).collect();
    let names: Vec<_> = (head.iter())
        .filter(|line| !line.starts_with([' ', '\t']))
        .map(|line| line.split_once(':').unwrap().0.to_ascii_lowercase())
        .collect();
    let expected = [
        "message-id",
        "from",
        "to",
        "subject",
        "auto-submitted",
        "mime-version",
        "date",
        "content-type",
    ];
    let (mut got, mut wanted) = (names.clone(), expected.map(str::to_owned).to_vec());
    got.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(got, wanted, "of {mail:?}: {raw}");
}

#[tokio::test]
async fn hostile_mails_arrive_as_one_mail_each() {
    let folder = TempDir::new().unwrap();
    let sink = sink(&folder, |_| ()).await;
    let mailer = mailer(sink.address());
    for (number, mail) in (1_u64..).zip(mails()) {
        assert_eq!(mailer.send(mail.clone()).await, Ok(()), "{mail:?}");
        assert_eq!(sink.mailbox().count(), number, "{mail:?}");
        let got = sink.mailbox().read(number).await.unwrap().unwrap();
        assert_one_plain_mail(&got.raw, &mail);
        assert_eq!(got.summary.envelope_from, "orders@example.com");
        assert_eq!(got.summary.envelope_to, [mail.to.1.as_str()], "no other recipient");
        assert_eq!(got.summary.message_id, Some(mail.message_id));
        assert_eq!(got.text, Some(arrived(&mail.text)), "{:?}", mail.text);
        assert_eq!(got.html, Some(arrived(&mail.html)));
        // What looks encoded must not be decoded.
        let subject = mail.subject.replace(char::is_control, " ").replace("=?", "= ?");
        let subject = subject.trim();
        if subject.len() > 300 {
            // Cut by us, and shown cut by the sink.
            assert!(got.summary.subject.starts_with("xxx") && got.summary.to.starts_with("yyy"));
            continue;
        }
        assert_eq!(got.summary.subject, subject);
        assert!(got.summary.to.ends_with(&format!(" <{}>", mail.to.1)), "{}", got.summary.to);
    }
}
