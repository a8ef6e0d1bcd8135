//! Matrix products with the weights.

use super::kernel;
use super::lanes::{LANES, Lanes, fused, load};

/// A weight matrix, packed so that sixteen outputs are computed side by side.
///
/// Rows are outputs. Sixteen rows make a tile; a tile holds the sixteen weights of column 0, then of column 1, and so
/// on. Rows that are missing in the last tile are zeros.
pub struct Matrix {
    pub rows: usize,
    pub columns: usize,
    tiles: Vec<f32>,
}

impl Matrix {
    /// Pack `values`, shape `[rows, columns]`.
    pub fn pack(values: &[f32], columns: usize) -> Self {
        let rows = values.len() / columns;
        let mut tiles = vec![0.0; rows.next_multiple_of(LANES) * columns];
        for (tile, block) in tiles
            .chunks_exact_mut(LANES * columns)
            .zip(values.chunks(LANES * columns))
        {
            for (lane, row) in block.chunks_exact(columns).enumerate() {
                for (column, &value) in row.iter().enumerate() {
                    tile[column * LANES + lane] = value;
                }
            }
        }
        Self { rows, columns, tiles }
    }

    /// Rows with the padding of the last tile: the length of one output vector.
    pub fn padded_rows(&self) -> usize {
        self.rows.next_multiple_of(LANES)
    }

    /// Copy row `row` to `output`.
    pub fn copy_row(&self, row: usize, output: &mut [f32]) {
        let tile = &self.tiles[row / LANES * LANES * self.columns..];
        for (column, value) in output.iter_mut().enumerate() {
            *value = tile[column * LANES + row % LANES];
        }
    }
}

kernel! {
    /// For each vector of `inputs` (shape `[n, columns]`) its product with the matrix, to `outputs` (shape
    /// `[n, padded_rows]`). Each output adds its terms from column 0 up.
    pub fn multiply(matrix: &Matrix, inputs: &[f32], outputs: &mut [f32]) = body
}

#[inline(always)]
fn body(matrix: &Matrix, inputs: &[f32], outputs: &mut [f32]) {
    let (columns, stride) = (matrix.columns, matrix.padded_rows());
    let vectors = inputs.len() / columns;
    assert!(outputs.len() >= vectors * stride);
    let mut vector = 0;
    // Several vectors share each read of a weight; a single one needs several tiles to keep the multipliers busy.
    while vector + 4 <= vectors {
        sweep::<1, 4>(matrix, &inputs[vector * columns..], &mut outputs[vector * stride..]);
        vector += 4;
    }
    while vector < vectors {
        sweep::<4, 1>(matrix, &inputs[vector * columns..], &mut outputs[vector * stride..]);
        vector += 1;
    }
}

/// All rows for the first `VECTORS` vectors, `TILES` tiles at a time.
#[inline(always)]
fn sweep<const TILES: usize, const VECTORS: usize>(matrix: &Matrix, inputs: &[f32], outputs: &mut [f32]) {
    let tiles = matrix.padded_rows() / LANES;
    let mut tile = 0;
    while tile + TILES <= tiles {
        block::<TILES, VECTORS>(matrix, tile, inputs, outputs);
        tile += TILES;
    }
    while tile < tiles {
        block::<1, VECTORS>(matrix, tile, inputs, outputs);
        tile += 1;
    }
}

#[inline(always)]
fn block<const TILES: usize, const VECTORS: usize>(matrix: &Matrix, tile: usize, inputs: &[f32], outputs: &mut [f32]) {
    let (columns, stride) = (matrix.columns, matrix.padded_rows());
    let weights: [&[f32]; TILES] =
        std::array::from_fn(|index| &matrix.tiles[(tile + index) * LANES * columns..][..LANES * columns]);
    let vectors: [&[f32]; VECTORS] = std::array::from_fn(|index| &inputs[index * columns..][..columns]);
    let mut sums: [[Lanes; VECTORS]; TILES] = [[[0.0; LANES]; VECTORS]; TILES];
    for column in 0..columns {
        for index in 0..TILES {
            let weight = load(&weights[index][column * LANES..]);
            for vector in 0..VECTORS {
                sums[index][vector] = fused(weight, [vectors[vector][column]; LANES], sums[index][vector]);
            }
        }
    }
    for index in 0..TILES {
        for vector in 0..VECTORS {
            outputs[vector * stride + (tile + index) * LANES..][..LANES].copy_from_slice(&sums[index][vector]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::Level;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_level_and_grouping_gives_the_plain_sum(
            rows in 1usize..90, columns in 1usize..40, vectors in 1usize..11, seed in any::<u64>()
        ) {
            let number = |index: usize| (crate::random::uniform(seed, 0, index as u64) - 0.5) as f32;
            let weights: Vec<f32> = (0..rows * columns).map(number).collect();
            let inputs: Vec<f32> = (0..vectors * columns).map(|index| number(index + 100_000)).collect();
            let matrix = Matrix::pack(&weights, columns);
            for level in Level::available() {
                let mut outputs = vec![f32::NAN; vectors * matrix.padded_rows()];
                multiply(level, &matrix, &inputs, &mut outputs);
                for vector in 0..vectors {
                    for row in 0..rows {
                        let plain = (0..columns).fold(0.0f32, |sum, column| {
                            weights[row * columns + column].mul_add(inputs[vector * columns + column], sum)
                        });
                        prop_assert_eq!(outputs[vector * matrix.padded_rows() + row].to_bits(), plain.to_bits());
                    }
                }
            }
        }
    }

    #[test]
    fn rows_come_back() {
        let values: Vec<f32> = (0..21 * 5).map(|value| value as f32).collect();
        let matrix = Matrix::pack(&values, 5);
        let mut row = [0.0; 5];
        matrix.copy_row(18, &mut row);
        assert_eq!(row, values[18 * 5..19 * 5]);
    }
}
