//! Attention of one token over the positions in a cache.

use std::sync::Arc;

use super::elementwise::softmax_weights_body;
use super::kernel;
use super::simd::{LANES, Simd};
use crate::cache::{Block, Place};

/// Tiles of keys to go through at once: enough to hide the latency of multiply-adds.
const TILES: usize = 4;

kernel! {
    /// Scaled dot-product attention of `query` over the first `positions` of `blocks`, to `output`.
    ///
    /// A score adds its terms from number 0 of the head up, an output from position 0 up. `scores` is memory.
    pub fn attend(
        blocks: &[Arc<Block>], place: Place, positions: usize, query: &[f32], scores: &mut Vec<f32>, output: &mut [f32],
    ) = body
}

#[inline(always)]
fn body<S: Simd>(
    blocks: &[Arc<Block>],
    place: Place,
    positions: usize,
    query: &[f32],
    scores: &mut Vec<f32>,
    output: &mut [f32],
) {
    let blocks = &blocks[..positions.div_ceil(LANES)];
    assert!(query.len() == place.head_dim && output.len() == place.head_dim);
    scores.resize(blocks.len() * LANES, 0.0);
    // SAFETY: the level of `S` was detected; `scores` has sixteen numbers for each block; a block has `head_dim` lines
    // of keys and sixteen rows of values.
    unsafe {
        let mut done = 0;
        while done + TILES <= blocks.len() {
            score::<S, TILES>(&blocks[done..], place, query, scores.as_mut_ptr().add(done * LANES));
            done += TILES;
        }
        if done + 2 <= blocks.len() {
            score::<S, 2>(&blocks[done..], place, query, scores.as_mut_ptr().add(done * LANES));
            done += 2;
        }
        if done < blocks.len() {
            score::<S, 1>(&blocks[done..], place, query, scores.as_mut_ptr().add(done * LANES));
        }
        scores[positions..].fill(f32::NEG_INFINITY);
        let total = softmax_weights_body::<S>(scores, 1.0 / (place.head_dim as f32).sqrt());
        let chunks = place.head_dim.div_ceil(LANES);
        let mut chunk = 0;
        while chunk + 4 <= chunks {
            mix::<S, 4>(
                blocks,
                place,
                chunk,
                &scores[..positions],
                total,
                &mut output[chunk * LANES..],
            );
            chunk += 4;
        }
        while chunk < chunks {
            mix::<S, 1>(
                blocks,
                place,
                chunk,
                &scores[..positions],
                total,
                &mut output[chunk * LANES..],
            );
            chunk += 1;
        }
    }
}

/// Products of `query` with the keys of the first `T` blocks.
#[inline(always)]
unsafe fn score<S: Simd, const T: usize>(blocks: &[Arc<Block>], place: Place, query: &[f32], scores: *mut f32) {
    unsafe {
        let keys: [*const f32; T] = std::array::from_fn(|index| blocks[index].keys(place).as_ptr());
        // Values lie behind the keys and are needed next, which a processor doesn't foresee.
        let size = LANES * place.head_dim;
        let mut sums = [S::splat(0.0); T];
        for (number, &query) in query.iter().enumerate() {
            let query = S::splat(query);
            for (sum, keys) in sums.iter_mut().zip(&keys) {
                let keys = keys.add(number * LANES);
                S::prefetch(keys.wrapping_add(size).cast());
                *sum = S::fma(S::load(keys), query, *sum);
            }
        }
        for (index, sum) in sums.into_iter().enumerate() {
            S::store(scores.add(index * LANES), sum);
        }
    }
}

/// The weighted mean of the values, in `C` chunks of sixteen numbers from `chunk` on.
#[inline(always)]
unsafe fn mix<S: Simd, const C: usize>(
    blocks: &[Arc<Block>],
    place: Place,
    chunk: usize,
    weights: &[f32],
    total: f32,
    output: &mut [f32],
) {
    unsafe {
        let mut sums = [S::splat(0.0); C];
        for (block, weights) in blocks.iter().zip(weights.chunks(LANES)) {
            let values = block.values(place).as_ptr().add(chunk * LANES);
            for (row, &weight) in weights.iter().enumerate() {
                let weight = S::splat(weight);
                for (index, sum) in sums.iter_mut().enumerate() {
                    let values = values.add(row * place.padded() + index * LANES);
                    *sum = S::fma(S::load(values), weight, *sum);
                }
            }
        }
        for (sum, output) in sums.into_iter().zip(output.chunks_mut(LANES)) {
            let mut lanes = [0.0; LANES];
            S::store(lanes.as_mut_ptr(), S::div(sum, S::splat(total)));
            output.copy_from_slice(&lanes[..output.len()]);
        }
    }
}
