//! SMTP sessions over real sockets.

mod common;

use std::time::Duration;

use common::{Client, config, start};
use mail_sink::MailSink;
use tempfile::tempdir;

#[tokio::test]
async fn a_mail_is_stored_and_listed() {
    let folder = tempdir().unwrap();
    let sink = start(folder.path()).await;
    let mailbox = sink.mailbox();
    let mut changes = mailbox.changes();
    let mut client = Client::hello(sink.address()).await;
    let text = "From: =?utf-8?q?Trattoria_=C3=84?= <shop@example.com>\r\n\
                To: Ada <ada@example.com>, bob@example.com\r\n\
                Subject: =?utf-8?B?w4dpYW8=?=\r\nMessage-ID: <1@example.com>\r\n\
                MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=x\r\n\r\n\
                --x\r\nContent-Type: text/plain; charset=utf-8\r\n\
                Content-Transfer-Encoding: quoted-printable\r\n\r\nTwo =E2=82=AC\r\n\
                --x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<b>Two</b>\r\n--x--";
    assert_eq!(client.mail(text.as_bytes()).await, "250 2.0.0 Kept as 1");
    changes.changed().await.unwrap();
    assert_eq!((mailbox.count(), *changes.borrow()), (1, 1));
    let list = mailbox.list(10);
    let [summary] = list.as_slice() else { panic!("one mail") };
    assert_eq!(summary.envelope_from, "shop@example.com");
    assert_eq!(summary.envelope_to, ["ada@example.com"]);
    assert_eq!(summary.from, "Trattoria Ä <shop@example.com>");
    assert_eq!(summary.to, "Ada <ada@example.com>, bob@example.com");
    assert_eq!(summary.subject, "Çiao");
    assert_eq!(summary.message_id.as_deref(), Some("1@example.com"));
    let mail = mailbox.read(1).await.unwrap().unwrap();
    assert_eq!(mail.summary, *summary);
    assert_eq!(mail.raw, format!("{text}\r\n").into_bytes());
    assert_eq!(mail.text.unwrap().trim_end(), "Two €");
    assert_eq!(mail.html.unwrap().trim_end(), "<b>Two</b>");
    assert!(mailbox.read(2).await.unwrap().is_none());
    assert!(mailbox.read(0).await.unwrap().is_none());
    assert_eq!(client.command("QUIT").await, "221 2.0.0 Bye");
    assert!(client.has_closed().await);
    sink.shutdown().await;
}

#[tokio::test]
async fn an_address_can_request_its_refusal_if_enabled() {
    let folder = tempdir().unwrap();
    let mut config = config(folder.path());
    config.may_refuse_by_address = true;
    let sink = MailSink::start(config).await.unwrap();
    let mut client = Client::hello(sink.address()).await;
    client.command("MAIL FROM:<a@b>").await;
    let for_now = client.command("RCPT TO:<ada+451@example.com>").await;
    assert_eq!(for_now, "451 4.7.1 The address asks to be refused");
    assert!(client.command("DATA").await.starts_with("503 "), "there is no recipient");
    // The server remembers refusals across connections.
    let mut again = Client::hello(sink.address()).await;
    again.command("MAIL FROM:<a@b>").await;
    assert!(again.command("RCPT TO:<ada+451@example.com>").await.starts_with("250 "));
    let for_good = again.command("RCPT TO:<bob+550@example.com>").await;
    assert_eq!(for_good, "550 5.7.1 The address asks to be refused");

    let folder = tempdir().unwrap();
    let plain = start(folder.path()).await;
    let mut client = Client::hello(plain.address()).await;
    client.command("MAIL FROM:<a@b>").await;
    assert!(client.command("RCPT TO:<ada+550@example.com>").await.starts_with("250 "));
}

#[tokio::test]
async fn plain_and_html_mails_have_only_their_own_parts() {
    let folder = tempdir().unwrap();
    let sink = start(folder.path()).await;
    let mut client = Client::hello(sink.address()).await;
    client.mail(b"Subject: a\r\n\r\nplain").await;
    client.mail(b"Subject: b\r\nContent-Type: text/html\r\n\r\n<p>html</p>").await;
    client.mail(b"").await;
    let mailbox = sink.mailbox();
    let plain = mailbox.read(1).await.unwrap().unwrap();
    assert_eq!((plain.text.as_deref().map(str::trim), plain.html), (Some("plain"), None));
    let html = mailbox.read(2).await.unwrap().unwrap();
    assert_eq!((html.text, html.html.as_deref().map(str::trim)), (None, Some("<p>html</p>")));
    assert_eq!(mailbox.read(3).await.unwrap().unwrap().raw, b"\r\n");
}

#[tokio::test]
async fn pipelined_commands_are_all_answered_in_order() {
    let folder = tempdir().unwrap();
    let sink = start(folder.path()).await;
    let mut client = Client::connect(sink.address()).await;
    let one = "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nRCPT TO:<broken\r\nDATA\r\nx\r\n.\r\n";
    client.write(format!("EHLO test\r\n{one}RSET\r\n{one}NOOP\r\nQUIT\r\n").as_bytes()).await;
    let codes: Vec<String> =
        client.replies(14).await.iter().map(|reply| reply[..3].to_owned()).collect();
    let mail = ["250", "250", "501", "354", "250"];
    let expected = [&["250"], &mail[..], &["250"], &mail[..], &["250", "221"]].concat();
    assert_eq!(codes, expected);
    assert_eq!(sink.mailbox().count(), 2);
}

