//! The hot parts of making a corpus: cleaning stories, finding near-copies, counting words;
//! and finding what a told story copies from one.
//!
//! Must not know files, Python, or where stories come from. Everything here gives the same result on every machine and
//! with any number of threads, because a corpus must.

mod clean;
mod copies;
mod near;
mod words;

pub use clean::{Change, Cleaner, Drop, Rules};
pub use copies::{Copies, MAX_INDEXED};
pub use near::{NearIndex, SIGNATURE_BYTES, signature};
pub use words::{WordCounts, unknown_words, words};

/// The hash of a story's exact text: it tells duplicates, and decides the split.
pub fn story_hash(text: &str) -> u64 {
    xxhash_rust::xxh3::xxh3_64(text.as_bytes())
}
