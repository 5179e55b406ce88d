//! What the system lets a process have.

use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::TcpStream;

use crate::fault::Fault;

/// Files that all parts together need: the log and its index files, the database, clients of both.
const FEWEST_FILES: usize = 512;

/// Lets the process open as many files as it may ask for. Every page that listens and every charge
/// under way holds a connection, and many systems begin with a thousand.
pub(crate) fn raise_open_files() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current == maximum {
        return;
    }
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        tracing::debug!(%error, ?current, "the limit of open files stays");
    }
}

/// How many files the process may have open; a great many if there is no limit.
pub(crate) fn open_files() -> usize {
    let current = getrlimit(Resource::Nofile).current;
    current.and_then(|files| usize::try_from(files).ok()).unwrap_or(usize::MAX)
}

/// Refuses to start everything where too few files may be open: a part that gets none looks like one that
/// does not answer.
pub(crate) fn refuse_few_files() -> Result<(), Fault> {
    match open_files() {
        FEWEST_FILES.. => Ok(()),
        files => Err(Fault::system(format!(
            "only {files} files may be open at a time (ulimit -n): `comanda up` needs {FEWEST_FILES}"
        ))),
    }
}

/// Has the system give a connection up whose peer acknowledges nothing for so long: it has vanished
/// without a word. Where the system cannot, it is noticed after some minutes.
pub(crate) fn give_up_lost_peers(stream: &TcpStream, after: Duration) {
    #[cfg(target_os = "linux")]
    {
        let millis = u32::try_from(after.as_millis()).unwrap_or(u32::MAX);
        if let Err(error) = rustix::net::sockopt::set_tcp_user_timeout(stream, millis) {
            tracing::debug!(%error, "a lost peer is noticed later");
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (stream, after);
}
