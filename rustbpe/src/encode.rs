//! Encoding: the ids of a text under a vocabulary.

use rustc_hash::FxHashMap;

use crate::error::Error;
use crate::merge::encode_piece;
use crate::pattern::Pattern;
use crate::scan::{BlockPiece, BlockPieces, Sink};
use crate::table::{Back, Front, short_key};
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

    /// One store instead of four: compilers don't find it.
    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    fn put(place: &mut [u32; PLACES], packed: u64) {
        use std::arch::x86_64::*;

        // SAFETY: every x86-64 has SSE2, and the place is 16 bytes.
        unsafe {
            let ids = _mm_unpacklo_epi16(_mm_cvtsi64_si128(packed as i64), _mm_setzero_si128());
            _mm_storeu_si128(place.as_mut_ptr().cast(), ids);
        }
    }

    #[cfg(not(target_arch = "x86_64"))]
    #[inline(always)]
    fn put(place: &mut [u32; PLACES], packed: u64) {
        for (index, id) in place.iter_mut().enumerate() {
            *id = (packed >> (16 * index)) as u16 as u32;
        }
    }
}

/// What pieces encode to, remembered from one text to the next. It belongs to one vocabulary and one pattern.
///
/// A piece of up to three ids is kept as one number: the ids in the lower bits, their number in the upper 16. For
/// longer ones that says [`ELSEWHERE`], and the lower bits say where in `others` they begin and how many they are.
#[derive(Debug)]
pub struct Memory {
    /// The last ones of those in `back` that have up to three ids.
    front: Box<Front>,
    back: Back,
    long: FxHashMap<Box<[u8]>, u64>,
    others: Vec<u16>,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            front: Front::boxed(),
            back: Back::default(),
            long: FxHashMap::default(),
            others: Vec::new(),
        }
    }
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
    fn block(&mut self, mut pieces: BlockPieces) {
        while let Some(missed) = self.write_known(&mut pieces) {
            self.write(missed.key, missed.bytes());
        }
    }

    fn single(&mut self, piece: &[u8]) {
        self.write(short_key(piece).unwrap_or(0), piece);
    }
}

impl<I: Id> Writer<'_, I> {
    /// Write the ids of pieces as long as they are found in front, where there are only those of up to three ids.
    /// Returns the first one that isn't.
    #[inline(always)]
    fn write_known<'window>(&mut self, pieces: &mut BlockPieces<'window>) -> Option<BlockPiece<'window>> {
        let front = &mut *self.memory.front;
        let ids = &mut *self.ids;
        let mut count = self.count;
        let missed = loop {
            let Some(piece) = pieces.next() else { break None };
            let Some(&mut known) = front.get(piece.key) else {
                break Some(piece);
            };
            // All places are written, whatever is in them: cheaper than a choice. There always is room.
            let Some(place) = ids[count..].first_chunk_mut() else {
                break Some(piece);
            };
            I::put(place, known);
            count += (known >> 48) as usize;
        };
        self.count = count;
        missed
    }

    /// Write the ids of any piece; `key` is 0 if it isn't short.
    #[inline(never)]
    fn write(&mut self, key: u64, piece: &[u8]) {
        let memory = &mut *self.memory;
        let known = match key {
            0 => memory.long.get(piece),
            _ => memory.back.get(key).map(|known| &*known),
        };
        match known {
            Some(&known) => {
                if key != 0 && known >> 48 != ELSEWHERE {
                    memory.front.replace(key, known);
                }
                self.write_packed(known);
            }
            None => self.write_new(key, piece),
        }
    }

    fn write_packed(&mut self, known: u64) {
        let number = known >> 48;
        if number == ELSEWHERE {
            let start = known as u32 as usize;
            let length = (known >> 32) as u16 as usize;
            for index in start..start + length {
                self.push(self.memory.others[index]);
            }
        } else {
            (0..number).for_each(|index| self.push((known >> (16 * index)) as u16));
        }
    }

    /// Encode a piece, write its ids and remember them.
    fn write_new(&mut self, key: u64, piece: &[u8]) {
        let ids = encode_piece(self.vocabulary, piece);
        ids.iter().for_each(|&id| self.push(id as u16));
        if piece.len() > LONGEST_PIECE {
            return;
        }
        if self.memory.back.len() + self.memory.long.len() >= MOST_PIECES {
            *self.memory = Memory::default();
        }
        let Memory {
            front,
            back,
            long,
            others,
        } = &mut *self.memory;
        let number = ids.len() as u64;
        let packed = if number <= INLINE {
            ids.iter().rev().fold(0, |packed, &id| packed << 16 | id as u64) | number << 48
        } else {
            let start = others.len() as u64;
            others.extend(ids.iter().map(|&id| id as u16));
            ELSEWHERE << 48 | number << 32 | start
        };
        if key == 0 {
            long.insert(piece.into(), packed);
        } else {
            back.insert(key, packed);
            if number <= INLINE {
                front.replace(key, packed);
            }
        }
    }

    fn push(&mut self, id: u16) {
        self.ids[self.count] = I::new(id);
        self.count += 1;
    }
}
