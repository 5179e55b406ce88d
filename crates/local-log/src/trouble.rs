//! Says that the disk takes no more, what to do, and says it once in a while only.

use std::io::{self, ErrorKind};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// Pause between two lines about the same trouble.
const PAUSE: Duration = Duration::from_secs(10);

/// When it was last said.
#[derive(Default)]
pub(crate) struct Trouble(Mutex<Option<Instant>>);

impl Trouble {
    /// Notes that something could not be stored; returns a line for the client.
    pub(crate) fn note(&self, error: &io::Error, what: &str) -> String {
        let line = advise(error);
        self.warn(|| tracing::error!(what, "{line}"));
        line
    }

    /// Says something, unless something was said just now.
    #[allow(clippy::disallowed_methods, reason = "a pause between log lines")]
    pub(crate) fn warn(&self, say: impl FnOnce()) {
        let mut last = self.0.lock();
        if last.is_none_or(|last| last.elapsed() >= PAUSE) {
            *last = Some(Instant::now());
            say();
        }
    }
}

/// What is wrong, and what to do.
fn advise(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => format!(
            "the disk takes no more ({error}): free some space or delete a topic; what is stored \
             is safe, new records are refused until then"
        ),
        _ if is_out_of_files(error) => format!(
            "the process has no file handles left ({error}): allow it more (ulimit -n) or close \
             connections; records are refused until then"
        ),
        _ => format!("the disk refuses to store ({error}): records are refused until it does"),
    }
}

/// Whether the process or the machine has no file handles left: nothing is lost, it may try again.
pub(crate) fn is_out_of_files(error: &io::Error) -> bool {
    /// Numbers of the errors, on every Unix.
    const ENFILE: i32 = 23;
    const EMFILE: i32 = 24;
    matches!(error.raw_os_error(), Some(ENFILE | EMFILE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_named_with_what_to_do() {
        for kind in [ErrorKind::StorageFull, ErrorKind::FileTooLarge] {
            assert!(advise(&kind.into()).contains("free some space"));
        }
        assert!(!advise(&ErrorKind::PermissionDenied.into()).contains("free some space"));
    }
}
