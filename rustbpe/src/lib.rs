//! Train a byte-level BPE and encode text with it.
//!
//! Pure Rust: Python is not known here, and neither is what the special tokens mean.
//!
//! ```
//! use rustbpe::{Counter, Pattern, Tokenizer, Vocabulary, train};
//!
//! let mut counter = Counter::new(Pattern::default(), 1);
//! counter.add(&["Once upon a time, there was a time."])?;
//! let merges = train(&counter.into_counts(), 4, |_| true)?;
//! let tokenizer = Tokenizer::new(Vocabulary::new(merges, vec!["<|endoftext|>".into()])?, Pattern::default());
//! let ids = tokenizer.encode("a time")?;
//! assert_eq!(tokenizer.vocabulary().decode(&ids), b"a time");
//! # Ok::<(), rustbpe::Error>(())
//! ```

mod chunks;
mod count;
mod encode;
mod error;
mod json;
mod masks;
mod merge;
mod parallel;
mod pattern;
mod scan;
mod split;
mod table;
mod tokenizer;
mod train;
mod unicode;
mod vocabulary;

pub use chunks::{Chunk, Chunks};
pub use count::{Counter, PieceCounts};
pub use encode::{Encoder, Id, Memory, room};
pub use error::Error;
pub use json::{from_json, to_json};
pub use merge::encode_piece;
pub use pattern::Pattern;
pub use split::{Pieces, QWEN2_PATTERN, pieces};
pub use tokenizer::{Output, Tokenizer};
pub use train::train;
pub use vocabulary::{MAX_VOCABULARY, Vocabulary};
