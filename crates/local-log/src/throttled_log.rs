//! Rate-limited log lines, for failures that repeat with every request.

use std::{
    io::{self, ErrorKind},
    time::{Duration, Instant},
};

use parking_lot::Mutex;

/// Minimum time between two lines.
const MIN_INTERVAL: Duration = Duration::from_secs(10);

/// Limits one kind of log line to one per [`MIN_INTERVAL`]; holds the time of the last line.
#[derive(Default)]
pub(crate) struct ThrottledLog(Mutex<Option<Instant>>);

impl ThrottledLog {
    /// Logs a failed write; returns a message for the client.
    pub(crate) fn log_write_failure(&self, error: &io::Error, what: &str) -> String {
        let message = describe_write_failure(error);
        self.log(|| tracing::error!(what, "{message}"));
        message
    }

    /// Calls `write`, unless a line was written within the last [`MIN_INTERVAL`].
    #[allow(clippy::disallowed_methods, reason = "a pause between log lines")]
    pub(crate) fn log(&self, write: impl FnOnce()) {
        let mut last = self.0.lock();
        if last.is_none_or(|last| last.elapsed() >= MIN_INTERVAL) {
            *last = Some(Instant::now());
            write();
        }
    }
}

/// Says what is wrong and what to do.
fn describe_write_failure(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => format!(
            "the disk is full ({error}): free some space or delete a topic; stored records are \
             safe, new ones are refused until then"
        ),
        _ if is_out_of_files(error) => format!(
            "the process has no file handles left ({error}): raise the limit (ulimit -n) or close \
             connections; records are refused until then"
        ),
        _ => format!("cannot write to the disk ({error}): records are refused until this is fixed"),
    }
}

/// Whether the process or the machine has no file handles left; the operation may be retried.
pub(crate) fn is_out_of_files(error: &io::Error) -> bool {
    /// Error numbers, the same on every Unix.
    const ENFILE: i32 = 23;
    const EMFILE: i32 = 24;
    matches!(error.raw_os_error(), Some(ENFILE | EMFILE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_reported_with_a_remedy() {
        for kind in [ErrorKind::StorageFull, ErrorKind::FileTooLarge] {
            assert!(describe_write_failure(&kind.into()).contains("free some space"));
        }
        assert!(
            !describe_write_failure(&ErrorKind::PermissionDenied.into())
                .contains("free some space")
        );
    }
}
