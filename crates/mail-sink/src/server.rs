//! Start and shutdown of the mail sink.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use parking_lot::Mutex;
use stand_in::{StartError, listen};
use tokio::{net::TcpListener, sync::Semaphore, task::JoinHandle, time::timeout};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};

use crate::{
    config::Config,
    connection::{Connection, ServerState},
    mailbox::Mailbox,
    smtp::{Limits, Reply},
    store::{self, Writer},
};

/// How long a shutdown waits for open connections.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// A running mail sink. Dropping it stops it without waiting for mails in progress.
#[derive(Debug)]
pub struct MailSink {
    address: SocketAddr,
    mailbox: Mailbox,
    stop: DropGuard,
    accepting: JoinHandle<()>,
    tasks: TaskTracker,
    shared: Arc<ServerState>,
}

impl MailSink {
    /// Opens the store and starts to accept mails.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        let (listener, address) = listen(config.listen).await?;
        let (writer, mailbox) = open(&config).await?;
        let shared = Arc::new(ServerState {
            writer,
            limits: Limits {
                max_message_bytes: config.max_message_bytes,
                max_recipients: config.max_recipients,
            },
            refusals: config.may_refuse_by_address.then(Arc::default),
            idle_timeout: config.idle_timeout,
            mail_timeout: config.mail_timeout,
            now_unix_ms: config.now_unix_ms,
        });
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let acceptor = Acceptor {
            listener,
            shared: shared.clone(),
            slots: Arc::new(Semaphore::new(config.max_connections)),
            stop: stop.clone(),
            tasks: tasks.clone(),
        };
        let accepting = tokio::spawn(acceptor.run());
        tracing::info!(%address, "the mail sink listens");
        Ok(Self { address, mailbox, stop: stop.drop_guard(), accepting, tasks, shared })
    }

    /// The address the mail sink listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The stored mails.
    pub fn mailbox(&self) -> Mailbox {
        self.mailbox.clone()
    }

    /// Closes all connections and the file. A completely received mail is still stored and
    /// acknowledged.
    pub async fn shutdown(self) {
        let Self { stop, accepting, tasks, shared, .. } = self;
        drop(stop);
        let _ = accepting.await;
        tasks.close();
        let _ = timeout(DRAIN_TIMEOUT, tasks.wait()).await;
        // Dropping the writer writes the remaining mails and joins its thread.
        let _ = tokio::task::spawn_blocking(move || drop(shared)).await;
    }
}

async fn open(config: &Config) -> Result<(Writer, Mailbox), StartError> {
    let (data, max_listed) = (config.data.clone(), config.max_listed);
    let opening = tokio::task::spawn_blocking(move || store::open(&data, max_listed));
    let failed = |error| StartError::storage(&config.data)(error);
    let opened = opening.await.map_err(|error| failed(io::Error::other(error)))??;
    let (file, index) = (Arc::new(opened.file), Arc::new(Mutex::new(opened.index)));
    let writer = Writer::start(file.clone(), opened.end_bytes, index.clone()).map_err(failed)?;
    let mailbox = Mailbox::new(file, index, writer.changes());
    Ok((writer, mailbox))
}

struct Acceptor {
    listener: TcpListener,
    shared: Arc<ServerState>,
    slots: Arc<Semaphore>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Acceptor {
    async fn run(self) {
        while let Some(accepted) = self.stop.run_until_cancelled(self.listener.accept()).await {
            let stream = match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    // Probably no file handles are left; closing connections will free some.
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            };
            let mut connection = Connection::new(stream, self.shared.clone());
            let Ok(slot) = self.slots.clone().try_acquire_owned() else {
                connection.close_with(&Reply::BUSY).await;
                continue;
            };
            let stop = self.stop.clone();
            self.tasks.spawn(async move {
                connection.run(&stop).await;
                drop(slot);
            });
        }
    }
}
