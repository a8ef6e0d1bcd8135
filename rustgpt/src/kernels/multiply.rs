//! Matrix products with the weights.

use std::ops::Range;

use super::kernel;
use super::matrix::{Dtype, GROUP, Matrix};
use super::memory::Line;
use super::quantise::Quantised;
use super::simd::{LANES, Simd};

kernel! {
    /// For each vector of `inputs` (shape `[n, columns]`) its product with the matrix, to `outputs` (shape
    /// `[n, padded_rows]`). `memory` is for quantised inputs.
    ///
    /// Each output adds its terms from column 0 up. In int8 a term is a group's: an exact whole number times the product
    /// of both scales.
    pub fn multiply(matrix: &Matrix, inputs: &[f32], memory: &mut Quantised, outputs: &mut [f32]) = body
}

#[inline(always)]
fn body<S: Simd>(matrix: &Matrix, inputs: &[f32], memory: &mut Quantised, outputs: &mut [f32]) {
    let columns = matrix.columns;
    let vectors = inputs.len() / columns;
    assert!(outputs.len() >= vectors * matrix.padded_rows());
    if matrix.dtype == Dtype::Int8 {
        // SAFETY: as for all of this: the level of `S` was detected.
        unsafe { memory.fill::<S>(inputs, columns) };
    }
    let job = Job {
        matrix,
        inputs,
        quantised: memory,
        outputs: outputs.as_mut_ptr(),
    };
    let tiles = matrix.padded_rows() / LANES;
    // SAFETY: tiles and vectors stay below what the lengths above allow.
    unsafe {
        match matrix.dtype {
            Dtype::Float32 => all::<S, Float32>(&job, tiles, vectors),
            Dtype::Bfloat16 => all::<S, Bfloat16>(&job, tiles, vectors),
            Dtype::Int8 => all::<S, Int8>(&job, tiles, vectors),
        }
    }
}

struct Job<'a> {
    matrix: &'a Matrix,
    inputs: &'a [f32],
    quantised: &'a Quantised,
    outputs: *mut f32,
}

/// What to fetch of the tile after next while several vectors go through a tile: the parts of the vectors share its
/// lines among them, so that fetching keeps pace with multiplying.
#[derive(Clone, Copy)]
struct Ahead {
    /// Bytes from a tile to where the fetching for it begins.
    start: usize,
    /// Bytes to go on with each line.
    step: usize,
}

impl Ahead {
    fn new(matrix: &Matrix, part: usize, parts: usize) -> Self {
        Self {
            start: 2 * matrix.tile_bytes() + part * matrix.tile_bytes() / parts,
            step: size_of::<Line>().div_ceil(parts),
        }
    }

    /// Fetch for line `line` of `tile`.
    #[inline(always)]
    unsafe fn fetch<S: Simd, const V: usize>(self, tile: *const u8, line: usize) {
        if V > 1 {
            unsafe { S::prefetch(tile.wrapping_add(self.start + line * self.step)) };
        }
    }
}

/// A tile and a vector, and what to fetch meanwhile.
#[derive(Clone, Copy)]
struct Place {
    tile: usize,
    vector: usize,
    ahead: Ahead,
}

/// How one dtype's lines become sums.
trait Format {
    /// The sums of `T` tiles for `V` vectors, from those of `place` on.
    unsafe fn sums<S: Simd, const T: usize, const V: usize>(job: &Job, place: Place) -> [[S::F; V]; T];
}

/// Every tile for every vector.
#[inline(always)]
unsafe fn all<S: Simd, D: Format>(job: &Job, tiles: usize, vectors: usize) {
    unsafe {
        if vectors == 1 {
            // A single vector needs several tiles at once to keep the multipliers busy.
            let ahead = Ahead::new(job.matrix, 0, 1);
            match S::TILES {
                8 => sweep::<S, D, 8, 1>(job, 0..tiles, 0, ahead),
                4 => sweep::<S, D, 4, 1>(job, 0..tiles, 0, ahead),
                _ => sweep::<S, D, 1, 1>(job, 0..tiles, 0, ahead),
            }
            return;
        }
        // Several vectors share each read of a weight: from memory by going through two tiles at a time, from the near
        // cache by going through vectors in parts that fit into registers. There is time to fetch the next two tiles
        // meanwhile, which a processor doesn't foresee.
        let parts = parts(vectors).count();
        for first in (0..tiles).step_by(2) {
            let pair = first..tiles.min(first + 2);
            for (number, (vector, part)) in self::parts(vectors).enumerate() {
                let ahead = Ahead::new(job.matrix, number, parts);
                match part {
                    6 => sweep::<S, D, 1, 6>(job, pair.clone(), vector, ahead),
                    4 => sweep::<S, D, 1, 4>(job, pair.clone(), vector, ahead),
                    3 => sweep::<S, D, 2, 3>(job, pair.clone(), vector, ahead),
                    _ => sweep::<S, D, 2, 2>(job, pair.clone(), vector, ahead),
                }
            }
        }
    }
}

