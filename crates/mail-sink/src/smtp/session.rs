//! An SMTP session: the allowed order of commands (RFC 5321, 4.1.4).

use std::sync::Arc;

use super::{
    command::{Command, parse},
    refusal::Refusals,
    reply::Reply,
};

/// Maximum number of errors in a session.
const MAX_ERRORS: u32 = 20;

/// Limits of a session.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) max_message_bytes: usize,
    pub(crate) max_recipients: usize,
}

/// An SMTP session.
#[derive(Debug)]
pub(crate) struct Session {
    limits: Limits,
    /// Refusals by address, if enabled.
    refusals: Option<Arc<Refusals>>,
    state: State,
    errors: u32,
}

#[derive(Debug)]
enum State {
    /// Before EHLO or HELO.
    New,
    /// Between mails.
    Ready,
    /// After MAIL, collecting recipients.
    Mail { from: String, to: Vec<String>, utf8: bool },
}

/// Sender and recipients of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Envelope {
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
}

/// The expected input after a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NextInput {
    Command,
    /// The data of a mail with this envelope.
    Data(Envelope),
    Close,
}

impl Session {
    pub(crate) fn new(limits: Limits, refusals: Option<Arc<Refusals>>) -> Self {
        Self { limits, refusals, state: State::New, errors: 0 }
    }

    /// Handles a line without its end.
    pub(crate) fn handle_line(&mut self, line: &[u8]) -> (Reply, NextInput) {
        let in_utf8 = matches!(self.state, State::Mail { utf8: true, .. });
        let handled = match parse(line, in_utf8) {
            Ok(parsed) => self.handle_command(parsed.command, parsed.is_utf8),
            Err(reply) => (reply, NextInput::Command),
        };
        self.count_error(handled)
    }

    /// Refuses a line that was too long.
    pub(crate) fn refuse_long_line(&mut self) -> (Reply, NextInput) {
        self.count_error((Reply::COMMAND_TOO_LONG, NextInput::Command))
    }

    fn count_error(&mut self, (reply, next): (Reply, NextInput)) -> (Reply, NextInput) {
        self.errors += u32::from(reply.is_error());
        if self.errors > MAX_ERRORS {
            (Reply::TOO_MANY_ERRORS, NextInput::Close)
        } else {
            (reply, next)
        }
    }

    fn handle_command(&mut self, command: Command, utf8: bool) -> (Reply, NextInput) {
        let reply = match command {
            Command::Ehlo | Command::Helo => {
                self.state = State::Ready;
                match command {
                    Command::Ehlo => Reply::extensions(self.limits.max_message_bytes),
                    _ => Reply::HELLO,
                }
            }
            Command::Mail { from, size_bytes } => self.start_mail(from, size_bytes, utf8),
            Command::Rcpt { to } => self.add_recipient(to),
            Command::Data => return self.start_data(),
            Command::Rset => {
                self.reset();
                Reply::OK
            }
            Command::Noop => Reply::OK,
            Command::Vrfy => Reply::CANNOT_VERIFY,
            Command::Help => Reply::HELP,
            Command::Quit => return (Reply::BYE, NextInput::Close),
        };
        (reply, NextInput::Command)
    }

    fn start_mail(&mut self, from: String, size_bytes: Option<u64>, utf8: bool) -> Reply {
        let max_bytes = u64::try_from(self.limits.max_message_bytes).unwrap_or(u64::MAX);
        match self.state {
            State::New => Reply::HELLO_FIRST,
            State::Mail { .. } => Reply::NESTED_MAIL,
            State::Ready if size_bytes.is_some_and(|size| size > max_bytes) => Reply::TOO_LARGE,
            State::Ready => {
                self.state = State::Mail { from, to: Vec::new(), utf8 };
                Reply::SENDER_OK
            }
        }
    }

