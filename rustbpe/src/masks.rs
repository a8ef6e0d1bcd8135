//! What the 64 bytes of a block are, a bit for each byte.

/// Bytes in a block.
pub(crate) const BLOCK: usize = 64;

/// Bit i of each mask speaks of byte i. What is in none of them is punctuation.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Masks {
    /// ASCII letters.
    pub(crate) letters: u64,
    /// ASCII digits.
    pub(crate) digits: u64,
    /// `' '`
    pub(crate) spaces: u64,
    /// `\r` and `\n`
    pub(crate) newlines: u64,
    /// Control characters, among them the newlines, and everything beyond ASCII.
    pub(crate) unusual: u64,
}

#[cfg(target_arch = "x86_64")]
pub(crate) use x86::{narrow, wide};

/// The masks of a block, in vectors. These functions take one vector at a time and hold no closures: those would not be
/// inlined where they are needed.
#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::{BLOCK, Masks};

    impl Masks {
        /// The masks of a block whose halves have these.
        #[inline(always)]
        fn join(low: Masks, high: Masks, half: u32) -> Masks {
            Masks {
                letters: low.letters | high.letters << half,
                digits: low.digits | high.digits << half,
                spaces: low.spaces | high.spaces << half,
                newlines: low.newlines | high.newlines << half,
                unusual: low.unusual | high.unusual << half,
            }
        }
    }

    /// In vectors of 32 bytes.
    #[target_feature(enable = "avx2")]
    #[inline]
    pub(crate) fn wide(block: &[u8; BLOCK]) -> Masks {
        // SAFETY: 64 bytes are twice 32 bytes, and any bytes are such vectors.
        let [low, high]: [__m256i; 2] = unsafe { std::mem::transmute(*block) };
        Masks::join(wide_part(low), wide_part(high), 32)
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn wide_part(part: __m256i) -> Masks {
        // Unsigned `part - first <= last - first`; there is no unsigned comparison, but a minimum.
        let lower = _mm256_or_si256(part, _mm256_set1_epi8(0x20));
        let letter = _mm256_sub_epi8(lower, _mm256_set1_epi8(b'a' as i8));
        let digit = _mm256_sub_epi8(part, _mm256_set1_epi8(b'0' as i8));
        let space = _mm256_cmpeq_epi8(part, _mm256_set1_epi8(b' ' as i8));
        let newline = _mm256_or_si256(
            _mm256_cmpeq_epi8(part, _mm256_set1_epi8(b'\n' as i8)),
            _mm256_cmpeq_epi8(part, _mm256_set1_epi8(b'\r' as i8)),
        );
        // Signed: bytes beyond ASCII are negative.
        let low = _mm256_cmpgt_epi8(_mm256_set1_epi8(b' ' as i8), part);
        let bits = |found| _mm256_movemask_epi8(found) as u32 as u64;
        Masks {
            letters: bits(_mm256_cmpeq_epi8(_mm256_min_epu8(letter, _mm256_set1_epi8(25)), letter)),
            digits: bits(_mm256_cmpeq_epi8(_mm256_min_epu8(digit, _mm256_set1_epi8(9)), digit)),
            spaces: bits(space),
            newlines: bits(newline),
            unusual: bits(low),
        }
    }

    /// In vectors of 16 bytes, which every x86-64 has.
    #[inline(always)]
    pub(crate) fn narrow(block: &[u8; BLOCK]) -> Masks {
        // SAFETY: 64 bytes are four times 16 bytes, and any bytes are such vectors.
        let [a, b, c, d]: [__m128i; 4] = unsafe { std::mem::transmute(*block) };
        let halves = [(a, b), (c, d)].map(|(low, high)| Masks::join(narrow_part(low), narrow_part(high), 16));
        let [low, high] = halves;
        Masks::join(low, high, 32)
    }

    #[inline(always)]
    fn narrow_part(part: __m128i) -> Masks {
        // SAFETY: every x86-64 has SSE2.
        unsafe {
            let lower = _mm_or_si128(part, _mm_set1_epi8(0x20));
            let letter = _mm_sub_epi8(lower, _mm_set1_epi8(b'a' as i8));
            let digit = _mm_sub_epi8(part, _mm_set1_epi8(b'0' as i8));
            let space = _mm_cmpeq_epi8(part, _mm_set1_epi8(b' ' as i8));
            let newline = _mm_or_si128(
                _mm_cmpeq_epi8(part, _mm_set1_epi8(b'\n' as i8)),
                _mm_cmpeq_epi8(part, _mm_set1_epi8(b'\r' as i8)),
            );
            let low = _mm_cmplt_epi8(part, _mm_set1_epi8(b' ' as i8));
            let bits = |found| _mm_movemask_epi8(found) as u64;
            Masks {
                letters: bits(_mm_cmpeq_epi8(_mm_min_epu8(letter, _mm_set1_epi8(25)), letter)),
                digits: bits(_mm_cmpeq_epi8(_mm_min_epu8(digit, _mm_set1_epi8(9)), digit)),
                spaces: bits(space),
                newlines: bits(newline),
                unusual: bits(low),
            }
        }
    }
}

#[cfg(not(target_arch = "x86_64"))]
pub(crate) use portable as narrow;

/// The masks of a block, byte by byte.
#[cfg(any(test, not(target_arch = "x86_64")))]
pub(crate) fn portable(block: &[u8; BLOCK]) -> Masks {
    let collect = |test: fn(u8) -> bool| {
        block
            .iter()
            .enumerate()
            .fold(0, |mask, (index, &byte)| mask | (test(byte) as u64) << index)
    };
    Masks {
        letters: collect(|byte| byte.is_ascii_alphabetic()),
        digits: collect(|byte| byte.is_ascii_digit()),
        spaces: collect(|byte| byte == b' '),
        newlines: collect(|byte| byte == b'\n' || byte == b'\r'),
        unusual: collect(|byte| !(b' '..0x80).contains(&byte)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_find_what_single_bytes_find() {
        for shift in 0..=255 {
            let block = std::array::from_fn(|index| (index as u8).wrapping_mul(7).wrapping_add(shift));
            assert_eq!(narrow(&block), portable(&block));
            #[cfg(target_arch = "x86_64")]
            if is_x86_feature_detected!("avx2") {
                // SAFETY: the processor has AVX2.
                assert_eq!(unsafe { wide(&block) }, portable(&block));
            }
        }
    }
}
