//! Near-copies: stories that share most of their runs of three words.
//!
//! MinHash (Broder, 1997) with locality-sensitive hashing (Indyk and Motwani, 1998). A story's signature has 100 values;
//! two stories agree in as large a share of them as the share of three-word runs that they have in common (Jaccard
//! similarity), give or take 0.05. Stories are compared when all four values of one of 25 bands agree, which a pair of
//! similarity s does with probability 1 - (1 - s⁴)²⁵: 0.97 at 0.6, 0.999 at 0.7, 0.999998 at 0.8.

use std::array::from_fn;

const BANDS: usize = 25;
const ROWS: usize = 4;
const VALUES: usize = BANDS * ROWS;
const SHINGLE_WORDS: usize = 3;

/// A signature as bytes: a key of four bytes for each band, then the low byte of each value.
pub const SIGNATURE_BYTES: usize = BANDS * 4 + VALUES;

/// Append the signature of `text` to `out`.
pub fn signature(text: &str, shingles: &mut Vec<u32>, out: &mut Vec<u8>) {
    shingle_hashes(text, shingles);
    let mut values = [u32::MAX; VALUES];
    minimums(shingles, &mut values);
    for band in values.chunks_exact(ROWS) {
        let key = band.iter().fold(0u64, |key, value| mix(key ^ u64::from(*value)));
        out.extend_from_slice(&((key >> 32) as u32).to_le_bytes());
    }
    out.extend(values.iter().map(|value| *value as u8));
}

/// What each byte is in a word, letter case aside; 0 if it is in none.
static LETTERS: [u8; 256] = {
    let (mut letters, mut byte) = ([0; 256], 0);
    while byte < 256 {
        if (byte as u8).is_ascii_alphanumeric() || byte >= 128 {
            letters[byte] = (byte as u8).to_ascii_lowercase();
        }
        byte += 1;
    }
    letters
};

/// The hashes of the runs of three words, letter case and punctuation aside; a shorter text is one run.
fn shingle_hashes(text: &str, shingles: &mut Vec<u32>) {
    shingles.clear();
    let (mut before, mut count) = ([0u64; SHINGLE_WORDS - 1], 0usize);
    let mut word = 0u64;
    let mut finish = |word: u64| {
        let run = mix(before[0].rotate_left(1) ^ mix(before[1].rotate_left(1) ^ word));
        before = [before[1], word];
        count += 1;
        if count >= SHINGLE_WORDS {
            shingles.push((run >> 32) as u32);
        }
        run
    };
    let mut last = 0;
    for byte in text.bytes().chain([b' ']) {
        let letter = LETTERS[usize::from(byte)];
        if letter != 0 {
            word = (word ^ u64::from(letter)).wrapping_mul(0x0000_0100_0000_01B3);
            word = if word == 0 { 1 } else { word };
        } else if word != 0 {
            last = finish(mix(word));
            word = 0;
        }
    }
    if shingles.is_empty() {
        shingles.push((last >> 32) as u32);
    }
}

fn minimums(shingles: &[u32], values: &mut [u32; VALUES]) {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: the feature that the function needs is there.
        return unsafe { minimums_avx2(shingles, values) };
    }
    minimums_of(shingles, values);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn minimums_avx2(shingles: &[u32], values: &mut [u32; VALUES]) {
    minimums_of(shingles, values);
}

/// The least value of each of the hash functions over all shingles.
#[inline(always)]
fn minimums_of(shingles: &[u32], values: &mut [u32; VALUES]) {
    for shingle in shingles {
        for (value, (factor, offset)) in values.iter_mut().zip(FUNCTIONS.0.iter().zip(&FUNCTIONS.1)) {
            *value = (*value).min(shingle.wrapping_mul(*factor).wrapping_add(*offset));
        }
    }
}

/// Odd factors and offsets of the hash functions.
static FUNCTIONS: ([u32; VALUES], [u32; VALUES]) = functions();

const fn functions() -> ([u32; VALUES], [u32; VALUES]) {
    let (mut factors, mut offsets) = ([0; VALUES], [0; VALUES]);
    let mut index = 0;
    while index < VALUES {
        let bits = mix(index as u64 + 1);
        factors[index] = bits as u32 | 1;
        offsets[index] = (bits >> 32) as u32;
        index += 1;
    }
    (factors, offsets)
}

/// The finalizer of SplitMix64 (Steele, Lea and Flood, 2014).
const fn mix(seed: u64) -> u64 {
    let mut bits = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

/// Tells, story by story, which are near-copies of an earlier one. Takes about 400 bytes a story.
pub struct NearIndex {
    capacity: usize,
    /// The low bytes of the values of the stories kept so far.
    values: Vec<[u8; VALUES]>,
    /// For each band a table of `slots` entries: where a key leads to, or in the next free place after it, stands the
    /// key and, in the lower half, one more than the number of a story that has it; 0 where there is none.
    entries: Vec<u64>,
    slots: usize,
    least_equal: usize,
}

impl NearIndex {
    /// An index for up to `capacity` stories, to which stories at least as similar as `threshold` are copies.
    pub fn new(capacity: usize, threshold: f64) -> Self {
        let capacity = capacity.clamp(1, u32::MAX as usize - 1);
        let slots = capacity + capacity / 2 + 1;
        Self {
            capacity,
            values: Vec::new(),
            entries: vec![0; BANDS * slots],
            slots,
            least_equal: (threshold * VALUES as f64).ceil() as usize,
        }
    }

    /// Whether the story with this signature is new; if so, later ones are compared with it.
    ///
    /// A signature of the wrong size is new and forgotten, as is every story beyond the capacity.
    pub fn is_new(&mut self, signature: &[u8]) -> bool {
        let Some((keys, values)) = signature.split_first_chunk::<{ BANDS * 4 }>() else {
            return true;
        };
        let Ok(values) = <[u8; VALUES]>::try_from(values) else {
            return true;
        };
        let keys: [u64; BANDS] = from_fn(|band| u64::from(u32::from_le_bytes(keys.as_chunks().0[band])));
        let mut slots = keys.map(|key| ((key * self.slots as u64) >> 32) as usize);
        // All that is far away in memory is asked for at once.
        let mut entries: [u64; BANDS] = from_fn(|band| self.entries[band * self.slots + slots[band]]);
        for band in 0..BANDS {
            while entries[band] != 0 {
                if entries[band] >> 32 == keys[band] && self.is_copy(&values, entries[band] as u32 as usize - 1) {
                    return false;
                }
                slots[band] = if slots[band] + 1 < self.slots {
                    slots[band] + 1
                } else {
                    0
                };
                entries[band] = self.entries[band * self.slots + slots[band]];
            }
        }
        if self.values.len() < self.capacity {
            self.values.push(values);
            let number = self.values.len() as u64;
            for band in 0..BANDS {
                self.entries[band * self.slots + slots[band]] = keys[band] << 32 | number;
            }
        }
        true
    }

    fn is_copy(&self, values: &[u8; VALUES], other: usize) -> bool {
        let other = &self.values[other];
        values.iter().zip(other).filter(|(one, other)| one == other).count() >= self.least_equal
    }
}