#[tokio::test]
async fn dots_are_unstuffed_in_chunks_of_any_size() {
    let folder = tempdir().unwrap();
    let sink = start(folder.path()).await;
    let mut client = Client::hello(sink.address()).await;
    client.begin().await;
    let wire: &[u8] = b"Subject: dots\r\n\r\n..\r\n...two\r\nmid.dle.\r\n.x\r\n.\r\n";
    for byte in wire {
        client.write(&[*byte]).await;
    }
    assert_eq!(client.reply().await, "250 2.0.0 Kept as 1");
    let mail = sink.mailbox().read(1).await.unwrap().unwrap();
    assert_eq!(mail.raw, b"Subject: dots\r\n\r\n.\r\n..two\r\nmid.dle.\r\nx\r\n");
}

#[tokio::test]
async fn a_bare_line_end_allows_no_smuggling() {
    let folder = tempdir().unwrap();
    let sink = start(folder.path()).await;
    let mut client = Client::hello(sink.address()).await;
    for end in ["\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r\n.\r", "\r.\r\n"] {
        let evil = "MAIL FROM:<evil@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nSubject: evil\r\n\r\nx";
        let text = format!("Subject: good\r\n\r\nx{end}{evil}");
        assert!(client.mail(text.as_bytes()).await.starts_with("250 2.0.0 Kept"), "{end:?}");
        let newest = sink.mailbox().list(1).remove(0);
        assert_eq!(
            (newest.subject, newest.envelope_from),
            ("good".into(), "shop@example.com".into())
        );
    }
    assert_eq!(sink.mailbox().count(), 6);
    assert!(client.command("NOOP\nMAIL FROM:<evil@b>").await.starts_with("500 "));
    assert!(client.command("RCPT TO:<c@d>").await.starts_with("503 "));
}

#[tokio::test]
async fn unsupported_commands_are_refused() {
    let folder = tempdir().unwrap();
    let sink = start(folder.path()).await;
    let mut client = Client::connect(sink.address()).await;
    for (line, code) in [
        ("MAIL FROM:<a@b>", "503"),
        ("HELO x", "250"),
        ("AUTH PLAIN AA==", "502"),
        ("STARTTLS", "502"),
        ("VRFY ada", "252"),
        ("XYZZY", "500"),
        ("MAIL FROM:<a@b> SIZE=10485761", "552"),
        ("MAIL FROM:<ü@b> SMTPUTF8 BODY=8BITMIME", "250"),
        ("RCPT TO:<ö@d>", "250"),
        ("RSET", "250"),
    ] {
        assert_eq!(&client.command(line).await[..3], code, "{line}");
    }
    let long = "x".repeat(100_000);
    assert!(client.command(&long).await.starts_with("500 5.5.2 Command line too long"));
    assert!(client.command("NOOP").await.starts_with("250 "));
}

#[tokio::test]
async fn limits_are_enforced() {
    let folder = tempdir().unwrap();
    let mut config = config(folder.path());
    config.max_message_bytes = 50_000;
    config.max_recipients = 2;
    config.max_connections = 2;
    let sink = MailSink::start(config).await.unwrap();
    let mut client = Client::hello(sink.address()).await;
    let line = [&[b'x'; 98], b"\r\n".as_slice()].concat();
    assert!(client.mail(&line.repeat(501)).await.starts_with("552 "));
    assert!(client.mail(&[b'x'; 2_000]).await.starts_with("554 "));
    assert!(client.mail(&line.repeat(499)).await.starts_with("250 "));
    assert_eq!(sink.mailbox().count(), 1);
    assert!(client.command("MAIL FROM:<a@b>").await.starts_with("250 "));
    for code in ["250", "250", "452"] {
        assert_eq!(&client.command("RCPT TO:<c@d>").await[..3], code);
    }
    let _second = Client::hello(sink.address()).await;
    let mut third = Client::connect_raw(sink.address()).await;
    assert!(third.reply().await.starts_with("421 "));
    assert!(third.has_closed().await);
    assert!(client.command("NOOP").await.starts_with("250 "));
}

#[tokio::test]
async fn an_idle_client_is_disconnected_with_a_reply() {
    let folder = tempdir().unwrap();
    let mut config = config(folder.path());
    config.idle_timeout = Duration::from_millis(50);
    let sink = MailSink::start(config).await.unwrap();
    let mut client = Client::connect(sink.address()).await;
    assert!(client.reply().await.starts_with("421 4.4.2"));
    assert!(client.has_closed().await);
}

#[tokio::test]
async fn shutdown_disconnects_idle_clients_with_a_reply() {
    let folder = tempdir().unwrap();
    let sink = start(folder.path()).await;
    let mut waiting = Client::hello(sink.address()).await;
    let mut sending = Client::hello(sink.address()).await;
    sending.begin().await;
    sink.shutdown().await;
    assert!(waiting.reply().await.starts_with("421 "));
    assert!(sending.reply().await.starts_with("421 "));
}
