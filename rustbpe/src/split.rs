//! Splitting text into the pieces that are encoded each for itself, by a scanner written for the Qwen2 pattern.

use crate::unicode::{Class, class};

/// The Qwen2 split pattern, which llama.cpp knows as `qwen2`: numbers are split into single digits.
pub const QWEN2_PATTERN: &str = concat!(
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*",
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
);

/// The pieces of a text, in order; together they are the text.
pub struct Pieces<'text> {
    text: &'text str,
}

/// Split `text` as [`QWEN2_PATTERN`] does.
pub fn pieces(text: &str) -> Pieces<'_> {
    Pieces { text }
}

impl<'text> Iterator for Pieces<'text> {
    type Item = &'text str;

    fn next(&mut self) -> Option<&'text str> {
        if self.text.is_empty() {
            return None;
        }
        let (piece, rest) = self.text.split_at(first_piece(self.text));
        self.text = rest;
        Some(piece)
    }
}

/// The length in bytes of the first match of the pattern in `text`, which isn't empty. The alternatives are tried in
/// the pattern's order.
pub(crate) fn first_piece(text: &str) -> usize {
    let mut characters = text.chars();
    let first = characters.next().unwrap_or_default();
    let rest = characters.as_str();
    let width = first.len_utf8();
    let next = rest.chars().next().map(class);
    if first == '\''
        && let Some(length) = contraction(rest.as_bytes())
    {
        return width + length;
    }
    match class(first) {
        Class::Letter => width + run(rest, Class::Letter),
        Class::Number => width,
        Class::Other | Class::Space if next == Some(Class::Letter) => width + run(rest, Class::Letter),
        Class::Other => width + punctuation(rest),
        Class::Space if first == ' ' && next == Some(Class::Other) => width + punctuation(rest),
        Class::Space | Class::Newline => white_space(text),
    }
}

/// The length of what follows the apostrophe of `'s|'t|'re|'ve|'m|'ll|'d`, in any case. Unicode folds the long s to s.
#[inline(always)]
pub(crate) fn contraction(rest: &[u8]) -> Option<usize> {
    let lower = |index: usize| rest.get(index).map(u8::to_ascii_lowercase);
    match (lower(0)?, lower(1)) {
        (b's' | b't' | b'm' | b'd', _) => Some(1),
        (b'r' | b'v', Some(b'e')) | (b'l', Some(b'l')) => Some(2),
        _ if rest.starts_with("ſ".as_bytes()) => Some(2),
        _ => None,
    }
}

/// The length of the run of characters of one class that `text` begins with.
fn run(text: &str, of: Class) -> usize {
    text.find(|character| class(character) != of).unwrap_or(text.len())
}

/// The length of `[^\s\p{L}\p{N}]*[\r\n]*` at the start of `text`.
fn punctuation(text: &str) -> usize {
    let marks = run(text, Class::Other);
    marks + run(&text[marks..], Class::Newline)
}

/// The length of `\s*[\r\n]+|\s+(?!\S)|\s+` at the start of `text`, which begins with white space.
fn white_space(text: &str) -> usize {
    let length = text
        .find(|character: char| !character.is_whitespace())
        .unwrap_or(text.len());
    let space = &text[..length];
    if let Some(newline) = space.rfind(['\r', '\n']) {
        return newline + 1;
    }
    if length == text.len() {
        return length;
    }
    // The last white space stays for the piece that follows, unless it is all there is.
    match space.char_indices().next_back() {
        Some((last, _)) if last > 0 => last,
        _ => length,
    }
}
