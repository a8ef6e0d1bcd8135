//! Attention of one query over the positions in the cache.

use super::elementwise::softmax_weights_body;
use super::kernel;
use super::lanes::{LANES, fused, load};

/// The keys and values of one key-value head.
///
/// Keys lie in tiles of sixteen positions, as the rows of a weight matrix do, so that sixteen scores are computed side
/// by side; a value is a row of `head_dim` numbers, padded to a multiple of sixteen.
pub struct Heads {
    keys: Vec<f32>,
    values: Vec<f32>,
    head_dim: usize,
    length: usize,
}

impl Heads {
    pub fn new(head_dim: usize) -> Self {
        Self {
            keys: Vec::new(),
            values: Vec::new(),
            head_dim,
            length: 0,
        }
    }

    /// Make room for `positions` in all.
    pub fn reserve(&mut self, positions: usize) {
        let padded = positions.next_multiple_of(LANES);
        self.keys
            .reserve_exact((padded * self.head_dim).saturating_sub(self.keys.len()));
        let size = padded * self.head_dim.next_multiple_of(LANES);
        self.values.reserve_exact(size.saturating_sub(self.values.len()));
    }

    /// Append a position.
    pub fn push(&mut self, key: &[f32], value: &[f32]) {
        let lane = self.length % LANES;
        if lane == 0 {
            self.keys.resize(self.keys.len() + LANES * self.head_dim, 0.0);
        }
        let begin = self.keys.len() - LANES * self.head_dim;
        for (index, &number) in key.iter().enumerate() {
            self.keys[begin + index * LANES + lane] = number;
        }
        self.values.extend_from_slice(value);
        self.values
            .resize((self.length + 1) * self.head_dim.next_multiple_of(LANES), 0.0);
        self.length += 1;
    }

    /// Forget all positions from `length` on.
    pub fn truncate(&mut self, length: usize) {
        self.length = self.length.min(length);
        self.keys.truncate(self.length.next_multiple_of(LANES) * self.head_dim);
        self.values
            .truncate(self.length * self.head_dim.next_multiple_of(LANES));
    }
}

kernel! {
    /// Scaled dot-product attention of `query` over the first `positions` of `heads`, to `output`.
    ///
    /// A score adds its terms from number 0 of the head up, an output from position 0 up. `scratch` holds the scores.
    pub fn attend(heads: &Heads, positions: usize, query: &[f32], scratch: &mut Vec<f32>, output: &mut [f32]) = body
}

#[inline(always)]
fn body(heads: &Heads, positions: usize, query: &[f32], scratch: &mut Vec<f32>, output: &mut [f32]) {
    let head_dim = heads.head_dim;
    scratch.clear();
    for tile in heads
        .keys
        .chunks_exact(LANES * head_dim)
        .take(positions.div_ceil(LANES))
    {
        let mut sums = [0.0; LANES];
        for (index, &number) in query.iter().enumerate() {
            sums = fused(load(&tile[index * LANES..]), [number; LANES], sums);
        }
        scratch.extend_from_slice(&sums);
    }
    scratch[positions..].fill(f32::NEG_INFINITY);
    let total = softmax_weights_body(scratch, 1.0 / (head_dim as f32).sqrt());
    let stride = head_dim.next_multiple_of(LANES);
    for (chunk, output) in output.chunks_mut(LANES).enumerate() {
        let mut sums = [0.0; LANES];
        for (position, &weight) in scratch[..positions].iter().enumerate() {
            sums = fused(
                load(&heads.values[position * stride + chunk * LANES..]),
                [weight; LANES],
                sums,
            );
        }
        for (output, sum) in output.iter_mut().zip(sums) {
            *output = sum / total;
        }
    }
}
