//! Words and how often they are used.

use rustc_hash::{FxHashMap, FxHashSet};

/// Longer runs of letters are no words, and would only fill memory.
const MAX_WORD_BYTES: usize = 32;
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
    counts: FxHashMap<Box<str>, u64>,
}

impl WordCounts {
    /// Count the words of `text`.
    pub fn add(&mut self, text: &str) {
        let mut buffer = String::new();
        for word in words(text) {
            self.add_count(lower(word, &mut buffer), 1);
        }
    }

    /// Add what another counted.
    pub fn merge(&mut self, other: Self) {
        for (word, count) in other.counts {
            self.add_count(&word, count);
        }
    }

    /// Words and counts, the most frequent first, equal ones in order of the alphabet.
    pub fn sorted(&self) -> Vec<(&str, u64)> {
        let mut all: Vec<(&str, u64)> = self.counts.iter().map(|(word, count)| (&**word, *count)).collect();
        all.sort_unstable_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(other.0)));
        all
    }

    fn add_count(&mut self, word: &str, count: u64) {
        if let Some(known) = self.counts.get_mut(word) {
            *known += count;
        } else if self.counts.len() < MAX_WORDS {
            self.counts.insert(word.into(), count);
        }
    }
}

/// How many words of `text` are unknown, and how many it has.
pub fn unknown_words(text: &str, known: &FxHashSet<String>) -> (u32, u32) {
    let mut buffer = String::new();
    words(text).fold((0, 0), |(unknown, all), word| {
        (unknown + u32::from(!known.contains(lower(word, &mut buffer))), all + 1)
    })
}
