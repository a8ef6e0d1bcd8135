//! Training: count the pieces of a text, then merge the most frequent pair again and again.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use rustc_hash::FxHashMap;

use crate::split::pieces;

type Pair = (u32, u32);

/// How often each piece occurs in a text.
#[derive(Debug, Default, Clone)]
pub struct PieceCounts {
    counts: FxHashMap<Box<[u8]>, u64>,
}

impl PieceCounts {
    /// Count the pieces of `text` too.
    pub fn add(&mut self, text: &str) {
        for piece in pieces(text) {
            match self.counts.get_mut(piece.as_bytes()) {
                Some(count) => *count += 1,
                None => drop(self.counts.insert(piece.as_bytes().into(), 1)),
            }
        }
    }

    /// Each piece with its count, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], u64)> {
        self.counts.iter().map(|(piece, &count)| (&**piece, count))
    }
}

/// A piece as the tokens that it is made of so far.
struct Word {
    tokens: Vec<u32>,
    count: u64,
}

/// The first `wanted` merges of a byte-level BPE; fewer if no pair is left to merge.
///
/// Each step merges the pair that occurs most often over all pieces, and of equally frequent ones the pair of the
/// smallest ids (left one first). Within a piece its occurrences are merged from left to right. A pair counts at each
/// of its positions, overlapping ones too ("aaa" holds "aa" twice), as in Hugging Face `tokenizers`. Counts are updated
/// at the merged positions only; they are exact at each step.
pub fn train(counts: &PieceCounts, wanted: usize) -> Vec<Pair> {
    let mut words: Vec<Word> = counts
        .iter()
        .filter(|(piece, _)| piece.len() > 1)
        .map(|(piece, count)| Word {
            tokens: piece.iter().map(|&byte| byte.into()).collect(),
            count,
        })
        .collect();
    let mut pairs: FxHashMap<Pair, PairState> = FxHashMap::default();
    for (index, word) in words.iter().enumerate() {
        for pair in word.tokens.windows(2) {
            let state = pairs.entry((pair[0], pair[1])).or_default();
            state.count += word.count;
            state.words.insert(index);
        }
    }
    let mut queue: BinaryHeap<(u64, Reverse<Pair>)> = pairs
        .iter()
        .map(|(&pair, state)| (state.count, Reverse(pair)))
        .collect();
    let mut merges = Vec::new();
    while merges.len() < wanted
        && let Some((count, Reverse(pair))) = queue.pop()
    {
        let current = pairs.get(&pair).map_or(0, |state| state.count);
        if current < count {
            // It fell since it was queued: back to its place, unless it is gone.
            if current > 0 {
                queue.push((current, Reverse(pair)));
            }
            continue;
        }
        let Some(state) = pairs.remove(&pair) else { continue };
        let id = 256 + merges.len() as u32;
        merges.push(pair);
        let mut grown = BTreeSet::new();
        for index in state.words {
            apply(&mut words[index], index, pair, id, &mut pairs, &mut grown);
        }
        queue.extend(
            grown
                .into_iter()
                .filter_map(|new| Some((pairs.get(&new)?.count, Reverse(new)))),
        );
    }
    merges
}

/// How often a pair occurs, and the words in which it may.
#[derive(Default)]
struct PairState {
    count: u64,
    words: BTreeSet<usize>,
}

/// Merge `pair` into `id` throughout a word: take its old pairs out of the counts, put its new ones in.
fn apply(
    word: &mut Word,
    index: usize,
    pair: Pair,
    id: u32,
    pairs: &mut FxHashMap<Pair, PairState>,
    grown: &mut BTreeSet<Pair>,
) {
    let merged = merge_all(&word.tokens, pair, id);
    if merged.len() == word.tokens.len() {
        return;
    }
    for old in word.tokens.windows(2) {
        if let Some(state) = pairs.get_mut(&(old[0], old[1])) {
            state.count -= word.count;
        }
    }
    for new in merged.windows(2) {
        let new = (new[0], new[1]);
        let state = pairs.entry(new).or_default();
        state.count += word.count;
        state.words.insert(index);
        if new.0 == id || new.1 == id {
            grown.insert(new);
        }
    }
    word.tokens = merged;
}

/// `tokens` with each occurrence of `pair`, from left to right, replaced by `id`.
fn merge_all(tokens: &[u32], pair: Pair, id: u32) -> Vec<u32> {
    let mut merged = Vec::with_capacity(tokens.len());
    let mut position = 0;
    while position < tokens.len() {
        if tokens[position] == pair.0 && tokens.get(position + 1) == Some(&pair.1) {
            merged.push(id);
            position += 2;
        } else {
            merged.push(tokens[position]);
            position += 1;
        }
    }
    merged
}
