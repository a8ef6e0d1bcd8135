//! Two registers of eight.

use std::arch::x86_64::*;

use super::Simd;

#[derive(Clone, Copy)]
pub struct Avx2;

macro_rules! lanewise {
    ($name:ident($($argument:ident),*) = $instruction:ident) => {
        #[inline(always)]
        unsafe fn $name($($argument: Self::F),*) -> Self::F {
            unsafe { ($instruction($($argument.0),*), $instruction($($argument.1),*)) }
        }
    };
}

// SAFETY: needs AVX2 and FMA.
unsafe impl Simd for Avx2 {
    type F = (__m256, __m256);
    type I = (__m256i, __m256i);

    const TILES: usize = 4;

    lanewise!(add(a, b) = _mm256_add_ps);
    lanewise!(sub(a, b) = _mm256_sub_ps);
    lanewise!(mul(a, b) = _mm256_mul_ps);
    lanewise!(div(a, b) = _mm256_div_ps);
    lanewise!(fma(a, b, sum) = _mm256_fmadd_ps);
    lanewise!(max(a, b) = _mm256_max_ps);
    lanewise!(min(a, b) = _mm256_min_ps);
    lanewise!(where_at_least(a, b, value) = where_at_least);
    lanewise!(power_of_two(shifted) = power_of_two);

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self::F {
        unsafe { (_mm256_loadu_ps(from), _mm256_loadu_ps(from.add(8))) }
    }

    #[inline(always)]
    unsafe fn store(to: *mut f32, value: Self::F) {
        unsafe {
            _mm256_storeu_ps(to, value.0);
            _mm256_storeu_ps(to.add(8), value.1);
        }
    }

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self::F {
        unsafe { (_mm256_set1_ps(value), _mm256_set1_ps(value)) }
    }

    #[inline(always)]
    unsafe fn prefetch(address: *const u8) {
        unsafe { _mm_prefetch::<_MM_HINT_T1>(address.cast()) };
    }

    #[inline(always)]
    unsafe fn bf16_first(from: *const u8) -> Self::F {
        unsafe { (bf16_first(from), bf16_first(from.add(32))) }
    }

    #[inline(always)]
    unsafe fn bf16_second(from: *const u8) -> Self::F {
        unsafe { (bf16_second(from), bf16_second(from.add(32))) }
    }

    #[inline(always)]
    unsafe fn dot_start(_sum_of_x: i32) -> Self::I {
        unsafe { (_mm256_setzero_si256(), _mm256_setzero_si256()) }
    }

    #[inline(always)]
    unsafe fn dot(sum: Self::I, weights: *const u8, x: i32) -> Self::I {
        unsafe {
            let low = _mm256_loadu_si256(weights.cast());
            let high = _mm256_loadu_si256(weights.add(32).cast());
            (dot(sum.0, low, x), dot(sum.1, high, x))
        }
    }

    #[inline(always)]
    unsafe fn float(value: Self::I) -> Self::F {
        unsafe { (_mm256_cvtepi32_ps(value.0), _mm256_cvtepi32_ps(value.1)) }
    }

    #[inline(always)]
    unsafe fn store_i8(to: *mut i8, value: Self::F) {
        unsafe {
            let words = _mm256_packs_epi32(_mm256_cvtps_epi32(value.0), _mm256_cvtps_epi32(value.1));
            let words = _mm256_permute4x64_epi64::<0b11_01_10_00>(words);
            let bytes = _mm_packs_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256::<1>(words));
            _mm_storeu_si128(to.cast(), bytes);
        }
    }
}

#[inline(always)]
unsafe fn where_at_least(a: __m256, b: __m256, value: __m256) -> __m256 {
    unsafe { _mm256_and_ps(_mm256_cmp_ps::<_CMP_GE_OQ>(a, b), value) }
}

#[inline(always)]
unsafe fn bf16_first(from: *const u8) -> __m256 {
    unsafe { _mm256_castsi256_ps(_mm256_slli_epi32::<16>(_mm256_loadu_si256(from.cast()))) }
}

#[inline(always)]
unsafe fn bf16_second(from: *const u8) -> __m256 {
    unsafe {
        let mask = _mm256_set1_epi32(-0x1_0000);
        _mm256_castsi256_ps(_mm256_and_si256(_mm256_loadu_si256(from.cast()), mask))
    }
}

#[inline(always)]
unsafe fn power_of_two(shifted: __m256) -> __m256 {
    unsafe {
        let moved = _mm256_slli_epi32::<23>(_mm256_castps_si256(shifted));
        _mm256_castsi256_ps(_mm256_add_epi32(moved, _mm256_set1_epi32(127 << 23)))
    }
}

/// The multiplier of bytes takes one side unsigned: the sign of `x` goes over to the weights. Two products of numbers
/// up to 127 fit into int16.
#[inline(always)]
unsafe fn dot(sum: __m256i, weights: __m256i, x: i32) -> __m256i {
    unsafe {
        let x = _mm256_set1_epi32(x);
        let pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(x), _mm256_sign_epi8(weights, x));
        _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)))
    }
}
