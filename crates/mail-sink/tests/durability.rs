//! Acknowledged mails survive restarts; unfinished ones are truncated, damage is refused.

mod common;

use std::{
    fs::{self, OpenOptions},
    io::Write,
};

use common::{Client, config, start};
use mail_sink::{MailSink, Position, StartError};
use tempfile::tempdir;

async fn send(sink: &MailSink, subjects: std::ops::RangeInclusive<u32>) {
    let mut client = Client::hello(sink.address()).await;
    for subject in subjects {
        let reply = client.mail(format!("Subject: {subject}\r\n\r\nx").as_bytes()).await;
        assert!(reply.starts_with("250 "));
    }
}

fn subjects(sink: &MailSink) -> Vec<String> {
    sink.mailbox().list(100).into_iter().map(|mail| mail.subject).collect()
}

#[tokio::test]
async fn a_restart_keeps_all_mails_and_continues_the_ids() {
    let folder = tempdir().unwrap();
    let sink = start(folder.path()).await;
    send(&sink, 1..=3).await;
    let before = sink.mailbox().list(10);
    sink.shutdown().await;
    let sink = start(folder.path()).await;
    assert_eq!(sink.mailbox().list(10), before);
    send(&sink, 4..=4).await;
    assert_eq!(sink.mailbox().count(), 4);
    assert_eq!(sink.mailbox().read(4).await.unwrap().unwrap().summary.subject, "4");
    assert_eq!(sink.mailbox().read(1).await.unwrap().unwrap().summary, before[2]);
}

#[tokio::test]
async fn only_the_newest_are_listed() {
    let folder = tempdir().unwrap();
    let mut config = config(folder.path());
    config.max_listed = 2;
    let sink = MailSink::start(config.clone()).await.unwrap();
    send(&sink, 1..=5).await;
    for sink in [Some(sink), None] {
        let sink = match sink {
            Some(sink) => sink,
            None => MailSink::start(config.clone()).await.unwrap(),
        };
        assert_eq!((sink.mailbox().count(), subjects(&sink)), (5, vec!["5".into(), "4".into()]));
        assert!(sink.mailbox().read(3).await.unwrap().is_none());
        assert_eq!(sink.mailbox().read(4).await.unwrap().unwrap().summary.id, 4);
        sink.shutdown().await;
    }
}

#[tokio::test]
async fn an_unfinished_mail_is_truncated() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("mails.bin");
    let sink = start(folder.path()).await;
    send(&sink, 1..=1).await;
    sink.shutdown().await;
    let one = fs::read(&file).unwrap();
    let sink = start(folder.path()).await;
    send(&sink, 2..=2).await;
    sink.shutdown().await;
    let mut damaged = fs::read(&file).unwrap();
    *damaged.last_mut().unwrap() ^= 1;
    let second = &damaged[one.len()..];
    fs::write(&file, &one).unwrap();
    for torn in [second, &second[..second.len() - 1], &second[..5], &[0; 5_000]] {
        OpenOptions::new().append(true).open(&file).unwrap().write_all(torn).unwrap();
        let sink = start(folder.path()).await;
        assert_eq!(subjects(&sink), ["1"]);
        sink.shutdown().await;
        assert_eq!(fs::read(&file).unwrap(), one);
    }
}

#[tokio::test]
async fn damage_in_the_middle_is_refused() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("mails.bin");
    let sink = start(folder.path()).await;
    send(&sink, 1..=2).await;
    sink.shutdown().await;
    let whole = fs::read(&file).unwrap();
    for place in [0, 12, 23, 40] {
        let mut damaged = whole.clone();
        damaged[place] ^= 1;
        fs::write(&file, &damaged).unwrap();
        let error = MailSink::start(config(folder.path())).await.unwrap_err();
        let begin = if place == 0 { 0 } else { 12 };
        assert!(
            matches!(error, StartError::Corrupt { position, .. } if position == Position::Byte(begin)),
            "{error}"
        );
        assert_eq!(fs::read(&file).unwrap(), damaged);
    }
}

#[tokio::test]
async fn an_address_and_a_file_are_used_by_one_sink() {
    let folder = tempdir().unwrap();
    let other = tempdir().unwrap();
    let sink = start(folder.path()).await;
    let mut same_address = config(other.path());
    same_address.listen = sink.address();
    let error = MailSink::start(same_address).await.unwrap_err();
    assert!(matches!(error, StartError::AddressInUse(_)), "{error}");
    let error = MailSink::start(config(folder.path())).await.unwrap_err();
    assert!(matches!(error, StartError::InUse(_)), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_connections_lose_no_mail() {
    let folder = tempdir().unwrap();
    let sink = start(folder.path()).await;
    let address = sink.address();
    let senders: Vec<_> = (0..20_u32)
        .map(|sender| {
            tokio::spawn(async move {
                let mut client = Client::hello(address).await;
                for n in 0..20 {
                    let text = format!("Subject: {sender}-{n}\r\n\r\nx");
                    assert!(client.mail(text.as_bytes()).await.starts_with("250 "));
                }
            })
        })
        .collect();
    for sender in senders {
        sender.await.unwrap();
    }
    let mailbox = sink.mailbox();
    let mut seen: Vec<_> = mailbox.list(1_000).into_iter().map(|mail| mail.subject).collect();
    seen.sort();
    seen.dedup();
    assert_eq!((mailbox.count(), seen.len()), (400, 400));
    let first = mailbox.read(1).await.unwrap().unwrap();
    assert_eq!(mailbox.list(400)[399], first.summary);
}
