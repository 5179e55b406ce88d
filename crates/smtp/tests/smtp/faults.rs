//! Servers that refuse, fall silent, send nonsense or disconnect, at each step.

use std::sync::atomic::Ordering;

use domain::ports::{MailError, Mailer};

use super::{
    common::{at, mail, mailer},
    script::{FaultKind, FaultStep, Server},
};

const STEPS: [FaultStep; 6] = [
    FaultStep::Greeting,
    FaultStep::Ehlo,
    FaultStep::From,
    FaultStep::To,
    FaultStep::Data,
    FaultStep::Text,
];

fn reply(text: &str) -> FaultKind {
    FaultKind::Says(format!("{text}\r\n").into_bytes())
}

/// Whether the server knows the mail at this step, so that a refusal may be of the mail.
fn knows_the_mail(step: FaultStep) -> bool {
    matches!(step, FaultStep::To | FaultStep::Data | FaultStep::Text)
}

/// A mailer with short timeouts, so that tests are fast.
fn with_short_timeouts(server: &Server) -> impl Mailer + use<> {
    at(&format!("smtp://{}?timeout_s=1", server.address))
}

async fn refused(step: FaultStep, code: u16) {
    let server = Server::start().await;
    let mailer = mailer(server.address);
    server.set(Some((step, reply(&format!("{code}-5.1.1 as sent\r\n{code} and more")))));
    let error = mailer.send(mail(1)).await.unwrap_err();
    let case = format!("{step:?} {code}: {error}");
    assert!(case.contains(&format!("{code} ")) && case.contains("as sent and more"), "{case}");
    match error {
        MailError::Never(_) => assert!(code >= 500 && knows_the_mail(step), "{case}"),
        MailError::Later(_) => {
            assert!(code < 500 && code != 421 && knows_the_mail(step), "{case}");
        }
        MailError::Unavailable(_) => assert!(code == 421 || !knows_the_mail(step), "{case}"),
    }
    // The next mail is delivered.
    server.set(None);
    assert_eq!(mailer.send(mail(2)).await, Ok(()), "after {case}");
}

#[tokio::test]
async fn refusals_are_of_the_mail_or_of_the_client_and_temporary_or_permanent() {
    let codes = [421, 450, 451, 550, 552, 554];
    let mut cases = Vec::new();
    for step in STEPS {
        // Not an array of futures: moved about in a debug build, it overflows the stack.
        cases.extend(codes.into_iter().map(|code| refused(step, code)));
    }
    futures::future::join_all(cases).await;
}

#[tokio::test]
async fn a_refusal_of_the_client_is_no_refusal_of_the_mail() {
    for (step, code) in
        [(FaultStep::From, 530), (FaultStep::To, 530), (FaultStep::To, 503), (FaultStep::Data, 535)]
    {
        let server = Server::start().await;
        server.set(Some((step, reply(&format!("{code} 5.7.0 who are you?")))));
        let error = mailer(server.address).send(mail(1)).await.unwrap_err();
        assert!(matches!(error, MailError::Unavailable(_)), "{step:?} {code}: {error}");
        assert!(error.to_string().contains("SMTP_URL"), "it says where to look: {error}");
    }
}

async fn later(step: FaultStep, does: FaultKind) {
    let server = Server::start().await;
    let mailer = with_short_timeouts(&server);
    server.set(Some((step, does.clone())));
    let sent = mailer.send(mail(1)).await;
    assert!(matches!(sent, Err(MailError::Unavailable(_))), "{step:?} {does:?}: {sent:?}");
    let known = server.texts();
    assert!(known <= 1, "{step:?} {does:?}: sent {known} times at one attempt");
    server.set(None);
    // On a busy machine, even a regular reply may be too late for the short timeout.
    while mailer.send(mail(2)).await.is_err() {}
}

#[tokio::test]
async fn silence_nonsense_and_disconnects_are_temporary() {
    let nonsense: [&[u8]; 7] = [
        b"hello there\r\n",
        b"999 what\r\n",
        b"25\r\n",
        b"250-a\r\n550 b\r\n",
        b"\xff\xfe\x00\r\n",
        b"\r\n",
        b"250 \0",
    ];
    let mut cases = Vec::new();
    for step in STEPS.into_iter().chain([FaultStep::Middle]) {
        cases.push(later(step, FaultKind::Hangs));
        cases.push(later(step, FaultKind::Ends));
    }
    for step in STEPS {
        let long = [b"250 ".as_slice(), &vec![b'x'; 200_000], b"\r\n"].concat();
        let all = nonsense.map(<[u8]>::to_vec).into_iter().chain([long]);
        cases.extend(all.map(|bytes| later(step, FaultKind::Says(bytes))));
    }
    // A positive reply, but to another command.
    for step in [FaultStep::From, FaultStep::To, FaultStep::Data, FaultStep::Text] {
        cases.push(later(step, reply("334 go on")));
    }
    futures::future::join_all(cases).await;
}

#[tokio::test]
async fn a_stale_connection_neither_loses_nor_repeats_a_mail() {
    for step in [FaultStep::From, FaultStep::To, FaultStep::Data] {
        for does in [FaultKind::Ends, reply("421 4.4.2 rested for too long")] {
            let server = Server::start().await;
            let mailer = mailer(server.address);
            assert_eq!(mailer.send(mail(1)).await, Ok(()));
            // The pooled connection fails; the new one works, since it is used a moment later.
            server.set(Some((step, does.clone())));
            let honest = server.clone();
            tokio::spawn(async move {
                while honest.connections.load(Ordering::SeqCst) < 2 {
                    tokio::task::yield_now().await;
                }
                honest.set(None);
            });
            assert_eq!(mailer.send(mail(2)).await, Ok(()), "{step:?} {does:?}");
            assert_eq!(server.texts(), 2, "each mail once");
        }
    }
}

#[tokio::test]
async fn a_mail_that_may_have_been_accepted_is_not_sent_again() {
    for does in [FaultKind::Ends, reply("421 going down"), reply("nonsense")] {
        let server = Server::start().await;
        let mailer = mailer(server.address);
        assert_eq!(mailer.send(mail(1)).await, Ok(()));
        server.set(Some((FaultStep::Text, does.clone())));
        let sent = mailer.send(mail(2)).await;
        assert!(matches!(sent, Err(MailError::Unavailable(_))), "{does:?}: {sent:?}");
        assert_eq!(server.texts(), 2, "{does:?}: the second mail went out once");
    }
}

#[tokio::test]
async fn an_extra_reply_is_not_taken_for_the_next_one() {
    let server = Server::start().await;
    server.set(Some((FaultStep::To, reply("250 known\r\n250 and once more"))));
    let sent = mailer(server.address).send(mail(1)).await;
    assert!(matches!(sent, Err(MailError::Unavailable(_))), "{sent:?}");
    assert_eq!(server.texts(), 0, "a mail into the void would count as sent");
}