/// The parts of two or more vectors: where each begins, and how many it has.
fn parts(vectors: usize) -> impl Iterator<Item = (usize, usize)> {
    let mut begin = 0;
    std::iter::from_fn(move || {
        let part = (begin < vectors).then(|| (begin, part(vectors - begin)))?;
        begin += part.1;
        Some(part)
    })
}

/// How many of `left` vectors, two or more, to take next, so that a single one is never left.
const fn part(left: usize) -> usize {
    match left {
        2 => 2,
        3 | 5 => 3,
        4 | 7 | 8 | 11 => 4,
        _ => 6,
    }
}

/// `tiles` in blocks of `T`, the rest one by one.
#[inline(always)]
unsafe fn sweep<S: Simd, D: Format, const T: usize, const V: usize>(
    job: &Job,
    tiles: Range<usize>,
    vector: usize,
    ahead: Ahead,
) {
    unsafe {
        let mut tile = tiles.start;
        while tile + T <= tiles.end {
            block::<S, D, T, V>(job, Place { tile, vector, ahead });
            tile += T;
        }
        while tile < tiles.end {
            block::<S, D, 1, V>(job, Place { tile, vector, ahead });
            tile += 1;
        }
    }
}

#[inline(always)]
unsafe fn block<S: Simd, D: Format, const T: usize, const V: usize>(job: &Job, place: Place) {
    unsafe {
        let sums = D::sums::<S, T, V>(job, place);
        let stride = job.matrix.padded_rows();
        for (index, sums) in sums.iter().enumerate() {
            for (offset, &sum) in sums.iter().enumerate() {
                let output = (place.vector + offset) * stride + (place.tile + index) * LANES;
                S::store(job.outputs.add(output), sum);
            }
        }
    }
}

#[inline(always)]
fn each<T, const N: usize>(value: impl FnMut(usize) -> T) -> [T; N] {
    std::array::from_fn(value)
}

struct Float32;

impl Format for Float32 {
    #[inline(always)]
    unsafe fn sums<S: Simd, const T: usize, const V: usize>(job: &Job, place: Place) -> [[S::F; V]; T] {
        unsafe {
            let columns = job.matrix.columns;
            let weights: [*const f32; T] = each(|index| job.matrix.tile(place.tile + index).cast());
            let inputs: [*const f32; V] = each(|index| job.inputs.as_ptr().add((place.vector + index) * columns));
            let mut sums = [[S::splat(0.0); V]; T];
            for column in 0..columns {
                let inputs: [S::F; V] = each(|index| S::splat(*inputs[index].add(column)));
                for (&weights, sums) in weights.iter().zip(&mut sums) {
                    let weight = S::load(weights.add(column * LANES));
                    place.ahead.fetch::<S, V>(weights.cast(), column);
                    for (sum, input) in sums.iter_mut().zip(inputs) {
                        *sum = S::fma(weight, input, *sum);
                    }
                }
            }
            sums
        }
    }
}

struct Bfloat16;

impl Format for Bfloat16 {
    #[inline(always)]
    unsafe fn sums<S: Simd, const T: usize, const V: usize>(job: &Job, place: Place) -> [[S::F; V]; T] {
        unsafe {
            let columns = job.matrix.columns;
            let weights: [*const u8; T] = each(|index| job.matrix.tile(place.tile + index));
            let inputs: [*const f32; V] = each(|index| job.inputs.as_ptr().add((place.vector + index) * columns));
            let mut sums = [[S::splat(0.0); V]; T];
            for pair in 0..columns / 2 {
                for (&weights, sums) in weights.iter().zip(&mut sums) {
                    let first = S::bf16_first(weights.add(pair * 64));
                    place.ahead.fetch::<S, V>(weights, pair);
                    for (input, sum) in inputs.iter().zip(sums.iter_mut()) {
                        *sum = S::fma(first, S::splat(*input.add(2 * pair)), *sum);
                    }
                    let second = S::bf16_second(weights.add(pair * 64));
                    for (input, sum) in inputs.iter().zip(sums.iter_mut()) {
                        *sum = S::fma(second, S::splat(*input.add(2 * pair + 1)), *sum);
                    }
                }
            }
            if columns % 2 == 1 {
                for (weights, sums) in weights.iter().zip(&mut sums) {
                    let first = S::bf16_first(weights.add(columns / 2 * 64));
                    for (input, sum) in inputs.iter().zip(sums.iter_mut()) {
                        *sum = S::fma(first, S::splat(*input.add(columns - 1)), *sum);
                    }
                }
            }
            sums
        }
    }
}

