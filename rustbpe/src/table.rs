//! Tables of short pieces with a number for each: how often it occurs, or what it encodes to.
//!
//! Pieces of up to 8 bytes, none of them 0, are 97% of all pieces in stories. Such a piece is its own key: its bytes as
//! a number in little-endian order, filled up with zeros.

/// Short pieces at the places that their hashes name, one for each: a table that mostly stays in the first caches.
#[derive(Debug, Clone)]
pub(crate) struct Front([Slot; 1 << FRONT_BITS]);

/// A piece and its number. The key 0 marks a free slot.
#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    key: u64,
    value: u64,
}

/// 8,192 places, 128 KiB: of the pieces in TinyStories that are short, 95% to 97% are found in front.
const FRONT_BITS: u32 = 13;

/// No piece: it isn't UTF-8. Holds the place that 0 would have, so that 0 is never found.
const NO_PIECE: u64 = u64::MAX;

impl Front {
    /// An empty one.
    pub(crate) fn boxed() -> Box<Self> {
        let mut front = Box::new(Self([Slot::default(); 1 << FRONT_BITS]));
        front.0[place(0)].key = NO_PIECE;
        front
    }

    /// The number of a piece, if it is here. The key 0 isn't.
    #[inline(always)]
    pub(crate) fn get(&mut self, key: u64) -> Option<&mut u64> {
        let slot = &mut self.0[place(key)];
        (slot.key == key).then_some(&mut slot.value)
    }

    /// Put a piece in if its place is free; whether it was.
    pub(crate) fn claim(&mut self, key: u64, value: u64) -> bool {
        let slot = &mut self.0[place(key)];
        let free = slot.key == 0;
        if free {
            *slot = Slot { key, value };
        }
        free
    }

    /// Put a piece in, whatever was in its place.
    pub(crate) fn replace(&mut self, key: u64, value: u64) {
        if place(key) != place(0) {
            self.0[place(key)] = Slot { key, value };
        }
    }

    /// All pieces and their numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, u64)> {
        let taken = self.0.iter().filter(|slot| slot.key != 0 && slot.key != NO_PIECE);
        taken.map(|slot| (slot.key, slot.value))
    }
}

/// Any number of short pieces: open addressing with linear probing, at most half full.
#[derive(Debug, Clone)]
pub(crate) struct Back {
    /// A power of two.
    slots: Box<[Slot]>,
    used: usize,
}

impl Default for Back {
    fn default() -> Self {
        Self {
            slots: vec![Slot::default(); 64].into(),
            used: 0,
        }
    }
}

impl Back {
    /// The number of a piece, if it is here.
    pub(crate) fn get(&mut self, key: u64) -> Option<&mut u64> {
        let index = self.find(key);
        (self.slots[index].key == key).then(|| &mut self.slots[index].value)
    }

    /// Put in a piece that isn't here.
    pub(crate) fn insert(&mut self, key: u64, value: u64) {
        self.used += 1;
        if self.used * 2 > self.slots.len() {
            let larger = vec![Slot::default(); self.slots.len() * 2].into();
            for slot in std::mem::replace(&mut self.slots, larger)
                .iter()
                .filter(|slot| slot.key != 0)
            {
                let index = self.find(slot.key);
                self.slots[index] = *slot;
            }
        }
        let index = self.find(key);
        self.slots[index] = Slot { key, value };
    }

    /// Number of pieces.
    pub(crate) fn len(&self) -> usize {
        self.used
    }

    /// All pieces and their numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, u64)> {
        self.slots
            .iter()
            .filter(|slot| slot.key != 0)
            .map(|slot| (slot.key, slot.value))
    }

    /// The slot of `key`, or the free one where it belongs. There always is a free one.
    fn find(&self, key: u64) -> usize {
        let mask = self.slots.len() - 1;
        // Not the bits that `place` takes: all keys with the same place would come together.
        let mut index = (hash(key) >> 20) as usize & mask;
        while self.slots[index].key != key && self.slots[index].key != 0 {
            index = (index + 1) & mask;
        }
        index
    }
}

/// The key of a piece of 1 to 8 bytes, none of them 0.
pub(crate) fn short_key(piece: &[u8]) -> Option<u64> {
    if piece.len() > 8 || piece.contains(&0) {
        return None;
    }
    let mut word = [0; 8];
    word[..piece.len()].copy_from_slice(piece);
    Some(u64::from_le_bytes(word))
}

/// The piece of a key.
pub(crate) fn with_piece<R>(key: u64, use_it: impl FnOnce(&[u8]) -> R) -> R {
    let length = (u64::BITS - key.leading_zeros()).div_ceil(8) as usize;
    use_it(&key.to_le_bytes()[..length])
}

/// Fibonacci hashing (Knuth, vol. 3, 6.4): the upper bits of a product depend on all bits of the key.
#[inline(always)]
fn hash(key: u64) -> u64 {
    key.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// The place of `key` in front.
#[inline(always)]
fn place(key: u64) -> usize {
    (hash(key) >> (u64::BITS - FRONT_BITS)) as usize
}
