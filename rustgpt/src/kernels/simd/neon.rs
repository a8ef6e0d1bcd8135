//! Four registers of four.

use std::arch::aarch64::*;

use super::Simd;

#[derive(Clone, Copy)]
pub struct Neon;

macro_rules! lanewise {
    ($name:ident($($argument:ident),*) = $instruction:ident) => {
        #[inline(always)]
        unsafe fn $name($($argument: Self::F),*) -> Self::F {
            unsafe { std::array::from_fn(|part| $instruction($($argument[part]),*)) }
        }
    };
}

// SAFETY: every aarch64 processor has NEON.
unsafe impl Simd for Neon {
    type F = [float32x4_t; 4];
    type I = [int32x4_t; 4];

    const TILES: usize = 4;

    lanewise!(add(a, b) = vaddq_f32);
    lanewise!(sub(a, b) = vsubq_f32);
    lanewise!(mul(a, b) = vmulq_f32);
    lanewise!(div(a, b) = vdivq_f32);
    lanewise!(max(a, b) = max);
    lanewise!(min(a, b) = min);
    lanewise!(where_at_least(a, b, value) = where_at_least);
    lanewise!(power_of_two(shifted) = power_of_two);

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self::F {
        std::array::from_fn(|part| unsafe { vld1q_f32(from.add(4 * part)) })
    }

    #[inline(always)]
    unsafe fn store(to: *mut f32, value: Self::F) {
        for (part, value) in value.into_iter().enumerate() {
            unsafe { vst1q_f32(to.add(4 * part), value) }
        }
    }

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self::F {
        unsafe { [vdupq_n_f32(value); 4] }
    }

    #[inline(always)]
    unsafe fn fma(a: Self::F, b: Self::F, sum: Self::F) -> Self::F {
        std::array::from_fn(|part| unsafe { vfmaq_f32(sum[part], a[part], b[part]) })
    }

    #[inline(always)]
    unsafe fn bf16_first(from: *const u8) -> Self::F {
        std::array::from_fn(|part| unsafe {
            let pairs = vreinterpretq_u32_u8(vld1q_u8(from.add(16 * part)));
            vreinterpretq_f32_u32(vshlq_n_u32::<16>(pairs))
        })
    }

    #[inline(always)]
    unsafe fn bf16_second(from: *const u8) -> Self::F {
        std::array::from_fn(|part| unsafe {
            let pairs = vreinterpretq_u32_u8(vld1q_u8(from.add(16 * part)));
            vreinterpretq_f32_u32(vandq_u32(pairs, vdupq_n_u32(0xffff_0000)))
        })
    }

    #[inline(always)]
    unsafe fn dot_start(_sum_of_x: i32) -> Self::I {
        unsafe { [vdupq_n_s32(0); 4] }
    }

    #[inline(always)]
    unsafe fn dot(sum: Self::I, weights: *const u8, x: i32) -> Self::I {
        unsafe {
            let x = vreinterpretq_s8_s32(vdupq_n_s32(x));
            std::array::from_fn(|part| {
                let weights = vld1q_s8(weights.add(16 * part).cast());
                let first = vpaddlq_s16(vmull_s8(vget_low_s8(weights), vget_low_s8(x)));
                let second = vpaddlq_s16(vmull_high_s8(weights, x));
                vaddq_s32(sum[part], vpaddq_s32(first, second))
            })
        }
    }

    #[inline(always)]
    unsafe fn float(value: Self::I) -> Self::F {
        unsafe { value.map(|value| vcvtq_f32_s32(value)) }
    }

    #[inline(always)]
    unsafe fn store_i8(to: *mut i8, value: Self::F) {
        unsafe {
            let words = value.map(|value| vqmovn_s32(vcvtnq_s32_f32(value)));
            let low = vqmovn_s16(vcombine_s16(words[0], words[1]));
            let high = vqmovn_s16(vcombine_s16(words[2], words[3]));
            vst1q_s8(to, vcombine_s8(low, high));
        }
    }
}

#[inline(always)]
unsafe fn max(a: float32x4_t, b: float32x4_t) -> float32x4_t {
    unsafe { vbslq_f32(vcgtq_f32(a, b), a, b) }
}

#[inline(always)]
unsafe fn min(a: float32x4_t, b: float32x4_t) -> float32x4_t {
    unsafe { vbslq_f32(vcltq_f32(a, b), a, b) }
}

#[inline(always)]
unsafe fn where_at_least(a: float32x4_t, b: float32x4_t, value: float32x4_t) -> float32x4_t {
    unsafe { vreinterpretq_f32_u32(vandq_u32(vcgeq_f32(a, b), vreinterpretq_u32_f32(value))) }
}

#[inline(always)]
unsafe fn power_of_two(shifted: float32x4_t) -> float32x4_t {
    unsafe {
        let moved = vshlq_n_u32::<23>(vreinterpretq_u32_f32(shifted));
        vreinterpretq_f32_u32(vaddq_u32(moved, vdupq_n_u32(127 << 23)))
    }
}
