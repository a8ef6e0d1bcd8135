//! Train a byte-level BPE and encode text with it.
//!
//! Pure Rust: Python is not known here, and neither is what the special tokens mean.
//!
//! ```
//! let mut counts = rustbpe::PieceCounts::default();
//! counts.add("Once upon a time, there was a time.");
//! let merges = rustbpe::train(&counts, 4);
//! let vocabulary = rustbpe::Vocabulary::new(merges, vec!["<|endoftext|>".into()])?;
//! let mut ids = Vec::new();
//! rustbpe::Encoder::new(&vocabulary).encode("a time", &mut ids);
//! assert_eq!(vocabulary.decode(&ids), b"a time");
//! # Ok::<(), rustbpe::Invalid>(())
//! ```

mod encode;
mod json;
mod split;
mod train;
mod unicode;
mod vocabulary;

pub use encode::{Encoder, encode_piece};
pub use json::{from_json, to_json};
pub use split::{Pieces, QWEN2_PATTERN, pieces};
pub use train::{PieceCounts, train};
pub use vocabulary::{Invalid, MAX_VOCABULARY, Vocabulary};
