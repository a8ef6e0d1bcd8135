//! Inputs of int8 products: groups of 64 numbers with a scale.

use super::matrix::{GROUP, TINY};
use super::simd::{LANES, Simd, highest};

/// Vectors, quantised; the memory is kept for the next ones.
#[derive(Default)]
pub struct Quantised {
    /// Groups in a vector; the last one is filled up with zeros.
    pub groups: usize,
    all: Vec<Group>,
}

/// 64 numbers: whole ones from -127 to 127, four in an int32 as they lie in memory, times a scale.
#[derive(Clone, Copy)]
pub struct Group {
    pub quads: [i32; GROUP / 4],
    pub scale: f32,
    pub sum: i32,
}

impl Quantised {
    #[inline(always)]
    pub fn group(&self, vector: usize, group: usize) -> &Group {
        &self.all[vector * self.groups + group]
    }

    /// Quantise `inputs`, shape `[n, columns]`.
    ///
    /// # Safety
    ///
    /// The processor has what `S` needs.
    #[inline(always)]
    pub unsafe fn fill<S: Simd>(&mut self, inputs: &[f32], columns: usize) {
        self.groups = columns.div_ceil(GROUP);
        self.all.clear();
        for input in inputs.chunks_exact(columns) {
            let (groups, rest) = input.as_chunks::<GROUP>();
            for group in groups {
                self.all.push(unsafe { quantise::<S>(group) });
            }
            if !rest.is_empty() {
                let mut last = [0.0; GROUP];
                last[..rest.len()].copy_from_slice(rest);
                self.all.push(unsafe { quantise::<S>(&last) });
            }
        }
    }
}

#[inline(always)]
unsafe fn quantise<S: Simd>(values: &[f32; GROUP]) -> Group {
    unsafe {
        let parts: [S::F; GROUP / LANES] = std::array::from_fn(|part| S::load(values.as_ptr().add(part * LANES)));
        let zero = S::splat(0.0);
        let largest = parts
            .iter()
            .fold(zero, |largest, &part| S::max(largest, S::max(part, S::sub(zero, part))));
        let largest = highest::<S>(largest);
        let inverse = S::splat(if largest > TINY { 127.0 / largest } else { 0.0 });
        let mut bytes = [0i8; GROUP];
        for (part, &value) in parts.iter().enumerate() {
            S::store_i8(bytes.as_mut_ptr().add(part * LANES), S::mul(value, inverse));
        }
        let quads = std::array::from_fn(|quad| bytes.as_ptr().add(4 * quad).cast::<i32>().read_unaligned());
        Group {
            quads,
            scale: largest / 127.0,
            sum: bytes.iter().map(|&byte| i32::from(byte)).sum(),
        }
    }
}
