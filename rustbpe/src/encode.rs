//! Encoding: the ids of a text under a vocabulary.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rustc_hash::FxHashMap;

use crate::split::pieces;
use crate::vocabulary::Vocabulary;

/// Pieces up to this many bytes are merged by looking at all pairs each time; longer ones with a queue.
const SHORT: usize = 64;

/// Most bytes of pieces that an encoder remembers.
const MEMORY: usize = 1 << 22;

/// Encodes texts and remembers the pieces that it has met.
pub struct Encoder<'vocabulary> {
    vocabulary: &'vocabulary Vocabulary,
    known: FxHashMap<Box<[u8]>, Box<[u32]>>,
    known_bytes: usize,
}

impl<'vocabulary> Encoder<'vocabulary> {
    pub fn new(vocabulary: &'vocabulary Vocabulary) -> Self {
        Self {
            vocabulary,
            known: FxHashMap::default(),
            known_bytes: 0,
        }
    }

    /// Append the ids of `text` to `ids`. Special tokens in the text are text like any other.
    pub fn encode(&mut self, text: &str, ids: &mut Vec<u32>) {
        for piece in pieces(text) {
            let piece = piece.as_bytes();
            if let Some(known) = self.known.get(piece) {
                ids.extend_from_slice(known);
                continue;
            }
            let encoded = encode_piece(self.vocabulary, piece);
            ids.extend_from_slice(&encoded);
            if self.known_bytes + piece.len() <= MEMORY {
                self.known_bytes += piece.len();
                self.known.insert(piece.into(), encoded.into());
            }
        }
    }
}

/// The ids of one piece: of all neighbours that make a token, the two that make the lowest id are merged, the leftmost
/// first, until none do.
pub fn encode_piece(vocabulary: &Vocabulary, piece: &[u8]) -> Vec<u32> {
    let ids = piece.iter().map(|&byte| byte.into()).collect();
    if piece.len() <= SHORT {
        merge_short(vocabulary, ids)
    } else {
        merge_long(vocabulary, &ids)
    }
}

fn merge_short(vocabulary: &Vocabulary, mut ids: Vec<u32>) -> Vec<u32> {
    loop {
        let best = ids
            .windows(2)
            .enumerate()
            .filter_map(|(position, pair)| Some((vocabulary.merge(pair[0], pair[1])?, position)))
            .min();
        let Some((id, position)) = best else { return ids };
        ids[position] = id;
        ids.remove(position + 1);
    }
}

/// The same in O(n log n), so that one word of 10 MB is no attack: neighbours are linked by position, and a queued
/// merge whose two tokens have changed since is passed over.
fn merge_long(vocabulary: &Vocabulary, bytes: &[u32]) -> Vec<u32> {
    const GONE: u32 = u32::MAX;
    let end = bytes.len();
    let mut ids = bytes.to_vec();
    let mut next: Vec<usize> = (1..=end).collect();
    let mut previous: Vec<usize> = (0..end).map(|position| position.wrapping_sub(1)).collect();
    let queued = |ids: &[u32], left: usize, right: usize| {
        vocabulary
            .merge(ids[left], ids[right])
            .map(|id| Reverse((id, left, right, ids[left], ids[right])))
    };
    let mut queue: BinaryHeap<_> = (1..end).filter_map(|right| queued(&ids, right - 1, right)).collect();
    while let Some(Reverse((id, left, right, left_id, right_id))) = queue.pop() {
        if ids[left] != left_id || ids[right] != right_id || next[left] != right {
            continue;
        }
        ids[left] = id;
        ids[right] = GONE;
        let after = next[right];
        next[left] = after;
        if after < end {
            previous[after] = left;
            queue.extend(queued(&ids, left, after));
        }
        let before = previous[left];
        if before < end {
            queue.extend(queued(&ids, before, left));
        }
    }
    ids.retain(|&id| id != GONE);
    ids
}
