//! One register of sixteen, with the byte products of VNNI.

use std::arch::x86_64::*;

use super::Simd;

#[derive(Clone, Copy)]
pub struct Avx512;

macro_rules! lanewise {
    ($name:ident($($argument:ident),*) = $instruction:ident) => {
        #[inline(always)]
        unsafe fn $name($($argument: Self::F),*) -> Self::F {
            unsafe { $instruction($($argument),*) }
        }
    };
}

// SAFETY: needs AVX-512 F, BW and VNNI.
unsafe impl Simd for Avx512 {
    type F = __m512;
    type I = __m512i;

    const TILES: usize = 8;

    lanewise!(add(a, b) = _mm512_add_ps);
    lanewise!(sub(a, b) = _mm512_sub_ps);
    lanewise!(mul(a, b) = _mm512_mul_ps);
    lanewise!(div(a, b) = _mm512_div_ps);
    lanewise!(fma(a, b, sum) = _mm512_fmadd_ps);
    lanewise!(max(a, b) = _mm512_max_ps);
    lanewise!(min(a, b) = _mm512_min_ps);

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self::F {
        unsafe { _mm512_loadu_ps(from) }
    }

    #[inline(always)]
    unsafe fn store(to: *mut f32, value: Self::F) {
        unsafe { _mm512_storeu_ps(to, value) }
    }

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self::F {
        unsafe { _mm512_set1_ps(value) }
    }

    #[inline(always)]
    unsafe fn where_at_least(a: Self::F, b: Self::F, value: Self::F) -> Self::F {
        unsafe { _mm512_maskz_mov_ps(_mm512_cmp_ps_mask::<_CMP_GE_OQ>(a, b), value) }
    }

    #[inline(always)]
    unsafe fn power_of_two(shifted: Self::F) -> Self::F {
        unsafe {
            let moved = _mm512_slli_epi32::<23>(_mm512_castps_si512(shifted));
            _mm512_castsi512_ps(_mm512_add_epi32(moved, _mm512_set1_epi32(127 << 23)))
        }
    }

    #[inline(always)]
    unsafe fn prefetch(address: *const u8) {
        unsafe { _mm_prefetch::<_MM_HINT_T1>(address.cast()) };
    }

    #[inline(always)]
    unsafe fn bf16_first(from: *const u8) -> Self::F {
        unsafe { _mm512_castsi512_ps(_mm512_slli_epi32::<16>(_mm512_loadu_si512(from.cast()))) }
    }

    #[inline(always)]
    unsafe fn bf16_second(from: *const u8) -> Self::F {
        unsafe {
            let mask = _mm512_set1_epi32(-0x1_0000);
            _mm512_castsi512_ps(_mm512_and_si512(_mm512_loadu_si512(from.cast()), mask))
        }
    }

    /// `dot` adds 128 to each weight, so 128 times the sum of all x is taken off beforehand.
    #[inline(always)]
    unsafe fn dot_start(sum_of_x: i32) -> Self::I {
        unsafe { _mm512_set1_epi32(-128 * sum_of_x) }
    }

    /// The multiplier of bytes takes one side unsigned: with its sign bit turned over a weight is itself plus 128.
    #[inline(always)]
    unsafe fn dot(sum: Self::I, weights: *const u8, x: i32) -> Self::I {
        unsafe {
            let unsigned = _mm512_xor_si512(_mm512_loadu_si512(weights.cast()), _mm512_set1_epi8(-128));
            _mm512_dpbusd_epi32(sum, unsigned, _mm512_set1_epi32(x))
        }
    }

    #[inline(always)]
    unsafe fn float(value: Self::I) -> Self::F {
        unsafe { _mm512_cvtepi32_ps(value) }
    }

    #[inline(always)]
    unsafe fn store_i8(to: *mut i8, value: Self::F) {
        unsafe { _mm_storeu_si128(to.cast(), _mm512_cvtsepi32_epi8(_mm512_cvtps_epi32(value))) }
    }
}
