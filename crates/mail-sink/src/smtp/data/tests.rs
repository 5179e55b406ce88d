//! The end of a mail, and its dots.

use super::*;
use proptest::prelude::*;

fn receive(input: &[u8], piece: usize) -> Option<(Vec<u8>, usize)> {
    let (mut data, mut before) = (Data::new(1_000_000), 0);
    for part in input.chunks(piece) {
        if let Progress::Ended { used_bytes } = data.push(part) {
            return Some((data.finish().unwrap(), before + used_bytes));
        }
        before += part.len();
    }
    None
}

/// What an honest client sends for lines.
fn stuffed(lines: &[Vec<u8>]) -> (Vec<u8>, Vec<u8>) {
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
    // No line may hold CR LF, nor end in a CR that would merge with the line's own end.
    line.prop_filter("one line", |line| {
        !line.windows(2).any(|pair| pair == b"\r\n") && line.last() != Some(&b'\r')
    })
}

proptest! {
    #[test]
    fn what_was_sent_is_received(
        lines in prop::collection::vec(line(), 0..8),
        rest in prop::collection::vec(any::<u8>(), 0..9),
        piece in 1_usize..20,
    ) {
        let (mut wire, text) = stuffed(&lines);
        let length = wire.len();
        wire.extend_from_slice(&rest);
        prop_assert_eq!(receive(&wire, piece), Some((text, length)));
    }
}

#[test]
fn nothing_but_crlf_dot_crlf_ends_a_mail() {
    for smuggled in
        ["a\n.\n", "a\n.\r\n", "a\r\n.\n", "a\r.\r", "a\r\n.\r", "a\r.\r\n", "\n.\n", "a.\r\n"]
    {
        for piece in [1, 2, 100] {
            assert_eq!(receive(smuggled.as_bytes(), piece), None, "{smuggled:?}");
        }
    }
    assert_eq!(receive(b".\r\nQUIT\r\n", 100), Some((Vec::new(), 3)));
    assert_eq!(receive(b"\r\r\n.\r\n", 1), Some((b"\r\r\n".to_vec(), 6)));
}

#[test]
fn bounds() {
    let text = |data: &[u8], max| {
        let mut received = Data::new(max);
        received.push(data);
        received.finish()
    };
    assert_eq!(text(b"abc\r\n.\r\n", 5), Ok(b"abc\r\n".to_vec()));
    assert_eq!(text(b"abcd\r\n.\r\n", 5), Err(Flaw::TooLarge));
    let line = |length| [vec![b'a'; length], b"\r\n.\r\n".to_vec()].concat();
    assert!(text(&line(998), 2_000).is_ok());
    assert_eq!(text(&line(999), 2_000), Err(Flaw::LineTooLong));
    assert_eq!(Data::new(5).push(&[b'a'; 11]), Progress::Hopeless);
}
