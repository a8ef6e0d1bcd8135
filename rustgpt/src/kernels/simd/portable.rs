//! Plain Rust, for processors that the others don't know; also what they are tested against.

use super::{LANES, Simd};

#[derive(Clone, Copy)]
pub struct Portable;

#[inline(always)]
fn each(value: impl FnMut(usize) -> f32) -> [f32; LANES] {
    std::array::from_fn(value)
}

// SAFETY: it needs nothing of the processor.
unsafe impl Simd for Portable {
    type F = [f32; LANES];
    type I = [i32; LANES];

    const TILES: usize = 1;

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self::F {
        unsafe { from.cast::<Self::F>().read_unaligned() }
    }

    #[inline(always)]
    unsafe fn store(to: *mut f32, value: Self::F) {
        unsafe { to.cast::<Self::F>().write_unaligned(value) }
    }

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self::F {
        [value; LANES]
    }

    #[inline(always)]
    unsafe fn add(a: Self::F, b: Self::F) -> Self::F {
        each(|lane| a[lane] + b[lane])
    }

    #[inline(always)]
    unsafe fn sub(a: Self::F, b: Self::F) -> Self::F {
        each(|lane| a[lane] - b[lane])
    }

    #[inline(always)]
    unsafe fn mul(a: Self::F, b: Self::F) -> Self::F {
        each(|lane| a[lane] * b[lane])
    }

    #[inline(always)]
    unsafe fn div(a: Self::F, b: Self::F) -> Self::F {
        each(|lane| a[lane] / b[lane])
    }

    #[inline(always)]
    unsafe fn fma(a: Self::F, b: Self::F, sum: Self::F) -> Self::F {
        each(|lane| fused(a[lane], b[lane], sum[lane]))
    }

    #[inline(always)]
    unsafe fn max(a: Self::F, b: Self::F) -> Self::F {
        each(|lane| if a[lane] > b[lane] { a[lane] } else { b[lane] })
    }

    #[inline(always)]
    unsafe fn min(a: Self::F, b: Self::F) -> Self::F {
        each(|lane| if a[lane] < b[lane] { a[lane] } else { b[lane] })
    }

    #[inline(always)]
    unsafe fn where_at_least(a: Self::F, b: Self::F, value: Self::F) -> Self::F {
        each(|lane| if a[lane] >= b[lane] { value[lane] } else { 0.0 })
    }

    #[inline(always)]
    unsafe fn power_of_two(shifted: Self::F) -> Self::F {
        each(|lane| f32::from_bits((shifted[lane].to_bits() << 23).wrapping_add(127 << 23)))
    }

    #[inline(always)]
    unsafe fn bf16_first(from: *const u8) -> Self::F {
        let pairs: [u32; LANES] = unsafe { from.cast::<[u32; LANES]>().read_unaligned() };
        each(|lane| f32::from_bits(pairs[lane] << 16))
    }

    #[inline(always)]
    unsafe fn bf16_second(from: *const u8) -> Self::F {
        let pairs: [u32; LANES] = unsafe { from.cast::<[u32; LANES]>().read_unaligned() };
        each(|lane| f32::from_bits(pairs[lane] & 0xffff_0000))
    }

    #[inline(always)]
    unsafe fn dot_start(_sum_of_x: i32) -> Self::I {
        [0; LANES]
    }

    #[inline(always)]
    unsafe fn dot(sum: Self::I, weights: *const u8, x: i32) -> Self::I {
        let weights: [[i8; 4]; LANES] = unsafe { weights.cast::<[[i8; 4]; LANES]>().read_unaligned() };
        let x = x.to_ne_bytes().map(|byte| i32::from(byte as i8));
        std::array::from_fn(|lane| {
            (0..4).fold(sum[lane], |sum, index| sum + i32::from(weights[lane][index]) * x[index])
        })
    }

    #[inline(always)]
    unsafe fn float(value: Self::I) -> Self::F {
        each(|lane| value[lane] as f32)
    }

    #[inline(always)]
    unsafe fn store_i8(to: *mut i8, value: Self::F) {
        let rounded: [i8; LANES] = value.map(|value| value.round_ties_even() as i8);
        unsafe { to.cast::<[i8; LANES]>().write_unaligned(rounded) }
    }
}

/// `a * b + c`, rounded once. Without an instruction for it this is many times faster than `f32::mul_add`.
///
/// The product is exact in float64. Their sum is rounded to odd there: whatever was cut off leaves its mark in the last
/// bit, so that rounding to float32 sees on which side of a half the true sum lies (Boldo and Melquiond, 2008).
#[inline(always)]
fn fused(a: f32, b: f32, c: f32) -> f32 {
    if cfg!(any(target_feature = "fma", target_arch = "aarch64")) {
        return a.mul_add(b, c);
    }
    let (product, c) = (f64::from(a) * f64::from(b), f64::from(c));
    let sum = product + c;
    let added = sum - product;
    let lost = (product - (sum - added)) + (c - added);
    let even = sum.to_bits() & 1 == 0;
    let towards = if (lost > 0.0) == (sum > 0.0) {
        sum.to_bits().wrapping_add(1)
    } else {
        sum.to_bits().wrapping_sub(1)
    };
    let inexact = lost != 0.0 && sum.is_finite();
    (if inexact && even { f64::from_bits(towards) } else { sum }) as f32
}

#[cfg(test)]
mod tests {
    use super::fused;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]
        #[test]
        fn fused_rounds_once(a in any::<f32>(), b in any::<f32>(), c in any::<f32>(), near in -4i32..4) {
            // Sums that nearly cancel and halves between two numbers are where rounding twice goes wrong.
            let product = f32::from_bits((-a * b).to_bits().wrapping_add_signed(near));
            let half = a * 2f32.powi(-24);
            for (a, b, c) in [(a, b, c), (a, b, product), (half, 1.0 + 2f32.powi(near - 20), a), (a, 1.0, half)] {
                let (ours, exact) = (fused(a, b, c), a.mul_add(b, c));
                prop_assert!(ours.to_bits() == exact.to_bits() || ours.is_nan() && exact.is_nan(), "{} {} {}", a, b, c);
            }
        }
    }
}
