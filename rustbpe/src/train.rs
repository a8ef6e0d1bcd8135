//! Training: merge the most frequent pair again and again.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rustc_hash::FxHashMap;

use crate::count::PieceCounts;
use crate::error::Error;

type Pair = (u32, u32);

/// The first `wanted` merges of a byte-level BPE; fewer if no pair is left to merge, or `go_on`, which is told the
/// number of merges after each, returns false.
///
/// Each step merges the pair that occurs most often over all pieces, and of equally frequent ones the pair of the
/// smallest ids (left one first). Within a piece its occurrences are merged from left to right. A pair counts at each
/// of its positions, overlapping ones too ("aaa" holds "aa" twice), as in Hugging Face `tokenizers`. Counts are updated
/// at the merged positions only; they are exact at each step.
///
/// # Errors
///
/// The different pieces are 4 GiB or more.
pub fn train(counts: &PieceCounts, wanted: usize, mut go_on: impl FnMut(usize) -> bool) -> Result<Vec<Pair>, Error> {
    let mut symbols = Symbols::new(counts)?;
    let mut pairs = Pairs::new(&symbols);
    let mut queue: BinaryHeap<_> = pairs.states.iter().map(PairState::priority).collect();
    let mut merges = Vec::new();
    while merges.len() < wanted
        && let Some((count, Reverse(pair))) = queue.pop()
    {
        let current = pairs.count(pair);
        if current == 0 {
            continue;
        }
        if current < count {
            // It fell since it was queued: back to its place.
            queue.push((current, Reverse(pair)));
            continue;
        }
        let id = 256 + merges.len() as u32;
        merges.push(pair);
        let first_new = pairs.states.len();
        for position in pairs.remove(pair) {
            symbols.merge(position, pair, id, &mut pairs);
        }
        queue.extend(pairs.states[first_new..].iter().map(PairState::priority));
        if !go_on(merges.len()) {
            break;
        }
    }
    Ok(merges)
}

/// All different pieces as the tokens that they are made of so far, in one arena.
///
/// A token lies where its first byte lay. The places of its other bytes are vacant, but the last one of them still
/// holds its length, so that both neighbours of a token can be found.
struct Symbols {
    ids: Vec<u32>,
    lengths: Vec<u32>,
    /// The piece that each place belongs to, and how often each piece occurs.
    pieces: Vec<u32>,
    weights: Vec<u64>,
}

/// Stands between two pieces, before the first and after the last.
const BREAK: u32 = u32::MAX;
/// A place whose token was merged into the one before.
const VACANT: u32 = u32::MAX - 1;

impl Symbols {
    fn new(counts: &PieceCounts) -> Result<Self, Error> {
        let mut size = 1;
        counts.for_each(|piece, _| size += piece.len() + 1);
        if size >= VACANT as usize {
            return Err(Error::Invalid(format!("{size} bytes of different pieces are too many")));
        }
        let (mut ids, mut pieces) = (Vec::with_capacity(size), Vec::with_capacity(size));
        let mut weights = Vec::with_capacity(counts.len());
        ids.push(BREAK);
        pieces.push(0);
        counts.for_each(|piece, count| {
            ids.extend(piece.iter().map(|&byte| u32::from(byte)).chain([BREAK]));
            pieces.resize(ids.len(), weights.len() as u32);
            weights.push(count);
        });
        Ok(Self {
            lengths: vec![1; ids.len()],
            ids,
            pieces,
            weights,
        })
    }

    /// Merge the pair at `position` into `id`, if it still is there, and move the counts of its neighbours.
    fn merge(&mut self, position: u32, (left_id, right_id): Pair, id: u32, pairs: &mut Pairs) {
        let left = position as usize;
        let right = left + self.lengths[left] as usize;
        if self.ids[left] != left_id || self.ids[right] != right_id {
            return;
        }
        let weight = self.weights[self.pieces[left] as usize];
        let before = left - self.lengths[left - 1] as usize;
        let after = right + self.lengths[right] as usize;
        let (before_id, after_id) = (self.ids[before], self.ids[after]);
        if before_id != BREAK {
            pairs.lower((before_id, left_id), weight);
            pairs.raise((before_id, id), weight, before);
        }
        if after_id != BREAK {
            pairs.lower((right_id, after_id), weight);
            pairs.raise((id, after_id), weight, left);
        }
        self.ids[left] = id;
        self.ids[right] = VACANT;
        let length = (after - left) as u32;
        self.lengths[left] = length;
        self.lengths[after - 1] = length;
    }
}

/// Every pair that there is or was, how often it occurs and where.
struct Pairs {
    states: Vec<PairState>,
    index: FxHashMap<Pair, usize>,
}

struct PairState {
    pair: Pair,
    count: u64,
    /// Where it was found, in order; it may have gone from there since.
    positions: Vec<u32>,
}

impl PairState {
    fn priority(&self) -> (u64, Reverse<Pair>) {
        (self.count, Reverse(self.pair))
    }
}

impl Pairs {
    fn new(symbols: &Symbols) -> Self {
        let mut pairs = Self {
            states: Vec::new(),
            index: FxHashMap::default(),
        };
        for (position, pair) in symbols.ids.windows(2).enumerate() {
            if pair[0] != BREAK && pair[1] != BREAK {
                let weight = symbols.weights[symbols.pieces[position] as usize];
                pairs.raise((pair[0], pair[1]), weight, position);
            }
        }
        pairs
    }

    fn count(&self, pair: Pair) -> u64 {
        self.index.get(&pair).map_or(0, |&index| self.states[index].count)
    }

    /// Take a pair out and return where it was found.
    fn remove(&mut self, pair: Pair) -> Vec<u32> {
        self.index
            .remove(&pair)
            .map_or_else(Vec::new, |index| std::mem::take(&mut self.states[index].positions))
    }

    fn raise(&mut self, pair: Pair, weight: u64, position: usize) {
        let index = *self.index.entry(pair).or_insert_with(|| {
            self.states.push(PairState {
                pair,
                count: 0,
                positions: Vec::new(),
            });
            self.states.len() - 1
        });
        self.states[index].count += weight;
        self.states[index].positions.push(position as u32);
    }

    fn lower(&mut self, pair: Pair, weight: u64) {
        if let Some(&index) = self.index.get(&pair) {
            self.states[index].count -= weight;
        }
    }
}
