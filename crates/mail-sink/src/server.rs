//! Starting and stopping.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::config::Config;
use crate::connection::{Connection, Shared};
use crate::error::StartError;
use crate::mailbox::Mailbox;
use crate::smtp::{Limits, Reply};
use crate::store::{self, Writer};

/// How long connections may take to end after `shutdown`.
const DRAIN: Duration = Duration::from_secs(5);

/// A running mail sink. Dropping it stops it without waiting for mails under way.
#[derive(Debug)]
pub struct MailSink {
    address: SocketAddr,
    mailbox: Mailbox,
    stop: DropGuard,
    accepting: JoinHandle<()>,
    tasks: TaskTracker,
    shared: Arc<Shared>,
}

impl MailSink {
    /// Listens, reads back what was kept, and takes mails.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        let listener = TcpListener::bind(config.listen)
            .await
            .map_err(|error| listen_error(config.listen, error))?;
        let address = listener.local_addr().map_err(|error| listen_error(config.listen, error))?;
        let (writer, mailbox) = open(&config).await?;
        let shared = Arc::new(Shared {
            writer,
            limits: Limits {
                max_message_bytes: config.max_message_bytes,
                max_recipients: config.max_recipients,
            },
            refusals: config.refuse_as_asked.then(Arc::default),
            idle: config.idle,
            mail_time: config.mail_time,
            now_unix_ms: config.now_unix_ms,
        });
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let acceptor = Acceptor {
            listener,
            shared: shared.clone(),
            places: Arc::new(Semaphore::new(config.max_connections)),
            stop: stop.clone(),
            tasks: tasks.clone(),
        };
        let accepting = tokio::spawn(acceptor.run());
        tracing::info!(%address, "the mail sink listens");
        Ok(Self { address, mailbox, stop: stop.drop_guard(), accepting, tasks, shared })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The mails that were kept.
    pub fn mailbox(&self) -> Mailbox {
        self.mailbox.clone()
    }

    /// Takes no more mails, closes all connections, and closes the file. A mail that was
    /// received whole is still kept and confirmed.
    pub async fn shutdown(self) {
        let Self { stop, accepting, tasks, shared, .. } = self;
        drop(stop);
        let _ = accepting.await;
        tasks.close();
        let _ = timeout(DRAIN, tasks.wait()).await;
        // The last owner of the writer writes what is left and waits for its thread.
        let _ = tokio::task::spawn_blocking(move || drop(shared)).await;
    }
}

async fn open(config: &Config) -> Result<(Writer, Mailbox), StartError> {
    let (data, max_listed) = (config.data.clone(), config.max_listed);
    let opening = tokio::task::spawn_blocking(move || store::open(&data, max_listed));
    let failed = |error| StartError::NotReadable { path: config.data.clone(), error };
    let opened = opening.await.map_err(|error| failed(io::Error::other(error)))??;
    let (file, index) = (Arc::new(opened.file), Arc::new(Mutex::new(opened.index)));
    let writer = Writer::start(file.clone(), opened.end_bytes, index.clone()).map_err(failed)?;
    let mailbox = Mailbox::new(file, index, writer.changes());
    Ok((writer, mailbox))
}

struct Acceptor {
    listener: TcpListener,
    shared: Arc<Shared>,
    places: Arc<Semaphore>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Acceptor {
    async fn run(self) {
        while let Some(accepted) = self.stop.run_until_cancelled(self.listener.accept()).await {
            let stream = match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    // Most likely there are no file handles left; others may close some.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            };
            let mut connection = Connection::new(stream, self.shared.clone());
            let Ok(place) = self.places.clone().try_acquire_owned() else {
                connection.last_word(&Reply::BUSY).await;
                continue;
            };
            let stop = self.stop.clone();
            self.tasks.spawn(async move {
                connection.run(&stop).await;
                drop(place);
            });
        }
    }
}

fn listen_error(address: SocketAddr, error: io::Error) -> StartError {
    match error.kind() {
        io::ErrorKind::AddrInUse => StartError::AddressInUse(address),
        _ => StartError::Listen { address, error },
    }
}
