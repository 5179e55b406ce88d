//! Whatever is damaged: nothing sound is given up, nothing damaged is taken, all offsets stay.

use super::super::batch::tests::build;
use super::*;
use proptest::prelude::*;

/// Batches one after the other, with their positions and offsets.
fn batches(counts: &[i32], body: &[u8]) -> (Vec<u8>, Vec<Anchor>) {
    let (mut bytes, mut places, mut offset) = (Vec::new(), Vec::new(), 0);
    for count in counts {
        places.push(Anchor { position_bytes: bytes.len() as u64, offset });
        let mut batch = build(offset, *count, (-1, -1, -1), body);
        batch[12..16].copy_from_slice(&[0; 4]);
        bytes.extend(batch);
        offset += i64::from(*count);
    }
    places.push(Anchor { position_bytes: bytes.len() as u64, offset });
    (bytes, places)
}

fn survey(bytes: &[u8], anchors: &[Anchor]) -> (Vec<Piece>, Option<u64>) {
    let mut pieces = Vec::new();
    let torn = Survey { bytes, start_bytes: 0, anchors }.run(0, |piece| pieces.push(piece));
    (pieces, torn)
}

/// Base offsets of the sound batches, and the damaged ranges.
fn outcome(pieces: &[Piece]) -> (Vec<i64>, Vec<(i64, i64)>) {
    let (mut sound, mut damaged) = (Vec::new(), Vec::new());
    for piece in pieces {
        match piece {
            Piece::Sound(header, _) => sound.push(header.base_offset),
            Piece::Damaged(d) => damaged.push((d.first_offset, d.last_offset)),
        }
    }
    (sound, damaged)
}

#[test]
fn a_wrong_checksum_is_one_batch_and_keeps_its_header() {
    let (mut bytes, places) = batches(&[2, 3, 4], &[9; 50]);
    let second = usize::try_from(places[1].position_bytes).unwrap();
    bytes[second + 80] ^= 1;
    let (pieces, torn) = survey(&bytes, &[]);
    assert_eq!((outcome(&pieces), torn), ((vec![0, 5], vec![(2, 4)]), None));
    assert!(matches!(pieces[1], Piece::Damaged(Damage { has_header: true, .. })));
}

#[test]
fn a_record_that_is_a_batch_is_not_taken_for_one() {
    let (inner, _) = batches(&[2], &[7; 40]);
    let mut value = vec![5; 30];
    let mut inner_at_2 = inner;
    inner_at_2[..8].copy_from_slice(&2_i64.to_be_bytes());
    value.extend(inner_at_2);
    value.extend([5; 30]);
    let (mut bytes, places) = batches(&[2, 3, 4, 1], &value);
    let second = usize::try_from(places[1].position_bytes).unwrap();
    bytes[second..second + 20].copy_from_slice(&[0xee; 20]);
    let (pieces, torn) = survey(&bytes, &[]);
    assert_eq!((outcome(&pieces), torn), ((vec![0, 5, 9], vec![(2, 4)]), None));
}

#[test]
fn all_is_damaged_up_to_a_known_end_and_torn_without_one() {
    let (bytes, places) = batches(&[2, 3], &[9; 50]);
    let (garbage, end) = (vec![0xab; bytes.len()], places[2]);
    let (pieces, torn) = survey(&garbage, &[end]);
    assert_eq!((outcome(&pieces), torn), ((vec![], vec![(0, 4)]), None));
    assert_eq!(survey(&garbage, &[]), (vec![], Some(0)));
    assert_eq!(survey(&bytes[..bytes.len() - 1], &[]).1, Some(places[1].position_bytes));
}

proptest! {
    #[test]
    fn damage_costs_the_batches_that_it_touches_and_no_other(
        counts in proptest::collection::vec(1..6i32, 3..20),
        wounds in proptest::collection::vec((0..10_000usize, 1..40usize, any::<u8>()), 1..4),
        known in any::<bool>(),
    ) {
        let (whole, places) = batches(&counts, &[3; 60]);
        let mut bytes = whole.clone();
        let last = places[places.len() - 2].position_bytes;
        for (at, length, by) in wounds {
            // The last batch is left alone: nothing would tell it from a torn tail.
            let at = usize::try_from(last).unwrap() * at / 10_000;
            let end = (at + length).min(usize::try_from(last).unwrap());
            bytes[at..end].iter_mut().for_each(|byte| *byte ^= by);
        }
        let end = places[places.len() - 1];
        let (pieces, torn) = survey(&bytes, if known { std::slice::from_ref(&end) } else { &[] });
        prop_assert_eq!(torn, None);
        let (mut position, mut offset) = (0, 0);
        let mut taken = Vec::new();
        for piece in &pieces {
            let (from, first, to, next) = match piece {
                Piece::Sound(h, at) => {
                    taken.push(*at);
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
        // Of two sound neighbours none is given up; one alone between two wounds may be.
        let sound = |n: usize| {
            let range = usize::try_from(places[n].position_bytes).unwrap()
                ..usize::try_from(places[n + 1].position_bytes).unwrap();
            bytes[range.clone()] == whole[range]
        };
        for (n, place) in places.iter().enumerate().take(counts.len() - 1) {
            if sound(n) && sound(n + 1) {
                prop_assert!(taken.contains(&place.position_bytes), "batch {} is given up", n);
            }
        }
        for at in taken {
            let n = places.iter().position(|place| place.position_bytes == at).unwrap();
            prop_assert!(sound(n));
        }
    }
}
