//! For any damage: valid batches are found, damaged ones are not, and no offset is lost.

use proptest::prelude::*;

use super::{super::batch::tests::build, *};

/// Consecutive batches, with their boundaries.
fn build_batches(counts: &[i32], body: &[u8]) -> (Vec<u8>, Vec<Anchor>) {
    let (mut bytes, mut anchors, mut offset) = (Vec::new(), Vec::new(), 0);
    for count in counts {
        anchors.push(Anchor { position_bytes: bytes.len() as u64, offset });
        let mut batch = build(offset, *count, (-1, -1, -1), body);
        batch[12..16].copy_from_slice(&[0; 4]);
        bytes.extend(batch);
        offset += i64::from(*count);
    }
    anchors.push(Anchor { position_bytes: bytes.len() as u64, offset });
    (bytes, anchors)
}

fn survey(bytes: &[u8], anchors: &[Anchor]) -> (Vec<Piece>, Option<u64>) {
    let mut pieces = Vec::new();
    let torn = Survey { bytes, start_bytes: 0, anchors }.run(0, |piece| pieces.push(piece));
    (pieces, torn)
}

/// Base offsets of the valid batches, and the damaged ranges.
fn summarize(pieces: &[Piece]) -> (Vec<i64>, Vec<(i64, i64)>) {
    let (mut valid, mut damaged) = (Vec::new(), Vec::new());
    for piece in pieces {
        match piece {
            Piece::Valid(header, _) => valid.push(header.base_offset),
            Piece::Damaged(d) => damaged.push((d.first_offset, d.last_offset)),
        }
    }
    (valid, damaged)
}

#[test]
fn a_wrong_checksum_damages_one_batch_which_keeps_its_header() {
    let (mut bytes, anchors) = build_batches(&[2, 3, 4], &[9; 50]);
    let second = usize::try_from(anchors[1].position_bytes).unwrap();
    bytes[second + 80] ^= 1;
    let (pieces, torn) = survey(&bytes, &[]);
    assert_eq!((summarize(&pieces), torn), ((vec![0, 5], vec![(2, 4)]), None));
    assert!(matches!(pieces[1], Piece::Damaged(Damage { has_header: true, .. })));
}

#[test]
fn a_batch_inside_a_record_is_not_mistaken_for_one() {
    let (inner, _) = build_batches(&[2], &[7; 40]);
    let mut value = vec![5; 30];
    let mut inner_at_2 = inner;
    inner_at_2[..8].copy_from_slice(&2_i64.to_be_bytes());
    value.extend(inner_at_2);
    value.extend([5; 30]);
    let (mut bytes, anchors) = build_batches(&[2, 3, 4, 1], &value);
    let second = usize::try_from(anchors[1].position_bytes).unwrap();
    bytes[second..second + 20].copy_from_slice(&[0xee; 20]);
    let (pieces, torn) = survey(&bytes, &[]);
    assert_eq!((summarize(&pieces), torn), ((vec![0, 5, 9], vec![(2, 4)]), None));
}

#[test]
fn garbage_is_damage_before_a_known_end_and_a_torn_tail_otherwise() {
    let (bytes, anchors) = build_batches(&[2, 3], &[9; 50]);
    let (garbage, end) = (vec![0xab; bytes.len()], anchors[2]);
    let (pieces, torn) = survey(&garbage, &[end]);
    assert_eq!((summarize(&pieces), torn), ((vec![], vec![(0, 4)]), None));
    assert_eq!(survey(&garbage, &[]), (vec![], Some(0)));
    assert_eq!(survey(&bytes[..bytes.len() - 1], &[]).1, Some(anchors[1].position_bytes));
}

proptest! {
    #[test]
    fn damage_affects_only_the_batches_it_touches(
        counts in proptest::collection::vec(1..6i32, 3..20),
        wounds in proptest::collection::vec((0..10_000usize, 1..40usize, any::<u8>()), 1..4),
        known in any::<bool>(),
    ) {
        let (whole, anchors) = build_batches(&counts, &[3; 60]);
        let mut bytes = whole.clone();
        let last = anchors[anchors.len() - 2].position_bytes;
        for (at, length, by) in wounds {
            // The last batch is spared: it would be indistinguishable from a torn tail.
            let at = usize::try_from(last).unwrap() * at / 10_000;
            let end = (at + length).min(usize::try_from(last).unwrap());
            bytes[at..end].iter_mut().for_each(|byte| *byte ^= by);
        }
        let end = anchors[anchors.len() - 1];
        let (pieces, torn) = survey(&bytes, if known { std::slice::from_ref(&end) } else { &[] });
        prop_assert_eq!(torn, None);
        let (mut position, mut offset) = (0, 0);
        let mut valid = Vec::new();
        for piece in &pieces {
            let (from, first, to, next) = match piece {
                Piece::Valid(h, at) => {
                    valid.push(*at);
                    (*at, h.base_offset, at + h.size_bytes as u64, h.last_offset() + 1)
                }
                Piece::Damaged(d) => {
                    (d.position_bytes, d.first_offset, d.end_bytes, d.last_offset + 1)
                }
            };
            prop_assert_eq!((from, first), (position, offset));
            (position, offset) = (to, next);
        }
        prop_assert_eq!((position, offset), (end.position_bytes, end.offset));
        // A single intact batch between two damaged ones may be lost, two adjacent ones may not.
        let is_intact = |n: usize| {
            let range = usize::try_from(anchors[n].position_bytes).unwrap()
                ..usize::try_from(anchors[n + 1].position_bytes).unwrap();
            bytes[range.clone()] == whole[range]
        };
        for (n, anchor) in anchors.iter().enumerate().take(counts.len() - 1) {
            if is_intact(n) && is_intact(n + 1) {
                prop_assert!(valid.contains(&anchor.position_bytes), "batch {} is lost", n);
            }
        }
        for at in valid {
            let n = anchors.iter().position(|anchor| anchor.position_bytes == at).unwrap();
            prop_assert!(is_intact(n));
        }
    }
}
