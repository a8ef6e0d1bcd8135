//! The pieces of a text, found 64 bytes at a time.
//!
//! A block begins where a piece begins, so that no state is carried from one to the next. In ASCII text almost every
//! boundary follows from the classes of a byte and of the one or two before it, which is a handful of operations on
//! 64-bit masks. Where it doesn't (white space in a row, control characters, everything beyond ASCII) the scanner of
//! [`crate::split`] takes one piece, and the next block begins after it.

use crate::masks::{self, BLOCK, Masks};
use crate::split::{contraction, first_piece};

/// Bytes that are looked at together: a block and what a key that begins in it is read with.
const WINDOW: usize = BLOCK + 8;

/// Where the pieces of a text go.
pub(crate) trait Sink {
    /// The pieces of a block.
    fn block(&mut self, pieces: BlockPieces);

    /// A piece that isn't for blocks.
    fn single(&mut self, piece: &[u8]);
}

/// The pieces of a block, which begins with one.
pub(crate) struct BlockPieces<'window> {
    window: &'window [u8; WINDOW],
    start: usize,
    ends: u64,
}

/// A piece of a block.
#[derive(Clone, Copy)]
pub(crate) struct BlockPiece<'window> {
    /// The piece as a number in little-endian order if it has at most 8 bytes (none of them is 0), else 0.
    pub(crate) key: u64,
    window: &'window [u8; WINDOW],
    start: usize,
    end: usize,
}

/// What keeps the bytes of a piece by its length: all of up to 8, none of longer ones.
const KEY_MASKS: [u64; BLOCK] = {
    let mut masks = [0; BLOCK];
    let mut length = 1;
    while length <= 8 {
        masks[length] = u64::MAX >> (64 - 8 * length);
        length += 1;
    }
    masks
};

impl<'window> Iterator for BlockPieces<'window> {
    type Item = BlockPiece<'window>;

    #[inline(always)]
    fn next(&mut self) -> Option<BlockPiece<'window>> {
        if self.ends == 0 {
            return None;
        }
        let start = self.start;
        let end = self.ends.trailing_zeros() as usize;
        self.ends &= self.ends - 1;
        self.start = end;
        let mut word = [0; 8];
        word.copy_from_slice(&self.window[start..start + 8]);
        let key = u64::from_le_bytes(word) & KEY_MASKS[(end - start) % BLOCK];
        Some(BlockPiece {
            key,
            window: self.window,
            start,
            end,
        })
    }
}

impl BlockPiece<'_> {
    /// Its bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.window[self.start..self.end]
    }
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
    let ends = starts & !1;
    if ends == 0 {
        return Block::Hard(0);
    }
    sink.block(BlockPieces { window, start: 0, ends });
    let last = (u64::BITS - 1 - ends.leading_zeros()) as usize;
    if whole || end >= BLOCK {
        Block::Until(last)
    } else {
        Block::Hard(last)
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
        unusual,
    } = found;
    let white = spaces | newlines;
    let marks = !(letters | digits | spaces | unusual);
    // A space takes the marks after it, and a run of marks is one piece, with the newlines after it.
    let first_marks = marks & !((marks | spaces) << 1);
    // A letter continues letters, or a space, or a mark that begins a piece.
    let first_letters = letters & !((letters | spaces | first_marks) << 1);
    let first_spaces = spaces & !(white << 1);
    let first_newlines = newlines & !((white | marks) << 1);
    let mut starts = 1 | digits | first_marks | first_letters | first_spaces | first_newlines;
    let mut hard = unusual & !newlines | spaces & (white << 1);
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

/// Give `sink` the first piece of `text`, which isn't empty, and return its length.
#[cold]
#[inline(never)]
fn single(text: &str, sink: &mut impl Sink) -> usize {
    let length = first_piece(text);
    sink.single(&text.as_bytes()[..length]);
    length
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::split::pieces;
    use crate::table::short_key;

    /// Collects what it is given.
    #[derive(Default)]
    struct Collected(Vec<Vec<u8>>);

    impl Sink for Collected {
        fn block(&mut self, pieces: BlockPieces) {
            for piece in pieces {
                assert_eq!(piece.key, short_key(piece.bytes()).unwrap_or(0));
                self.0.push(piece.bytes().to_vec());
            }
        }

        fn single(&mut self, piece: &[u8]) {
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
