//! Resource limits of the operating system.

use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::TcpStream;

use crate::fault::Fault;

/// Minimum number of open files for all embedded parts: log, indexes, database and their clients.
const MIN_OPEN_FILES: usize = 512;

/// Raises the limit of open files to its maximum. Every open event stream and every charge in
/// progress holds a connection, and many systems start with a limit of 1,024.
pub(crate) fn raise_open_file_limit() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current == maximum {
        return;
    }
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        tracing::debug!(%error, ?current, "the limit of open files cannot be raised");
    }
}

/// Maximum number of open files; `usize::MAX` without a limit.
pub(crate) fn max_open_files() -> usize {
    let current = getrlimit(Resource::Nofile).current;
    current.and_then(|files| usize::try_from(files).ok()).unwrap_or(usize::MAX)
}

/// Refuses to start if too few files may be open: a part that gets no file looks like one that does
/// not answer.
pub(crate) fn refuse_few_files() -> Result<(), Fault> {
    match max_open_files() {
        MIN_OPEN_FILES.. => Ok(()),
        files => Err(Fault::system(format!(
            "only {files} files may be open at a time (ulimit -n): `comanda up` needs {MIN_OPEN_FILES}"
        ))),
    }
}

/// Makes the system close a connection whose peer acknowledges nothing for this long
/// (`TCP_USER_TIMEOUT`). Where the system has no such option, a lost peer is found minutes later.
pub(crate) fn set_peer_timeout(stream: &TcpStream, after: Duration) {
    #[cfg(target_os = "linux")]
    {
        let millis = u32::try_from(after.as_millis()).unwrap_or(u32::MAX);
        if let Err(error) = rustix::net::sockopt::set_tcp_user_timeout(stream, millis) {
            tracing::debug!(%error, "a lost peer is found later");
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (stream, after);
}