struct Int8;

impl Format for Int8 {
    #[inline(always)]
    unsafe fn sums<S: Simd, const T: usize, const V: usize>(job: &Job, place: Place) -> [[S::F; V]; T] {
        unsafe {
            let tiles: [*const u8; T] = each(|index| job.matrix.tile(place.tile + index));
            let mut weights = tiles;
            let mut sums = [[S::splat(0.0); V]; T];
            for group in 0..job.quantised.groups {
                let inputs: [_; V] = each(|index| job.quantised.group(place.vector + index, group));
                let mut dots: [[S::I; V]; T] = [each(|index| S::dot_start(inputs[index].sum)); T];
                for quad in 0..GROUP / 4 {
                    for ((weights, tile), dots) in weights.iter().zip(tiles).zip(&mut dots) {
                        place.ahead.fetch::<S, V>(tile, group * (1 + GROUP / 4) + 1 + quad);
                        for (dot, input) in dots.iter_mut().zip(&inputs) {
                            *dot = S::dot(*dot, weights.add(64 + quad * 64), input.quads[quad]);
                        }
                    }
                }
                for index in 0..T {
                    let scale = S::load(weights[index].cast());
                    for (offset, input) in inputs.iter().enumerate() {
                        let scale = S::mul(scale, S::splat(input.scale));
                        sums[index][offset] = S::fma(S::float(dots[index][offset]), scale, sums[index][offset]);
                    }
                    weights[index] = weights[index].add(64 + GROUP / 4 * 64);
                }
            }
            sums
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::{Arena, Level};
    use proptest::prelude::*;

    /// The definition, one output at a time.
    fn plain(matrix: &Matrix, row: usize, input: &[f32]) -> f32 {
        let mut weights = vec![0.0; matrix.columns];
        matrix.copy_row(row, &mut weights);
        if matrix.dtype != Dtype::Int8 {
            return weights
                .iter()
                .zip(input)
                .fold(0.0f32, |sum, (weight, input)| weight.mul_add(*input, sum));
        }
        weights
            .chunks(GROUP)
            .zip(input.chunks(GROUP))
            .fold(0.0f32, |sum, (weights, input)| {
                let quantise = |values: &[f32]| {
                    let highest = values.iter().fold(0f32, |highest, value| highest.max(value.abs()));
                    let inverse = if highest > 0.0 { 127.0 / highest } else { 0.0 };
                    let whole = move |value: &f32| (value * inverse).round_ties_even() as i32;
                    (values.iter().map(whole).collect::<Vec<_>>(), highest / 127.0)
                };
                let (input, input_scale) = quantise(input);
                // Weights that were quantised before quantise to the same numbers again.
                let (weights, weight_scale) = quantise(weights);
                let dot: i32 = weights.iter().zip(&input).map(|(weight, input)| weight * input).sum();
                (dot as f32).mul_add(weight_scale * input_scale, sum)
            })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn every_level_and_grouping_gives_the_plain_sum(
            rows in 1usize..150, columns in 1usize..150, vectors in 1usize..15, seed in any::<u64>()
        ) {
            let number = |index: usize| (crate::random::uniform(seed, 0, index as u64) - 0.5) as f32;
            let weights: Vec<f32> = (0..rows * columns).map(number).collect();
            let inputs: Vec<f32> = (0..vectors * columns).map(|index| number(index + 100_000)).collect();
            for dtype in [Dtype::Float32, Dtype::Bfloat16, Dtype::Int8] {
                let matrix = Matrix::pack(&weights, columns, dtype, &Arena::new(0));
                let mut first: Option<Vec<f32>> = None;
                for level in Level::available() {
                    let mut outputs = vec![f32::NAN; vectors * matrix.padded_rows()];
                    multiply(level, &matrix, &inputs, &mut Quantised::default(), &mut outputs);
                    for (input, outputs) in inputs.chunks_exact(columns).zip(outputs.chunks_exact(matrix.padded_rows())) {
                        for (row, output) in outputs[..rows].iter().enumerate() {
                            let plain = plain(&matrix, row, input);
                            // Recovering an int8 scale from its row can be off by a rounding.
                            let slack = if dtype == Dtype::Int8 { 1e-5 } else { 0.0 };
                            prop_assert!((output - plain).abs() <= slack, "{:?} {:?}: {} {}", level, dtype, output, plain);
                        }
                    }
                    let first = first.get_or_insert_with(|| outputs.clone());
                    prop_assert!(first.iter().zip(&outputs).all(|(a, b)| a.to_bits() == b.to_bits()));
                }
            }
        }
    }
}
