//! The connection pool.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use domain::ports::{Mail, MailError, Mailer};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};

use super::common::{mail, mailer, sink};

/// A relay to `server` that counts connections.
async fn counting(server: SocketAddr) -> io::Result<(SocketAddr, Arc<AtomicUsize>)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let (address, count) = (listener.local_addr()?, Arc::new(AtomicUsize::new(0)));
    let counted = count.clone();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(async move {
                let mut server = TcpStream::connect(server).await?;
                tokio::io::copy_bidirectional(&mut client, &mut server).await
            });
        }
    });
    Ok((address, count))
}

#[tokio::test]
async fn connections_are_few_and_serve_many_mails() {
    let folder = TempDir::new().unwrap();
    let sink = sink(&folder, |_| ()).await;
    let (address, connections) = counting(sink.address()).await.unwrap();
    let mailer = mailer(address);
    let sent = (0..200).map(|number| mailer.send(mail(number)));
    assert!(futures::future::join_all(sent).await.iter().all(Result::is_ok));

    assert!(connections.load(Ordering::SeqCst) <= 16, "{connections:?}");
    assert_eq!(sink.mailbox().count(), 200);
    let ids = sink.mailbox().list(200).into_iter().filter_map(|mail| mail.message_id);
    assert_eq!(ids.collect::<std::collections::HashSet<_>>().len(), 200);
    let newest = sink.mailbox().read(200).await.unwrap().unwrap();
    assert_eq!(newest.text, Some(mail(0).text));
}

#[tokio::test]
async fn a_mail_that_is_refused_is_never_sent_and_the_next_one_is() {
    let folder = TempDir::new().unwrap();
    let sink = sink(&folder, |config| config.max_message_bytes = 20_000).await;
    let mailer = mailer(sink.address());
    let large = Mail { html: "large ".repeat(10_000), ..mail(1) };
    assert!(matches!(mailer.send(large).await, Err(MailError::Never(_))));
    assert_eq!(mailer.send(mail(2)).await, Ok(()));
    assert_eq!(sink.mailbox().count(), 1);
}

#[tokio::test]
async fn a_mail_fails_temporarily_without_a_server() {
    let folder = TempDir::new().unwrap();
    let first = sink(&folder, |_| ()).await;
    let address = first.address();
    let mailer = mailer(address);
    assert_eq!(mailer.send(mail(1)).await, Ok(()));
    first.shutdown().await;
    assert!(matches!(mailer.send(mail(2)).await, Err(MailError::Unavailable(_))));

    let second = sink(&folder, |config| config.listen = address).await;
    assert_eq!(mailer.send(mail(2)).await, Ok(()));
    assert_eq!(second.mailbox().count(), 2);
}

#[tokio::test]
async fn a_cancelled_send_leaves_no_connection_in_the_pool() {
    let folder = TempDir::new().unwrap();
    let sink = sink(&folder, |_| ()).await;
    let mailer = mailer(sink.address());
    assert_eq!(mailer.send(mail(0)).await, Ok(()));
    for micros in (0..2_000).step_by(50) {
        let _ = tokio::time::timeout(Duration::from_micros(micros), mailer.send(mail(1))).await;
        assert_eq!(mailer.send(mail(2)).await, Ok(()), "given up after {micros} µs");
    }
}
