//! The vocabulary: what each id stands for and which pairs of ids merge.
//!
//! Ids 0 to 255 are the bytes in order, then come the tokens that merges make, in the order of the merges, then the
//! special tokens. A pair's priority is the id of the token that it makes.
//!
//! Why Hugging Face `tokenizers` (which ranks pairs), tiktoken (which ranks the bytes of the two together, and looks a
//! whole piece up first) and this crate agree on every text: in a vocabulary from [`crate::train()`] two neighbours
//! whose bytes together are a token T are always the pair that T was made from. A stretch of a text whose two ends
//! stay boundaries is merged as if it stood alone, since the next merge is always the lowest id, leftmost; and the
//! bytes of T alone pass through one sequence of states, the one in which training made T. So no token is reached by
//! two merges, no pair makes a token that is there already, and the bytes of a token always encode to that token.

use rustc_hash::FxHashMap;

use crate::error::Error;

/// Most tokens that a vocabulary can have: ids fit 16 bits.
pub const MAX_VOCABULARY: usize = 1 << 16;

/// Tokens, merges and special tokens.
#[derive(Debug, Clone)]
pub struct Vocabulary {
    merges: Vec<(u32, u32)>,
    special: Vec<String>,
    /// The bytes of all ordinary tokens, one after the other, and where each ends.
    bytes: Vec<u8>,
    ends: Vec<usize>,
    merged: FxHashMap<(u32, u32), u32>,
}

impl Vocabulary {
    /// A vocabulary of the 256 bytes, `merges` (pairs of earlier ids) and special tokens.
    ///
    /// # Errors
    ///
    /// A pair names a token that isn't made before it or stands there twice, or there are more than
    /// [`MAX_VOCABULARY`] tokens.
    pub fn new(merges: Vec<(u32, u32)>, special: Vec<String>) -> Result<Self, Error> {
        let size = 256 + merges.len() + special.len();
        if size > MAX_VOCABULARY {
            return Err(Error::Invalid(format!("{size} tokens are more than {MAX_VOCABULARY}")));
        }
        let mut bytes: Vec<u8> = (0..=255).collect();
        let mut ends: Vec<usize> = (1..=256).collect();
        let mut merged = FxHashMap::with_capacity_and_hasher(merges.len(), Default::default());
        for (index, &(left, right)) in merges.iter().enumerate() {
            let id = 256 + index as u32;
            if left >= id || right >= id {
                return Err(Error::Invalid(format!(
                    "merge {index} names a token that isn't made before it"
                )));
            }
            if merged.insert((left, right), id).is_some() {
                return Err(Error::Invalid(format!("merge {index} is there twice")));
            }
            for part in [left, right] {
                let range = range(&ends, part);
                bytes.extend_from_within(range);
            }
            ends.push(bytes.len());
        }
        Ok(Self {
            merges,
            special,
            bytes,
            ends,
            merged,
        })
    }

    /// The number of tokens, special ones included.
    pub fn size(&self) -> usize {
        self.ends.len() + self.special.len()
    }

    /// The pair that each token beyond the bytes is made from; token 256 first.
    pub fn merges(&self) -> &[(u32, u32)] {
        &self.merges
    }

    /// The special tokens; their ids follow those of all others.
    pub fn special(&self) -> &[String] {
        &self.special
    }

    /// The bytes that token `id` adds to a text, none if it is special; `None` if there is no such token.
    pub fn token(&self, id: u32) -> Option<&[u8]> {
        match id as usize {
            index if index < self.ends.len() => Some(&self.bytes[range(&self.ends, id)]),
            index if index < self.size() => Some(&[]),
            _ => None,
        }
    }

    /// The token that two neighbours make, if they make one.
    pub(crate) fn merge(&self, left: u32, right: u32) -> Option<u32> {
        self.merged.get(&(left, right)).copied()
    }

    /// The bytes of the text that `ids` stand for; unknown ids and special tokens add nothing.
    pub fn decode(&self, ids: &[u32]) -> Vec<u8> {
        ids.iter().filter_map(|&id| self.token(id)).flatten().copied().collect()
    }
}

fn range(ends: &[usize], id: u32) -> std::ops::Range<usize> {
    let id = id as usize;
    (if id == 0 { 0 } else { ends[id - 1] })..ends[id]
}
