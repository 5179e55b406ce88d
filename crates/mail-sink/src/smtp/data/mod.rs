//! The text of a mail: where it ends, and its dots unstuffed (RFC 5321, 4.5.2).
//!
//! Only CR LF ends a line, so only CR LF . CR LF ends the mail. A lone CR or LF is a byte like
//! any other, wherever it stands: what looks like an end to a careless server is text here, and
//! no command can be smuggled in after it.

#[cfg(test)]
mod tests;

/// The longest line of a mail, without its end.
const LINE_BYTES: usize = 998;

/// Receives a mail piece by piece.
#[derive(Debug)]
pub(crate) struct Data {
    place: Place,
    text: Vec<u8>,
    max_bytes: usize,
    /// All bytes of text so far, kept or not.
    seen_bytes: usize,
    line_bytes: usize,
    line_too_long: bool,
}

/// What the next byte can mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    LineStart,
    /// After a dot that began a line; it is never part of the text.
    Dot,
    /// After such a dot and a CR.
    DotCr,
    /// After a CR in the text.
    Cr,
    Text,
}

/// How far a mail has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    /// All input was used, and the mail goes on.
    More,
    /// The mail ended after this many bytes of the input.
    Ended { used_bytes: usize },
    /// The client goes on and on, far beyond the bound.
    Hopeless,
}

/// Why a mail is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    TooLarge,
    LineTooLong,
}

impl Data {
    pub(crate) fn new(max_bytes: usize) -> Self {
        Self {
            place: Place::LineStart,
            text: Vec::new(),
            max_bytes,
            seen_bytes: 0,
            line_bytes: 0,
            line_too_long: false,
        }
    }

    /// Takes the next piece.
    pub(crate) fn push(&mut self, input: &[u8]) -> Progress {
        let mut used = 0;
        while let Some(&byte) = input.get(used) {
            used += 1;
            self.place = match (self.place, byte) {
                (Place::LineStart, b'.') => Place::Dot,
                (Place::Dot, b'\r') => Place::DotCr,
                (Place::DotCr, b'\n') => {
                    self.place = Place::LineStart;
                    return Progress::Ended { used_bytes: used };
                }
                (Place::Cr, b'\n') => {
                    self.keep(b"\n");
                    self.line_bytes = 0;
                    Place::LineStart
                }
                (place, _) => {
                    if place == Place::DotCr {
                        self.keep(b"\r");
                    }
                    // Text is taken up to the next CR at once.
                    let rest = &input[used - 1..];
                    let cr = rest.iter().position(|&byte| byte == b'\r');
                    let length = cr.map_or(rest.len(), |cr| cr + 1);
                    self.keep(&rest[..length]);
                    used += length - 1;
                    if cr.is_some() { Place::Cr } else { Place::Text }
                }
            };
        }
        let hopeless = self.seen_bytes > self.max_bytes.saturating_mul(2);
        if hopeless { Progress::Hopeless } else { Progress::More }
    }

    /// The whole text, if it may be kept.
    pub(crate) fn finish(self) -> Result<Vec<u8>, Flaw> {
        if self.seen_bytes > self.max_bytes {
            Err(Flaw::TooLarge)
        } else if self.line_too_long {
            Err(Flaw::LineTooLong)
        } else {
            Ok(self.text)
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        self.seen_bytes = self.seen_bytes.saturating_add(bytes.len());
        self.line_bytes = self.line_bytes.saturating_add(bytes.len());
        // The CR of the line's end counts for it.
        self.line_too_long |= self.line_bytes > LINE_BYTES + 2;
        if self.seen_bytes <= self.max_bytes {
            self.text.extend_from_slice(bytes);
        } else {
            self.text = Vec::new();
        }
    }
}
