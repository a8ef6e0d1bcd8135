//! Encoding: the ids of a text under a vocabulary.

use crate::error::Error;
use crate::merge::encode_piece;
use crate::pattern::Pattern;
use crate::scan::Sink;
use crate::table::{PieceTable, length};
use crate::vocabulary::Vocabulary;

/// Most pieces that are remembered. When there are more, all are forgotten: the frequent ones come back at once.
const MOST_PIECES: usize = 1 << 17;

/// Longer pieces aren't remembered.
const LONGEST_PIECE: usize = 64;

/// Ids of a text, in 16 or 32 bits.
pub trait Id: Copy + Default + Send + 'static {
    /// An id; all fit 16 bits.
    fn new(id: u16) -> Self;

    /// Write the four 16-bit ids of a number, the lowest first.
    fn put(place: &mut [Self; PLACES], packed: u64);
}

impl Id for u16 {
    #[inline(always)]
    fn new(id: u16) -> Self {
        id
    }

    #[inline(always)]
    fn put(place: &mut [u16; PLACES], packed: u64) {
        *place = [
            packed as u16,
            (packed >> 16) as u16,
            (packed >> 32) as u16,
            (packed >> 48) as u16,
        ];
    }
}

impl Id for u32 {
    #[inline(always)]
    fn new(id: u16) -> Self {
        id.into()
    }

    #[inline(always)]
    fn put(place: &mut [u32; PLACES], packed: u64) {
        let low = 0xffff;
        let [first, second] = [packed, packed >> 32].map(|pair| pair & low | (pair >> 16 & low) << 32);
        let halves = [first as u32, (first >> 32) as u32, second as u32, (second >> 32) as u32];
        *place = halves;
    }
}

/// What pieces encode to, remembered from one text to the next. It belongs to one vocabulary.
///
/// A piece of up to three ids is kept as one number: the ids in the lower bits, their number in the upper 16. For
/// longer ones that says [`ELSEWHERE`], and the lower bits say where in `others` they begin and how many they are.
#[derive(Debug, Default)]
pub struct Memory {
    table: PieceTable,
    others: Vec<u16>,
}

const INLINE: u64 = 3;
/// Ids that are written at once: three and what counts them.
const PLACES: usize = 4;
const ELSEWHERE: u64 = 0xffff;

/// Encodes texts and remembers their pieces.
pub struct Encoder<'a> {
    vocabulary: &'a Vocabulary,
    pattern: &'a Pattern,
    memory: Memory,
}

impl<'a> Encoder<'a> {
    /// An encoder that goes on with the memory of another one for the same vocabulary and pattern.
    pub fn new(vocabulary: &'a Vocabulary, pattern: &'a Pattern, memory: Memory) -> Self {
        Self {
            vocabulary,
            pattern,
            memory,
        }
    }

    /// What it remembers.
    pub fn into_memory(self) -> Memory {
        self.memory
    }

    /// Write the ids of `text` to the front of `ids` and return their number. Special tokens in the text are text like
    /// any other.
    ///
    /// # Errors
    ///
    /// The pattern's regular expression gives up, or there is less than [`room`] for the ids.
    #[inline]
    pub fn encode<I: Id>(&mut self, text: &str, ids: &mut [I]) -> Result<usize, Error> {
        if ids.len() < room(text.len()) {
            return Err(Error::Invalid("there is too little room for the ids".into()));
        }
        let mut writer = Writer {
            vocabulary: self.vocabulary,
            memory: &mut self.memory,
            ids,
            count: 0,
        };
        self.pattern.split(text, &mut writer)?;
        Ok(writer.count)
    }
}

/// How many ids there must be room for to encode a text of so many bytes: as many as bytes, and a few that are written
/// over.
pub const fn room(bytes: usize) -> usize {
    bytes + PLACES
}

struct Writer<'a, I> {
    vocabulary: &'a Vocabulary,
    memory: &'a mut Memory,
    ids: &'a mut [I],
    count: usize,
}

impl<I: Id> Sink for Writer<'_, I> {
    #[inline(always)]
    fn short(&mut self, key: u64) {
        let known = *self.memory.table.short(key);
        if !self.write(known) {
            let word = key.to_le_bytes();
            self.write_new(&word[..length(key)], known);
        }
    }

    #[inline]
    fn long(&mut self, piece: &[u8]) {
        if piece.len() > LONGEST_PIECE {
            self.append(&encode_piece(self.vocabulary, piece));
            return;
        }
        let known = *self.memory.table.long(piece);
        if !self.write(known) {
            self.write_new(piece, known);
        }
    }
}

impl<I: Id> Writer<'_, I> {
    /// Write up to three ids from a remembered number; false if it isn't such a one.
    #[inline(always)]
    fn write(&mut self, known: u64) -> bool {
        let number = known >> 48;
        if number.wrapping_sub(1) >= INLINE {
            return false;
        }
        // All places are written, whatever is in them: cheaper than a choice.
        if let Some(place) = self.ids[self.count..].first_chunk_mut() {
            I::put(place, known);
        }
        self.count += number as usize;
        true
    }

    /// Write and remember a piece that is new or has more ids.
    #[cold]
    #[inline(never)]
    fn write_new(&mut self, piece: &[u8], known: u64) {
        if known >> 48 == ELSEWHERE {
            let start = known as u32 as usize;
            let length = (known >> 32) as u16 as usize;
            for &id in &self.memory.others[start..start + length] {
                self.ids[self.count] = I::new(id);
                self.count += 1;
            }
            return;
        }
        let ids = encode_piece(self.vocabulary, piece);
        self.append(&ids);
        if self.memory.table.len() > MOST_PIECES {
            *self.memory = Memory::default();
        }
        *self.memory.table.long(piece) = if ids.len() as u64 <= INLINE {
            ids.iter().rev().fold(0, |packed, &id| packed << 16 | id as u64) | (ids.len() as u64) << 48
        } else {
            let start = self.memory.others.len() as u64;
            self.memory.others.extend(ids.iter().map(|&id| id as u16));
            ELSEWHERE << 48 | (ids.len() as u64) << 32 | start
        };
    }

    fn append(&mut self, ids: &[u32]) {
        for &id in ids {
            self.ids[self.count] = I::new(id as u16);
            self.count += 1;
        }
    }
}