    fn add_recipient(&mut self, recipient: String) -> Reply {
        match &mut self.state {
            State::New => Reply::HELLO_FIRST,
            State::Ready => Reply::MAIL_FIRST,
            State::Mail { to, .. } if to.len() >= self.limits.max_recipients => {
                Reply::TOO_MANY_RECIPIENTS
            }
            State::Mail { to, .. } => {
                if let Some(refusal) =
                    self.refusals.as_ref().and_then(|r| r.check_recipient(&recipient))
                {
                    return refusal;
                }
                to.push(recipient);
                Reply::RECIPIENT_OK
            }
        }
    }

    fn start_data(&mut self) -> (Reply, NextInput) {
        match std::mem::replace(&mut self.state, State::Ready) {
            State::New => {
                self.state = State::New;
                (Reply::HELLO_FIRST, NextInput::Command)
            }
            State::Ready => (Reply::MAIL_FIRST, NextInput::Command),
            State::Mail { from, to, utf8 } if to.is_empty() => {
                self.state = State::Mail { from, to, utf8 };
                (Reply::RECIPIENT_FIRST, NextInput::Command)
            }
            State::Mail { from, to, .. } => {
                (Reply::SEND_DATA, NextInput::Data(Envelope { from, to }))
            }
        }
    }

    fn reset(&mut self) {
        if matches!(self.state, State::Mail { .. }) {
            self.state = State::Ready;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session() -> Session {
        Session::new(Limits { max_message_bytes: 100, max_recipients: 2 }, None)
    }

    fn command(session: &mut Session, lines: &[&str]) -> (Reply, NextInput) {
        let mut last = (Reply::READY, NextInput::Command);
        for line in lines {
            last = session.handle_line(line.as_bytes());
        }
        last
    }

    #[test]
    fn a_mail_needs_hello_sender_and_recipient() {
        let mut session = session();
        assert_eq!(command(&mut session, &["MAIL FROM:<a@b>"]).0, Reply::HELLO_FIRST);
        assert_eq!(command(&mut session, &["HELO x", "RCPT TO:<a@b>"]).0, Reply::MAIL_FIRST);
        assert_eq!(command(&mut session, &["DATA"]).0, Reply::MAIL_FIRST);
        assert_eq!(command(&mut session, &["MAIL FROM:<>", "DATA"]).0, Reply::RECIPIENT_FIRST);
        let (reply, next) = command(&mut session, &["RCPT TO:<c@d>", "DATA"]);
        let envelope = Envelope { from: String::new(), to: vec!["c@d".to_owned()] };
        assert_eq!((reply, next), (Reply::SEND_DATA, NextInput::Data(envelope)));
        assert_eq!(command(&mut session, &["DATA"]).0, Reply::MAIL_FIRST);
    }

    #[test]
    fn reset_and_hello_discard_the_current_mail() {
        for forget in ["RSET", "EHLO y"] {
            let mut session = session();
            let lines = ["EHLO x", "MAIL FROM:<a@b>", "RCPT TO:<c@d>", forget, "DATA"];
            assert_eq!(command(&mut session, &lines).0, Reply::MAIL_FIRST);
        }
        let mut fresh = session();
        assert_eq!(command(&mut fresh, &["RSET", "MAIL FROM:<a@b>"]).0, Reply::HELLO_FIRST);
    }

    #[test]
    fn sizes_recipients_and_errors_are_limited() {
        let mut session = session();
        assert_eq!(
            command(&mut session, &["EHLO x", "MAIL FROM:<a@b> SIZE=101"]).0,
            Reply::TOO_LARGE
        );
        let lines = ["MAIL FROM:<a@b> SIZE=100", "RCPT TO:<a@b>", "RCPT TO:<c@d>"];
        assert_eq!(command(&mut session, &lines).0, Reply::RECIPIENT_OK);
        assert_eq!(command(&mut session, &["RCPT TO:<e@f>"]).0, Reply::TOO_MANY_RECIPIENTS);
        assert_eq!(command(&mut session, &["MAIL FROM:<a@b>"]).0, Reply::NESTED_MAIL);
        let nonsense = ["?"; 30];
        assert_eq!(command(&mut session, &nonsense), (Reply::TOO_MANY_ERRORS, NextInput::Close));
    }
}
