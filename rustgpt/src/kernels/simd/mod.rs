//! Sixteen numbers side by side, in whatever registers a processor has.
//!
//! Every operation but `dot` rounds as IEEE 754 says, lane by lane, and `dot` is exact: that is why all kernels that are
//! written with them give the same bits everywhere.

#[cfg(target_arch = "x86_64")]
pub mod avx2;
#[cfg(target_arch = "x86_64")]
pub mod avx512;
#[cfg(target_arch = "aarch64")]
pub mod neon;
pub mod portable;

pub const LANES: usize = 16;

/// What a kernel is written in.
///
/// # Safety
///
/// All methods need the processor to have the instruction set; pointers must be good for sixteen elements, or for 64
/// bytes where they point to bytes.
pub unsafe trait Simd: Copy {
    /// Sixteen float32.
    type F: Copy;
    /// Sixteen int32.
    type I: Copy;

    /// How many tiles of weights to take at once for a single vector: enough to hide the latency of `fma`.
    const TILES: usize;

    unsafe fn load(from: *const f32) -> Self::F;
    unsafe fn store(to: *mut f32, value: Self::F);
    unsafe fn splat(value: f32) -> Self::F;
    unsafe fn add(a: Self::F, b: Self::F) -> Self::F;
    unsafe fn sub(a: Self::F, b: Self::F) -> Self::F;
    unsafe fn mul(a: Self::F, b: Self::F) -> Self::F;
    unsafe fn div(a: Self::F, b: Self::F) -> Self::F;
    /// `a * b + sum`, rounded once.
    unsafe fn fma(a: Self::F, b: Self::F, sum: Self::F) -> Self::F;
    /// `a` where `a > b`, else `b`.
    unsafe fn max(a: Self::F, b: Self::F) -> Self::F;
    /// `a` where `a < b`, else `b`.
    unsafe fn min(a: Self::F, b: Self::F) -> Self::F;
    /// `value` where `a >= b`, else 0.
    unsafe fn where_at_least(a: Self::F, b: Self::F, value: Self::F) -> Self::F;
    /// 2 to the whole number that lies in the lowest bits of `shifted`, which is that number plus 1.5 * 2^23.
    unsafe fn power_of_two(shifted: Self::F) -> Self::F;
    /// Say that the line at `address` will be wanted; it need not be there.
    #[inline(always)]
    unsafe fn prefetch(_address: *const u8) {}

    /// The first ones of sixteen pairs of bfloat16.
    unsafe fn bf16_first(from: *const u8) -> Self::F;
    /// The second ones of sixteen pairs of bfloat16.
    unsafe fn bf16_second(from: *const u8) -> Self::F;

    /// Where to begin a sum of `dot`s with numbers `x` of this sum.
    unsafe fn dot_start(sum_of_x: i32) -> Self::I;
    /// `sum` plus, for each of sixteen rows of four int8 at `weights`, their products with the four int8 of `x`; none
    /// is -128.
    unsafe fn dot(sum: Self::I, weights: *const u8, x: i32) -> Self::I;
    unsafe fn float(value: Self::I) -> Self::F;
    /// `value` rounded to the nearest whole numbers, half to even; they fit into int8.
    unsafe fn store_i8(to: *mut i8, value: Self::F);
}

/// The sum of the lanes, by halves.
#[inline(always)]
pub unsafe fn total<S: Simd>(value: S::F) -> f32 {
    let mut lanes = [0.0; LANES];
    unsafe { S::store(lanes.as_mut_ptr(), value) };
    for half in [8, 4, 2, 1] {
        for lane in 0..half {
            lanes[lane] += lanes[lane + half];
        }
    }
    lanes[0]
}

/// The highest of the lanes.
#[inline(always)]
pub unsafe fn highest<S: Simd>(value: S::F) -> f32 {
    let mut lanes = [0.0; LANES];
    unsafe { S::store(lanes.as_mut_ptr(), value) };
    for half in [8, 4, 2, 1] {
        for lane in 0..half {
            lanes[lane] = if lanes[lane] > lanes[lane + half] {
                lanes[lane]
            } else {
                lanes[lane + half]
            };
        }
    }
    lanes[0]
}

/// e to each of the numbers; 0 below -87 (and for what is no number), e^88 above 88.
///
/// Cody-Waite reduction to |r| <= ln(2) / 2, then a Taylor polynomial of degree 7 (error below 2e-8).
#[inline(always)]
pub unsafe fn exp<S: Simd>(x: S::F) -> S::F {
    unsafe {
        let inside = S::min(S::max(x, S::splat(-87.0)), S::splat(88.0));
        // Adding and taking away 1.5 * 2^23 rounds to the nearest whole number, half to even.
        let shift = S::splat(12_582_912.0);
        let shifted = S::fma(inside, S::splat(std::f32::consts::LOG2_E), shift);
        let whole = S::sub(shifted, shift);
        let rest = S::fma(whole, S::splat(-0.693_359_4), inside);
        let rest = S::fma(whole, S::splat(2.121_944_4e-4), rest);
        let mut sum = S::splat(1.0 / 5040.0);
        for factor in [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
            sum = S::fma(rest, sum, S::splat(factor));
        }
        S::where_at_least(x, S::splat(-87.0), S::mul(sum, S::power_of_two(shifted)))
    }
}
