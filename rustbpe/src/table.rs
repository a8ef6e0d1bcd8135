//! A table of pieces with a number for each: how often it occurs, or what it encodes to.

use rustc_hash::FxHashMap;

/// Pieces of up to 8 bytes, none of them 0, lie in tables of their own with the piece itself as the key: in stories
/// they are 97% of all pieces. The others are hashed like any other bytes.
///
/// Words that are frequent come early in a text. So the first ones get a place in `front`, which has one for each hash
/// and mostly stays in the first-level cache; those that find it taken go to `back`.
#[derive(Debug, Clone)]
pub(crate) struct PieceTable {
    front: Box<[Slot; 1 << FRONT_BITS]>,
    in_front: usize,
    /// Open addressing with linear probing; a power of two, at most half full.
    back: Box<[Slot]>,
    in_back: usize,
    long: FxHashMap<Box<[u8]>, u64>,
}

/// A piece and its number. The key 0 marks a free slot.
#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    key: u64,
    value: u64,
}

/// 64 KiB.
const FRONT_BITS: u32 = 12;

impl Default for PieceTable {
    fn default() -> Self {
        // Not `Box::new`: that would make 64 KiB on the stack first.
        let front: Box<[Slot]> = vec![Slot::default(); 1 << FRONT_BITS].into();
        Self {
            front: front.try_into().expect("it has this length"),
            in_front: 0,
            back: vec![Slot::default(); 64].into(),
            in_back: 0,
            long: FxHashMap::default(),
        }
    }
}

impl PieceTable {
    /// The number of a short piece, 0 if it is new.
    #[inline(always)]
    pub(crate) fn short(&mut self, key: u64) -> &mut u64 {
        let index = place(key);
        if self.front[index].key != key {
            return self.short_elsewhere(key);
        }
        &mut self.front[index].value
    }

    #[inline(never)]
    fn short_elsewhere(&mut self, key: u64) -> &mut u64 {
        let first = place(key);
        if self.front[first].key == 0 {
            self.in_front += 1;
            self.front[first].key = key;
            return &mut self.front[first].value;
        }
        let mut index = find(&self.back, key);
        if self.back[index].key == 0 {
            self.in_back += 1;
            if self.in_back * 2 > self.back.len() {
                self.grow();
                index = find(&self.back, key);
            }
            self.back[index].key = key;
        }
        &mut self.back[index].value
    }

    /// The number of any piece that the scanner doesn't call short, 0 if it is new.
    pub(crate) fn long(&mut self, piece: &[u8]) -> &mut u64 {
        if let Some(key) = short_key(piece) {
            return self.short(key);
        }
        if !self.long.contains_key(piece) {
            self.long.insert(piece.into(), 0);
        }
        self.long.get_mut(piece).expect("it was inserted")
    }

    /// Number of pieces.
    pub(crate) fn len(&self) -> usize {
        self.in_front + self.in_back + self.long.len()
    }

    /// Each piece with its number.
    pub(crate) fn for_each(&self, mut visit: impl FnMut(&[u8], u64)) {
        for slot in self.front.iter().chain(&self.back).filter(|slot| slot.key != 0) {
            visit(&slot.key.to_le_bytes()[..length(slot.key)], slot.value);
        }
        self.long.iter().for_each(|(piece, &value)| visit(piece, value));
    }

    fn grow(&mut self) {
        let larger = vec![Slot::default(); self.back.len() * 2].into();
        let old = std::mem::replace(&mut self.back, larger);
        for slot in old.iter().filter(|slot| slot.key != 0) {
            let index = find(&self.back, slot.key);
            self.back[index] = *slot;
        }
    }
}

/// Fibonacci hashing (Knuth, vol. 3, 6.4): the upper bits of a product depend on all bits of the key.
#[inline(always)]
fn hash(key: u64) -> u64 {
    key.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// The place of `key` in the front table.
#[inline(always)]
fn place(key: u64) -> usize {
    (hash(key) >> (u64::BITS - FRONT_BITS)) as usize
}

/// The slot of `key` in a back table, or the free one where it belongs. There always is a free one.
fn find(slots: &[Slot], key: u64) -> usize {
    let mask = slots.len() - 1;
    // Not the bits that `place` takes: all keys with the same place would come together.
    let mut index = (hash(key) >> 20) as usize & mask;
    while slots[index].key != key && slots[index].key != 0 {
        index = (index + 1) & mask;
    }
    index
}

/// The number of bytes of a short piece.
pub(crate) fn length(key: u64) -> usize {
    (u64::BITS - key.leading_zeros()).div_ceil(8) as usize
}

/// A piece of 1 to 8 bytes, none of them 0, as the scanner gives it.
pub(crate) fn short_key(piece: &[u8]) -> Option<u64> {
    if piece.len() > 8 || piece.contains(&0) {
        return None;
    }
    let mut word = [0; 8];
    word[..piece.len()].copy_from_slice(piece);
    Some(u64::from_le_bytes(word))
}
