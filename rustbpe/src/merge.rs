//! Merging the bytes of one piece: of all neighbours that make a token, the two that make the lowest id are merged, the
//! leftmost first, until none do.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::vocabulary::Vocabulary;

/// Pieces up to this many bytes are merged by looking at all pairs each time; longer ones with a queue.
const SHORT: usize = 64;

/// No token: two neighbours that don't merge, or a place whose token was merged into the one before.
const NONE: u32 = u32::MAX;

/// The ids of one piece.
pub fn encode_piece(vocabulary: &Vocabulary, piece: &[u8]) -> Vec<u32> {
    if piece.len() > SHORT {
        return merge_long(vocabulary, piece);
    }
    let mut ids = [0; SHORT];
    let length = merge_short(vocabulary, piece, &mut ids);
    ids[..length].to_vec()
}

/// Merge a piece of up to 64 bytes into the front of `ids` and return the number of ids.
fn merge_short(vocabulary: &Vocabulary, piece: &[u8], ids: &mut [u32; SHORT]) -> usize {
    let mut length = piece.len();
    for (id, &byte) in ids.iter_mut().zip(piece) {
        *id = byte.into();
    }
    // What each token and the one after it make.
    let mut made = [NONE; SHORT];
    let make = |ids: &[u32], left: usize| vocabulary.merge(ids[left], ids[left + 1]).unwrap_or(NONE);
    for left in 1..length {
        made[left - 1] = make(ids, left - 1);
    }
    while length > 1 {
        let (mut best, mut at) = (NONE, 0);
        for (left, &id) in made[..length - 1].iter().enumerate() {
            if id < best {
                (best, at) = (id, left);
            }
        }
        if best == NONE {
            break;
        }
        ids[at] = best;
        ids.copy_within(at + 2..length, at + 1);
        length -= 1;
        if at + 1 < length {
            made.copy_within(at + 2..length, at + 1);
            made[at] = make(ids, at);
        }
        if at > 0 {
            made[at - 1] = make(ids, at - 1);
        }
    }
    length
}

/// The same in O(n log n), so that one word of 10 MB is no attack: neighbours are linked by position, and a queued
/// merge whose two tokens have changed since is passed over.
fn merge_long(vocabulary: &Vocabulary, piece: &[u8]) -> Vec<u32> {
    let end = piece.len();
    let mut ids: Vec<u32> = piece.iter().map(|&byte| byte.into()).collect();
    let mut next: Vec<usize> = (1..=end).collect();
    let mut previous: Vec<usize> = (0..end).map(|position| position.wrapping_sub(1)).collect();
    let queued = |ids: &[u32], left: usize, right: usize| {
        let (left_id, right_id) = (ids[left], ids[right]);
        vocabulary
            .merge(left_id, right_id)
            .map(|id| Reverse((id, left, left_id, right_id)))
    };
    let mut queue: BinaryHeap<_> = (1..end).filter_map(|right| queued(&ids, right - 1, right)).collect();
    while let Some(Reverse((id, left, left_id, right_id))) = queue.pop() {
        let right = next[left];
        if ids[left] != left_id || right >= end || ids[right] != right_id {
            continue;
        }
        ids[left] = id;
        ids[right] = NONE;
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
    ids.retain(|&id| id != NONE);
    ids
}
