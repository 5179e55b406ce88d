//! Replies, with the enhanced status codes of RFC 3463.

use std::borrow::Cow;

use bytes::BytesMut;

/// A reply without its last line end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply(Cow<'static, str>);

impl Reply {
    pub(crate) const READY: Self = Self::of("220 mail-sink ESMTP ready");
    pub(crate) const BYE: Self = Self::of("221 2.0.0 Bye");
    pub(crate) const OK: Self = Self::of("250 2.0.0 OK");
    pub(crate) const HELLO: Self = Self::of("250 mail-sink");
    pub(crate) const SENDER_OK: Self = Self::of("250 2.1.0 Sender OK");
    pub(crate) const RECIPIENT_OK: Self = Self::of("250 2.1.5 Recipient OK");
    pub(crate) const CANNOT_VERIFY: Self =
        Self::of("252 2.1.5 Cannot verify, but will take the mail");
    pub(crate) const HELP: Self =
        Self::of("214 2.0.0 EHLO HELO MAIL RCPT DATA RSET NOOP QUIT VRFY");
    pub(crate) const SEND_DATA: Self = Self::of("354 End the data with <CR><LF>.<CR><LF>");
    pub(crate) const TIMEOUT: Self = Self::of("421 4.4.2 Too slow, closing");
    pub(crate) const BUSY: Self = Self::of("421 4.3.2 Too many connections, try again later");
    pub(crate) const STOPPING: Self = Self::of("421 4.3.2 Shutting down");
    pub(crate) const TOO_MANY_ERRORS: Self = Self::of("421 4.7.0 Too many errors, closing");
    pub(crate) const NOT_STORED: Self = Self::of("451 4.3.0 The mail could not be stored");
    pub(crate) const TOO_MANY_RECIPIENTS: Self = Self::of("452 4.5.3 Too many recipients");
    pub(crate) const UNKNOWN: Self = Self::of("500 5.5.2 Command not recognised");
    pub(crate) const COMMAND_TOO_LONG: Self = Self::of("500 5.5.2 Command line too long");
    pub(crate) const BARE_LINE_END: Self =
        Self::of("500 5.5.2 Bare <CR> or <LF>: lines must end with <CR><LF>");
    pub(crate) const SYNTAX: Self = Self::of("501 5.5.4 Syntax error in parameters");
    pub(crate) const NOT_OFFERED: Self = Self::of("502 5.5.1 Command not implemented");
    pub(crate) const HELLO_FIRST: Self = Self::of("503 5.5.1 Send EHLO or HELO first");
    pub(crate) const MAIL_FIRST: Self = Self::of("503 5.5.1 Send MAIL first");
    pub(crate) const RECIPIENT_FIRST: Self = Self::of("503 5.5.1 Send RCPT first");
    pub(crate) const NESTED_MAIL: Self = Self::of("503 5.5.1 MAIL was already sent");
    pub(crate) const TOO_LARGE: Self = Self::of("552 5.3.4 The mail is too large");
    pub(crate) const NOT_ASCII: Self = Self::of("553 5.6.7 A non-ASCII address requires SMTPUTF8");
    pub(crate) const LINE_TOO_LONG: Self =
        Self::of("554 5.6.0 A line of the mail is longer than 998 bytes");
    pub(crate) const UNKNOWN_PARAMETER: Self = Self::of("555 5.5.4 Parameter not recognised");

    const fn of(text: &'static str) -> Self {
        Self(Cow::Borrowed(text))
    }

    /// The reply to EHLO, with the supported extensions.
    pub(crate) fn extensions(max_message_bytes: usize) -> Self {
        Self(Cow::Owned(format!(
            "250-mail-sink\r\n250-PIPELINING\r\n250-SIZE {max_message_bytes}\r\n250-8BITMIME\r\n\
             250-SMTPUTF8\r\n250 ENHANCEDSTATUSCODES"
        )))
    }

    /// The mail is stored.
    pub(crate) fn stored(id: u64) -> Self {
        Self(Cow::Owned(format!("250 2.0.0 Kept as {id}")))
    }

    /// The refusal requested by an address, with a code such as `451` or `550`.
    pub(crate) fn requested_refusal(code: &str) -> Self {
        let class = &code[..1];
        Self(Cow::Owned(format!("{code} {class}.7.1 The address asks to be refused")))
    }

    /// Appends the reply and its line end.
    pub(crate) fn write(&self, output: &mut BytesMut) {
        output.extend_from_slice(self.0.as_bytes());
        output.extend_from_slice(b"\r\n");
    }

    /// Whether the reply reports a mistake of the client.
    pub(crate) fn is_error(&self) -> bool {
        self.0.starts_with('5')
    }
}
