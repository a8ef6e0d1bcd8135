//! How texts are split: by the scanner for the Qwen2 pattern, by the regex engine for any other.

use fancy_regex::Regex;

use crate::error::Error;
use crate::scan::{Sink, scan};
use crate::split::QWEN2_PATTERN;

/// A split pattern. Pieces are merged each for itself; what a pattern doesn't match is left out, as in tiktoken.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    /// None for the Qwen2 pattern.
    regex: Option<Regex>,
}

impl Default for Pattern {
    /// The Qwen2 pattern.
    fn default() -> Self {
        Self {
            text: QWEN2_PATTERN.into(),
            regex: None,
        }
    }
}

impl Pattern {
    /// Any pattern.
    ///
    /// # Errors
    ///
    /// It is no regular expression.
    pub fn new(text: &str) -> Result<Self, Error> {
        if text == QWEN2_PATTERN {
            return Ok(Self::default());
        }
        let regex = Regex::new(text).map_err(|error| Error::Invalid(format!("split pattern: {error}")))?;
        Ok(Self {
            text: text.into(),
            regex: Some(regex),
        })
    }

    /// The regular expression.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it is the Qwen2 pattern.
    pub fn is_qwen2(&self) -> bool {
        self.regex.is_none()
    }

    /// Give the pieces of `text` to `sink`, in order.
    #[inline(always)]
    pub(crate) fn split(&self, text: &str, sink: &mut impl Sink) -> Result<(), Error> {
        match &self.regex {
            None => scan(text, sink),
            Some(regex) => {
                for found in regex.find_iter(text) {
                    let found = found.map_err(|error| Error::Invalid(format!("split pattern: {error}")))?;
                    if !found.as_str().is_empty() {
                        sink.single(found.as_str().as_bytes());
                    }
                }
            }
        }
        Ok(())
    }
}
