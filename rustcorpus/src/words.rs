//! Words and how often they are used.

use rustc_hash::{FxHashMap, FxHashSet};

/// Longer runs of letters are no words, and would only fill memory.
const MAX_WORD_BYTES: usize = 32;
/// Bytes of a word that can be kept as a number.
const SHORT: usize = size_of::<u128>();
/// ASCII letters and the apostrophe, of which the inside of a word consists.
static IN_WORD: [bool; 256] = {
    let (mut inside, mut byte) = ([false; 256], 0);
    while byte < 256 {
        inside[byte] = (byte as u8).is_ascii_alphabetic() || byte as u8 == b'\'';
        byte += 1;
    }
    inside
};
/// More different words than this are not counted: no corpus of stories has them, and memory must end somewhere.
const MAX_WORDS: usize = 2_000_000;

/// The words of a text: runs of letters, with apostrophes between them.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !(character.is_alphabetic() || character == '\''))
        .map(|word| word.trim_matches('\''))
        .filter(|word| !word.is_empty() && word.len() <= MAX_WORD_BYTES)
}

/// `word` in lower case.
pub(crate) fn lower<'a>(word: &'a str, buffer: &'a mut String) -> &'a str {
    if word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'\'') {
        return word;
    }
    buffer.clear();
    if word.is_ascii() {
        buffer.push_str(word);
        buffer.make_ascii_lowercase();
    } else {
        buffer.extend(word.chars().flat_map(char::to_lowercase));
    }
    buffer
}

/// How often each word is used, in lower case.
#[derive(Default)]
pub struct WordCounts {
    /// Of words that fit into a number.
    short: FxHashMap<u128, u64>,
    long: FxHashMap<Box<str>, u64>,
}

impl WordCounts {
    /// Count the words of `text`.
    pub fn add(&mut self, text: &str) {
        if text.is_ascii() {
            self.add_ascii(text);
        } else {
            self.add_any(text);
        }
    }

    /// Add what another counted.
    pub fn merge(&mut self, other: Self) {
        for (word, count) in other.short {
            self.add_short(word, count);
        }
        for (word, count) in other.long {
            self.add_long(&word, count);
        }
    }

    /// Words and counts, the most frequent first, equal ones in order of the alphabet.
    pub fn sorted(&self) -> Vec<(String, u64)> {
        let short = self.short.iter().map(|(word, count)| (unpack(*word), *count));
        let long = self.long.iter().map(|(word, count)| (word.to_string(), *count));
        let mut all: Vec<(String, u64)> = short.chain(long).collect();
        all.sort_unstable_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        all
    }

    /// As `add_any`, without a look at each word for itself.
    fn add_ascii(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let in_word = |at: usize| bytes.get(at).is_some_and(|byte| IN_WORD[usize::from(*byte)]);
        let mut start = 0;
        while start < bytes.len() {
            if !bytes[start].is_ascii_alphabetic() {
                start += 1;
                continue;
            }
            let mut end = start + 1;
            while in_word(end) {
                end += 1;
            }
            let next = end;
            while bytes[end - 1] == b'\'' {
                end -= 1;
            }
            let length = end - start;
            if length <= SHORT {
                self.add_short(packed(&bytes[start..], length), 1);
            } else if length <= MAX_WORD_BYTES {
                self.add_long(&text[start..end].to_ascii_lowercase(), 1);
            }
            start = next;
        }
    }

    fn add_any(&mut self, text: &str) {
        let mut buffer = String::new();
        for word in words(text) {
            let word = lower(word, &mut buffer);
            if word.len() <= SHORT {
                self.add_short(pack(word.as_bytes()), 1);
            } else {
                self.add_long(word, 1);
            }
        }
    }

    fn add_short(&mut self, word: u128, count: u64) {
        if let Some(known) = self.short.get_mut(&word) {
            *known += count;
        } else if self.has_room() {
            self.short.insert(word, count);
        }
    }

    fn add_long(&mut self, word: &str, count: u64) {
        if let Some(known) = self.long.get_mut(word) {
            *known += count;
        } else if self.has_room() {
            self.long.insert(word.into(), count);
        }
    }

    fn has_room(&self) -> bool {
        self.short.len() + self.long.len() < MAX_WORDS
    }
}

/// The first `length` bytes, letters and apostrophes, in lower case as a number; no byte of them is zero, so that each
/// word has its own.
fn packed(bytes: &[u8], length: usize) -> u128 {
    const LOWER: u128 = u128::from_le_bytes([b' '; SHORT]); // the bit of lower case, which an apostrophe has too
    let unused = 8 * (SHORT - length);
    let word = bytes
        .first_chunk::<SHORT>()
        .map_or_else(|| pack(&bytes[..length]), |&bytes| u128::from_le_bytes(bytes));
    (word | LOWER) << unused >> unused
}

fn pack(word: &[u8]) -> u128 {
    let mut bytes = [0; SHORT];
    bytes[..word.len()].copy_from_slice(word);
    u128::from_le_bytes(bytes)
}

fn unpack(word: u128) -> String {
    let length = SHORT - word.leading_zeros() as usize / 8;
    String::from_utf8_lossy(&word.to_le_bytes()[..length]).into_owned()
}

/// How many words of `text` are unknown, and how many it has.
pub fn unknown_words(text: &str, known: &FxHashSet<String>) -> (u32, u32) {
    let mut buffer = String::new();
    words(text).fold((0, 0), |(unknown, all), word| {
        (unknown + u32::from(!known.contains(lower(word, &mut buffer))), all + 1)
    })
}
