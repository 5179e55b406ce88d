//! The DATA phase: finds the end of a mail and unstuffs dots (RFC 5321, 4.5.2).
//!
//! Only CR LF ends a line, so only CR LF . CR LF ends the mail. A bare CR or LF is an ordinary
//! byte, which prevents SMTP smuggling.

#[cfg(test)]
mod tests;

/// Maximum length of a line, without its end (RFC 5321, 4.5.3.1.6).
const MAX_LINE_BYTES: usize = 998;

/// Receives the data of a mail in chunks.
#[derive(Debug)]
pub(crate) struct DataReceiver {
    state: ParseState,
    text: Vec<u8>,
    max_bytes: usize,
    /// Size of the text so far, including discarded bytes.
    seen_bytes: usize,
    line_bytes: usize,
    has_long_line: bool,
}

/// State of the parser before the next byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ParseState {
    LineStart,
    /// After a dot at the start of a line, which is not part of the text.
    Dot,
    /// After such a dot and a CR.
    DotCr,
    /// After a CR in the text.
    Cr,
    Text,
}

/// Progress of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    /// All input was consumed, and the mail continues.
    Incomplete,
    /// The mail ended after `used_bytes` of the input.
    Complete { used_bytes: usize },
    /// The mail is more than twice the maximum size.
    FarTooLarge,
}

/// Why a mail is rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RejectedMail {
    TooLarge,
    LineTooLong,
}

impl DataReceiver {
    pub(crate) fn new(max_bytes: usize) -> Self {
        Self {
            state: ParseState::LineStart,
            text: Vec::new(),
            max_bytes,
            seen_bytes: 0,
            line_bytes: 0,
            has_long_line: false,
        }
    }

    /// Adds the next chunk.
    pub(crate) fn push(&mut self, input: &[u8]) -> Progress {
        let mut used = 0;
        while let Some(&byte) = input.get(used) {
            used += 1;
            self.state = match (self.state, byte) {
                (ParseState::LineStart, b'.') => ParseState::Dot,
                (ParseState::Dot, b'\r') => ParseState::DotCr,
                (ParseState::DotCr, b'\n') => {
                    self.state = ParseState::LineStart;
                    return Progress::Complete { used_bytes: used };
                }
                (ParseState::Cr, b'\n') => {
                    self.append(b"\n");
                    self.line_bytes = 0;
                    ParseState::LineStart
                }
                (state, _) => {
                    if state == ParseState::DotCr {
                        self.append(b"\r");
                    }
                    // Consumes the text up to the next CR.
                    let rest = &input[used - 1..];
                    let cr = rest.iter().position(|&byte| byte == b'\r');
                    let length = cr.map_or(rest.len(), |cr| cr + 1);
                    self.append(&rest[..length]);
                    used += length - 1;
                    if cr.is_some() { ParseState::Cr } else { ParseState::Text }
                }
            };
        }
        let is_far_too_large = self.seen_bytes > self.max_bytes.saturating_mul(2);
        if is_far_too_large { Progress::FarTooLarge } else { Progress::Incomplete }
    }

    /// The whole text, unless the mail is rejected.
    pub(crate) fn finish(self) -> Result<Vec<u8>, RejectedMail> {
        if self.seen_bytes > self.max_bytes {
            Err(RejectedMail::TooLarge)
        } else if self.has_long_line {
            Err(RejectedMail::LineTooLong)
        } else {
            Ok(self.text)
        }
    }

    fn append(&mut self, bytes: &[u8]) {
        self.seen_bytes = self.seen_bytes.saturating_add(bytes.len());
        self.line_bytes = self.line_bytes.saturating_add(bytes.len());
        // The line end is counted with the line.
        self.has_long_line |= self.line_bytes > MAX_LINE_BYTES + 2;
        if self.seen_bytes <= self.max_bytes {
            self.text.extend_from_slice(bytes);
        } else {
            self.text = Vec::new();
        }
    }
}
