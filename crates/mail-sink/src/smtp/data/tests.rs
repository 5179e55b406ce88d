//! The end of a mail, and dot unstuffing.

use proptest::prelude::*;

use super::*;

fn receive(input: &[u8], chunk_bytes: usize) -> Option<(Vec<u8>, usize)> {
    let (mut data, mut before) = (DataReceiver::new(1_000_000), 0);
    for part in input.chunks(chunk_bytes) {
        if let Progress::Complete { used_bytes } = data.push(part) {
            return Some((data.finish().unwrap(), before + used_bytes));
        }
        before += part.len();
    }
    None
}

/// The dot-stuffed wire format of lines, and their text.
fn stuff_lines(lines: &[Vec<u8>]) -> (Vec<u8>, Vec<u8>) {
    let (mut wire, mut text) = (Vec::new(), Vec::new());
    for line in lines {
        if line.first() == Some(&b'.') {
            wire.push(b'.');
        }
        for out in [&mut wire, &mut text] {
            out.extend_from_slice(line);
            out.extend_from_slice(b"\r\n");
        }
    }
    wire.extend_from_slice(b".\r\n");
    (wire, text)
}

fn line() -> impl Strategy<Value = Vec<u8>> {
    let bytes = prop::sample::select(b"..\r\n\nab\x00\xff".to_vec());
    let line = prop::collection::vec(bytes, 0..12);
    // A line has no CR LF inside and no CR at its end, which would merge with the line end.
    line.prop_filter("one line", |line| {
        !line.windows(2).any(|pair| pair == b"\r\n") && line.last() != Some(&b'\r')
    })
}

proptest! {
    #[test]
    fn sent_lines_are_received(
        lines in prop::collection::vec(line(), 0..8),
        rest in prop::collection::vec(any::<u8>(), 0..9),
        chunk_bytes in 1_usize..20,
    ) {
        let (mut wire, text) = stuff_lines(&lines);
        let length = wire.len();
        wire.extend_from_slice(&rest);
        prop_assert_eq!(receive(&wire, chunk_bytes), Some((text, length)));
    }
}

#[test]
fn nothing_but_crlf_dot_crlf_ends_a_mail() {
    for smuggled in
        ["a\n.\n", "a\n.\r\n", "a\r\n.\n", "a\r.\r", "a\r\n.\r", "a\r.\r\n", "\n.\n", "a.\r\n"]
    {
        for chunk_bytes in [1, 2, 100] {
            assert_eq!(receive(smuggled.as_bytes(), chunk_bytes), None, "{smuggled:?}");
        }
    }
    assert_eq!(receive(b".\r\nQUIT\r\n", 100), Some((Vec::new(), 3)));
    assert_eq!(receive(b"\r\r\n.\r\n", 1), Some((b"\r\r\n".to_vec(), 6)));
}

#[test]
fn sizes_and_line_lengths_are_limited() {
    let text = |data: &[u8], max| {
        let mut received = DataReceiver::new(max);
        received.push(data);
        received.finish()
    };
    assert_eq!(text(b"abc\r\n.\r\n", 5), Ok(b"abc\r\n".to_vec()));
    assert_eq!(text(b"abcd\r\n.\r\n", 5), Err(RejectedMail::TooLarge));
    let line = |length| [vec![b'a'; length], b"\r\n.\r\n".to_vec()].concat();
    assert!(text(&line(998), 2_000).is_ok());
    assert_eq!(text(&line(999), 2_000), Err(RejectedMail::LineTooLong));
    assert_eq!(DataReceiver::new(5).push(&[b'a'; 11]), Progress::FarTooLarge);
}
