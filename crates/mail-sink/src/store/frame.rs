//! File format of a mail. All numbers are little-endian.
//!
//! ```text
//! header   u32 length of the body, u32 CRC-32C of the body, u32 CRC-32C of these eight bytes
//! body     i64 time, text sender, u16 count of recipients, text each, the mail to the end
//! text     u16 length, UTF-8
//! ```
//!
//! The header has its own checksum, which distinguishes a damaged length from a truncated file.

use crate::mail::ReceivedMail;

/// Size of a header, in bytes.
pub(super) const HEADER_BYTES: usize = 12;

/// A header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) body_bytes: u32,
    body_crc: u32,
}

/// Encodes a mail; `None` if a length does not fit into its field.
pub(super) fn encode(mail: &ReceivedMail) -> Option<Vec<u8>> {
    let mut frame = vec![0; HEADER_BYTES];
    frame.extend_from_slice(&mail.at_unix_ms.to_le_bytes());
    put_text(&mut frame, &mail.from)?;
    frame.extend_from_slice(&u16::try_from(mail.to.len()).ok()?.to_le_bytes());
    for to in &mail.to {
        put_text(&mut frame, to)?;
    }
    frame.extend_from_slice(&mail.raw);
    let body = &frame[HEADER_BYTES..];
    let (length, body_crc) = (u32::try_from(body.len()).ok()?, crc32c::crc32c(body));
    frame[0..4].copy_from_slice(&length.to_le_bytes());
    frame[4..8].copy_from_slice(&body_crc.to_le_bytes());
    let header_crc = crc32c::crc32c(&frame[0..8]);
    frame[8..12].copy_from_slice(&header_crc.to_le_bytes());
    Some(frame)
}

impl Header {
    /// Parses a header; `None` if it is damaged.
    pub(super) fn parse(bytes: [u8; HEADER_BYTES]) -> Option<Self> {
        let mut rest = Rest(&bytes);
        let (body_bytes, body_crc) = (rest.u32()?, rest.u32()?);
        (rest.u32()? == crc32c::crc32c(&bytes[..8])).then_some(Self { body_bytes, body_crc })
    }

    /// Whether the body matches the checksum.
    pub(super) fn matches(self, body: &[u8]) -> bool {
        crc32c::crc32c(body) == self.body_crc
    }
}

/// Decodes a frame; `None` if it is damaged.
pub(crate) fn decode(frame: &[u8]) -> Option<ReceivedMail> {
    let (header, body) = frame.split_first_chunk::<HEADER_BYTES>()?;
    Header::parse(*header)?.matches(body).then(|| decode_body(body))?
}

fn decode_body(body: &[u8]) -> Option<ReceivedMail> {
    let mut rest = Rest(body);
    let at_unix_ms = i64::from_le_bytes(rest.array()?);
    let from = rest.text()?;
    let count = rest.u16()?;
    let to = (0..count).map(|_| rest.text()).collect::<Option<_>>()?;
    Some(ReceivedMail { at_unix_ms, from, to, raw: rest.0.to_vec() })
}

fn put_text(frame: &mut Vec<u8>, text: &str) -> Option<()> {
    frame.extend_from_slice(&u16::try_from(text.len()).ok()?.to_le_bytes());
    frame.extend_from_slice(text.as_bytes());
    Some(())
}

/// The remaining bytes.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*array)
    }

    fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn text(&mut self) -> Option<String> {
        let length = usize::from(self.u16()?);
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        String::from_utf8(text.to_vec()).ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    prop_compose! {
        fn any_mail()(
            at_unix_ms: i64,
            from in ".{0,20}",
            to in prop::collection::vec(".{0,20}", 0..4),
            raw: Vec<u8>,
        ) -> ReceivedMail {
            ReceivedMail { at_unix_ms, from, to, raw }
        }
    }

    proptest! {
        #[test]
        fn an_encoded_mail_decodes_to_the_same(mail in any_mail()) {
            prop_assert_eq!(decode(&encode(&mail).unwrap()), Some(mail));
        }

        #[test]
        fn any_damage_is_detected(mail in any_mail(), at: usize, flip in 1_u8..) {
            let mut frame = encode(&mail).unwrap();
            let at = at % frame.len();
            frame[at] ^= flip;
            prop_assert_eq!(decode(&frame), None);
            frame[at] ^= flip;
            prop_assert_eq!(decode(&frame[..at]), None);
        }
    }
}
