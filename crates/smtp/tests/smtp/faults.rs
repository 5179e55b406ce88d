//! Servers that refuse, fall silent, talk nonsense or go away, at each step.

use std::sync::atomic::Ordering;

use domain::ports::{MailError, Mailer};

use super::{
    common::{at, mail, mailer},
    script::{At, Does, Server},
};

const STEPS: [At; 6] = [At::Greeting, At::Ehlo, At::From, At::To, At::Data, At::Text];

fn says(text: &str) -> Does {
    Does::Says(format!("{text}\r\n").into_bytes())
}

/// Whether the server knows of the mail by then, so that a refusal can be because of it.
fn knows_the_mail(step: At) -> bool {
    matches!(step, At::To | At::Data | At::Text)
}

/// Impatient, so that tests are not long.
fn hasty(server: &Server) -> impl Mailer + use<> {
    at(&format!("smtp://{}?timeout_s=1", server.address))
}

async fn refused(step: At, code: u16) {
    let server = Server::start().await;
    let mailer = mailer(server.address);
    server.set(Some((step, says(&format!("{code}-5.1.1 as told\r\n{code} and more")))));
    let error = mailer.send(mail(1)).await.unwrap_err();
    let case = format!("{step:?} {code}: {error}");
    assert!(case.contains(&format!("{code} ")) && case.contains("as told and more"), "{case}");
    match error {
        MailError::Never(_) => assert!(code >= 500 && knows_the_mail(step), "{case}"),
        MailError::Later(_) => {
            assert!(code < 500 && code != 421 && knows_the_mail(step), "{case}");
        }
        MailError::Unavailable(_) => assert!(code == 421 || !knows_the_mail(step), "{case}"),
    }
    // The next mail is none the worse for it.
    server.set(None);
    assert_eq!(mailer.send(mail(2)).await, Ok(()), "after {case}");
}

#[tokio::test]
async fn a_refusal_is_of_this_mail_or_of_us_for_now_or_for_good() {
    let codes = [421, 450, 451, 550, 552, 554];
    let cases = STEPS.into_iter().flat_map(|step| codes.map(|code| refused(step, code)));
    futures::future::join_all(cases).await;
}

#[tokio::test]
async fn a_refusal_of_us_is_not_the_mails_fault() {
    for (step, code) in [(At::From, 530), (At::To, 530), (At::To, 503), (At::Data, 535)] {
        let server = Server::start().await;
        server.set(Some((step, says(&format!("{code} 5.7.0 who are you?")))));
        let error = mailer(server.address).send(mail(1)).await.unwrap_err();
        assert!(matches!(error, MailError::Unavailable(_)), "{step:?} {code}: {error}");
        assert!(error.to_string().contains("SMTP_URL"), "it says where to look: {error}");
    }
}

async fn later(step: At, does: Does) {
    let server = Server::start().await;
    let mailer = hasty(&server);
    server.set(Some((step, does.clone())));
    let sent = mailer.send(mail(1)).await;
    assert!(matches!(sent, Err(MailError::Unavailable(_))), "{step:?} {does:?}: {sent:?}");
    let known = server.texts();
    assert!(known <= 1, "{step:?} {does:?}: sent {known} times at one attempt");
    server.set(None);
    // Where it is busy, even an honest answer can be late for so hasty a client.
    while mailer.send(mail(2)).await.is_err() {}
}

#[tokio::test]
async fn silence_nonsense_and_ends_are_for_now() {
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
    for step in STEPS.into_iter().chain([At::Middle]) {
        cases.push(later(step, Does::Hangs));
        cases.push(later(step, Does::Ends));
    }
    for step in STEPS {
        let long = [b"250 ".as_slice(), &vec![b'x'; 200_000], b"\r\n"].concat();
        let all = nonsense.map(<[u8]>::to_vec).into_iter().chain([long]);
        cases.extend(all.map(|bytes| later(step, Does::Says(bytes))));
    }
    // Positive, but no answer to that.
    for step in [At::From, At::To, At::Data, At::Text] {
        cases.push(later(step, says("334 go on")));
    }
    futures::future::join_all(cases).await;
}

#[tokio::test]
async fn a_kept_connection_that_ended_costs_no_mail_and_doubles_none() {
    for step in [At::From, At::To, At::Data] {
        for does in [Does::Ends, says("421 4.4.2 rested for too long")] {
            let server = Server::start().await;
            let mailer = mailer(server.address);
            assert_eq!(mailer.send(mail(1)).await, Ok(()));
            // The kept connection fails; the fresh one is honest, for it is asked a moment later.
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
async fn a_mail_that_may_have_been_taken_is_not_sent_again_in_silence() {
    for does in [Does::Ends, says("421 going down"), says("nonsense")] {
        let server = Server::start().await;
        let mailer = mailer(server.address);
        assert_eq!(mailer.send(mail(1)).await, Ok(()));
        server.set(Some((At::Text, does.clone())));
        let sent = mailer.send(mail(2)).await;
        assert!(matches!(sent, Err(MailError::Unavailable(_))), "{does:?}: {sent:?}");
        assert_eq!(server.texts(), 2, "{does:?}: the second mail went out once");
    }
}

#[tokio::test]
async fn an_answer_too_many_is_not_taken_for_the_next_one() {
    let server = Server::start().await;
    server.set(Some((At::To, says("250 known\r\n250 and once more"))));
    let sent = mailer(server.address).send(mail(1)).await;
    assert!(matches!(sent, Err(MailError::Unavailable(_))), "{sent:?}");
    assert_eq!(server.texts(), 0, "a mail into the void would count as sent");
}
