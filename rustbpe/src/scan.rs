//! The pieces of a text, found 64 bytes at a time.
//!
//! A block begins where a piece begins, so that no state is carried from one to the next. In ASCII text almost every
//! boundary follows from the classes of a byte and of the one or two before it, which is a handful of operations on
//! 64-bit masks. Where it doesn't (white space in a row, control characters, everything beyond ASCII) the scanner of
//! [`crate::split`] takes one piece, and the next block begins after it.

use crate::masks::{self, BLOCK, Masks};
use crate::split::{contraction, first_piece};

/// Bytes that are looked at together: a block and what a word that begins in it may be read with.
const WINDOW: usize = BLOCK + 16;

/// Where the pieces of a text go.
pub(crate) trait Sink {
    /// A piece of at most 8 bytes, none of them 0, as a number in little-endian order.
    fn short(&mut self, key: u64);

    /// Any other piece.
    fn long(&mut self, piece: &[u8]);
}

/// Give the pieces of `text` to `sink`, in order.
#[inline]
pub(crate) fn scan(text: &str, sink: &mut impl Sink) {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("bmi1") && is_x86_feature_detected!("bmi2") {
        // SAFETY: the processor has all three.
        return unsafe { scan_wide(text, sink) };
    }
    scan_with(text, sink, masks::narrow);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2")]
fn scan_wide(text: &str, sink: &mut impl Sink) {
    scan_with(text, sink, |block| masks::wide(block));
}

#[inline(always)]
fn scan_with(text: &str, sink: &mut impl Sink, masks: impl Fn(&[u8; BLOCK]) -> Masks) {
    let bytes = text.as_bytes();
    let mut base = 0;
    while let Some(window) = bytes[base..].first_chunk::<WINDOW>() {
        base += match block(window, BLOCK, sink, &masks) {
            Block::Until(end) => end,
            Block::Hard(start) => start + single(&text[base + start..], sink),
        };
    }
    // The last bytes, in a window of their own that goes on with zeros.
    while base < bytes.len() {
        let rest = &bytes[base..];
        let mut window = [0; WINDOW];
        window[..rest.len()].copy_from_slice(rest);
        base += match block(&window, rest.len().min(BLOCK), sink, &masks) {
            Block::Until(end) => end,
            Block::Hard(start) => start + single(&text[base + start..], sink),
        };
    }
}

/// How far a block got.
enum Block {
    /// All pieces up to here are done, and a piece begins here.
    Until(usize),
    /// All pieces up to here are done; the one that begins here isn't for masks.
    Hard(usize),
}

/// Give `sink` the pieces of the first `length` bytes of `window`, which begins with a piece.
#[inline(always)]
fn block(window: &[u8; WINDOW], length: usize, sink: &mut impl Sink, masks: impl Fn(&[u8; BLOCK]) -> Masks) -> Block {
    let Some(bytes) = window.first_chunk() else {
        return Block::Hard(0);
    };
    let found = masks(bytes);
    let (mut starts, hard) = boundaries(&found, window);
    let end = hard.trailing_zeros() as usize;
    let whole = length < BLOCK && end >= length;
    if end < BLOCK {
        starts &= (1 << end) - 1;
        // The end of the text is a boundary.
        starts |= (whole as u64) << (length % BLOCK);
    }
    starts &= !1;
    if starts == 0 {
        return Block::Hard(0);
    }
    let mut start = 0;
    while starts != 0 {
        let next = starts.trailing_zeros() as usize;
        starts &= starts - 1;
        give(window, start, next, sink);
        start = next;
    }
    if whole || end >= BLOCK {
        Block::Until(start)
    } else {
        Block::Hard(start)
    }
}

/// The positions at which pieces start, and those before which this can't be told.
#[inline(always)]
fn boundaries(found: &Masks, window: &[u8; WINDOW]) -> (u64, u64) {
    let &Masks {
        letters,
        digits,
        spaces,
        newlines,
        rare,
    } = found;
    let white = spaces | newlines;
    let marks = !(letters | digits | white | rare);
    // A space takes the marks after it, and a run of marks is one piece, with the newlines after it.
    let first_marks = marks & !((marks | spaces) << 1);
    // A letter continues letters, or a space, or a mark that begins a piece.
    let first_letters = letters & !((letters | spaces | first_marks) << 1);
    let first_spaces = spaces & !(white << 1);
    let first_newlines = newlines & !((white | marks) << 1);
    let mut starts = 1 | digits | first_marks | first_letters | first_spaces | first_newlines;
    let mut hard = rare | spaces & (white << 1);
    // After the letters of a contraction a piece starts, even if more letters follow.
    let mut quoted = first_marks & (letters >> 1);
    while quoted != 0 {
        let mark = quoted.trailing_zeros() as usize;
        quoted &= quoted - 1;
        if window[mark] != b'\'' {
            continue;
        }
        if mark + 4 > BLOCK {
            hard |= 1 << (mark + 1).min(BLOCK - 1);
        } else if let Some(length) = contraction(&window[mark + 1..]) {
            starts |= (letters >> (mark + 1 + length) & 1) << (mark + 1 + length);
        }
    }
    (starts, hard)
}

#[inline(always)]
fn give(window: &[u8; WINDOW], start: usize, end: usize, sink: &mut impl Sink) {
    let length = end - start;
    if length <= 8 {
        let mut word = [0; 8];
        word.copy_from_slice(&window[start..start + 8]);
        sink.short(u64::from_le_bytes(word) & (u64::MAX >> (64 - 8 * length)));
    } else {
        sink.long(&window[start..end]);
    }
}

/// Give `sink` the first piece of `text`, which isn't empty, and return its length.
#[cold]
#[inline(never)]
fn single(text: &str, sink: &mut impl Sink) -> usize {
    let length = first_piece(text);
    sink.long(&text.as_bytes()[..length]);
    length
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::split::pieces;

    /// Collects what it is given.
    #[derive(Default)]
    struct Collected(Vec<Vec<u8>>);

    impl Sink for Collected {
        fn short(&mut self, key: u64) {
            let word = key.to_le_bytes();
            let length = word.iter().position(|&byte| byte == 0).unwrap_or(word.len());
            self.0.push(word[..length].to_vec());
        }

        fn long(&mut self, piece: &[u8]) {
            self.0.push(piece.to_vec());
        }
    }

    fn check(text: &str) {
        let expected: Vec<Vec<u8>> = pieces(text).map(|piece| piece.as_bytes().to_vec()).collect();
        let mut found = Collected::default();
        scan(text, &mut found);
        assert_eq!(found.0, expected, "{text:?}");
        let mut found = Collected::default();
        scan_with(text, &mut found, masks::portable);
        assert_eq!(found.0, expected, "{text:?}");
    }

    const PARTS: [&str; 40] = [
        " ",
        " ",
        "  ",
        "\n",
        "\n\n",
        "\r\n",
        "\t",
        "\u{a0}",
        "\u{3000}",
        "'",
        "'s",
        "'S",
        "'ſ",
        "'ll",
        "'lL",
        "'l",
        "'re",
        "'VE",
        "'d",
        "a",
        "Zz",
        "s",
        "the",
        "once",
        "understanding",
        "é",
        "字",
        "\u{301}",
        "1",
        "20",
        "½",
        "!",
        "?!",
        "“",
        "🙂",
        "\0",
        "\u{1f}",
        "\u{7f}",
        "\"",
        ".",
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        #[test]
        fn tricky_text(parts in prop::collection::vec(prop::sample::select(PARTS.to_vec()), 0..120)) {
            check(&parts.concat());
        }

        #[test]
        fn tricky_text_far_apart(
            parts in prop::collection::vec((prop::sample::select(PARTS.to_vec()), "[a-z ]{0,70}"), 0..12)
        ) {
            check(&parts.into_iter().map(|(part, filler)| part.to_string() + &filler).collect::<String>());
        }

        #[test]
        fn any_text(text in any::<String>(), count in 1..8usize) {
            check(&text.repeat(count));
        }
    }

    #[test]
    fn every_pair_of_parts_at_every_place_in_a_block() {
        for first in PARTS {
            for second in PARTS {
                for before in 56..66 {
                    check(&format!("{}{first}{second}b", "x".repeat(before)));
                    check(&format!("{}x {first}{second} b!", "y ".repeat(before / 2)));
                }
            }
        }
    }
}
