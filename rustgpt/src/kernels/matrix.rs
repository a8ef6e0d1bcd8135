//! Weight matrices, packed once when a model is loaded.

use super::memory::{Arena, Line, Lines};
use super::simd::LANES;
use crate::error::{Error, Result};

/// Columns that share a scale in int8.
pub const GROUP: usize = 64;

/// Groups whose largest number is smaller are zeros in int8; an inverse can't overflow.
pub const TINY: f32 = 1e-30;

/// What weights are kept in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dtype {
    Float32,
    /// Rounded to nearest, half to even; multiplied and summed in float32.
    Bfloat16,
    /// Groups of 64 columns with a float32 scale each, row by row; inputs are quantised in the same way.
    Int8,
}

impl Dtype {
    /// The one called `name`: float32, bfloat16 or int8.
    pub fn named(name: &str) -> Result<Self> {
        match name {
            "float32" => Ok(Self::Float32),
            "bfloat16" => Ok(Self::Bfloat16),
            "int8" => Ok(Self::Int8),
            _ => Err(Error::usage(
                format!("there is no dtype {name}"),
                "use float32, bfloat16 or int8",
            )),
        }
    }

    /// How many lines a matrix takes.
    pub fn lines(self, rows: usize, columns: usize) -> usize {
        let per_tile = match self {
            Self::Float32 => columns,
            Self::Bfloat16 => columns.div_ceil(2),
            Self::Int8 => columns.div_ceil(GROUP) * (1 + GROUP / 4),
        };
        rows.div_ceil(LANES) * per_tile
    }
}

/// A matrix of weights; rows are outputs.
///
/// Sixteen rows make a tile, so that sixteen outputs are computed side by side; missing rows of the last tile are zeros.
/// A tile is a run of lines, one for each step of the kernels:
///
/// - float32: the sixteen weights of column 0, of column 1, …
/// - bfloat16: columns 0 and 1 of row 0, of row 1, …; then columns 2 and 3 of each row, …
/// - int8: for each group, the sixteen rows' scales; then columns 0 to 3 of row 0, of row 1, …; columns 4 to 7, …
pub struct Matrix {
    pub rows: usize,
    pub columns: usize,
    pub dtype: Dtype,
    lines: Lines,
}

impl Matrix {
    /// Pack finite `values`, shape `[rows, columns]`, into a part of `arena`.
    pub fn pack(values: &[f32], columns: usize, dtype: Dtype, arena: &Arena) -> Self {
        let rows = values.len() / columns;
        let mut lines = arena.lines(dtype.lines(rows, columns));
        let zeros = vec![0.0; columns];
        let tiles = lines.chunks_exact_mut(dtype.lines(1, columns));
        for (tile, block) in tiles.zip(values.chunks(LANES * columns)) {
            let mut rows: [&[f32]; LANES] = [&zeros; LANES];
            for (row, values) in rows.iter_mut().zip(block.chunks_exact(columns)) {
                *row = values;
            }
            match dtype {
                Dtype::Float32 => float32_tile(&rows, tile),
                Dtype::Bfloat16 => bfloat16_tile(&rows, tile),
                Dtype::Int8 => {
                    for (group, lines) in tile.chunks_exact_mut(1 + GROUP / 4).enumerate() {
                        let range = group * GROUP..columns.min((group + 1) * GROUP);
                        int8_group(&rows.map(|row| &row[range.clone()]), lines);
                    }
                }
            }
        }
        Self {
            rows,
            columns,
            dtype,
            lines,
        }
    }

    fn lines_per_tile(&self) -> usize {
        self.dtype.lines(1, self.columns)
    }

    /// Rows with the padding of the last tile: the length of an output vector.
    pub fn padded_rows(&self) -> usize {
        self.rows.next_multiple_of(LANES)
    }

    /// How far a tile is from the next one.
    pub fn tile_bytes(&self) -> usize {
        self.lines_per_tile() * size_of::<Line>()
    }

    /// Where tile `tile` begins; `lines_per_tile()` lines are there.
    pub fn tile(&self, tile: usize) -> *const u8 {
        self.lines[tile * self.lines_per_tile()..][..self.lines_per_tile()]
            .as_ptr()
            .cast()
    }

    /// Copy row `row` to `output`.
    pub fn copy_row(&self, row: usize, output: &mut [f32]) {
        let tile = &self.lines[row / LANES * self.lines_per_tile()..][..self.lines_per_tile()];
        let (lane, output) = (row % LANES, &mut output[..self.columns]);
        match self.dtype {
            Dtype::Float32 => {
                for (line, output) in tile.iter().zip(output) {
                    *output = line.float(lane);
                }
            }
            Dtype::Bfloat16 => {
                for (line, output) in tile.iter().zip(output.chunks_mut(2)) {
                    let pair = u32::from_ne_bytes(line.0[lane]);
                    for (output, bits) in output.iter_mut().zip([pair << 16, pair & 0xffff_0000]) {
                        *output = f32::from_bits(bits);
                    }
                }
            }
            Dtype::Int8 => {
                for (group, output) in tile.chunks_exact(1 + GROUP / 4).zip(output.chunks_mut(GROUP)) {
                    let scale = group[0].float(lane);
                    for (index, output) in output.iter_mut().enumerate() {
                        let quantised = group[1 + index / 4].0[lane][index % 4] as i8;
                        *output = f32::from(quantised) * scale;
                    }
                }
            }
        }
    }
}

impl Line {
    fn of(part: impl FnMut(usize) -> [u8; 4]) -> Self {
        Self(std::array::from_fn(part))
    }

    fn float(&self, lane: usize) -> f32 {
        f32::from_ne_bytes(self.0[lane])
    }
}

fn float32_tile(rows: &[&[f32]; LANES], tile: &mut [Line]) {
    for (column, line) in tile.iter_mut().enumerate() {
        *line = Line::of(|lane| rows[lane][column].to_ne_bytes());
    }
}

fn bfloat16_tile(rows: &[&[f32]; LANES], tile: &mut [Line]) {
    for (pair, line) in tile.iter_mut().enumerate() {
        *line = Line::of(|lane| {
            let first = bfloat16(rows[lane][2 * pair]);
            let second = rows[lane].get(2 * pair + 1).map_or(0, |&value| bfloat16(value));
            // As the kernels see it: one number of 32 bits, the first column in its lower half.
            (u32::from(first) | u32::from(second) << 16).to_ne_bytes()
        });
    }
}

/// The nearest bfloat16, half to even; what is beyond them all is the outermost one.
pub fn bfloat16(value: f32) -> u16 {
    let bits = value.to_bits();
    let rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
    let rounded = if rounded & 0x7fff == 0x7f80 {
        rounded - 1
    } else {
        rounded
    };
    rounded as u16
}

/// The scales of a group of columns, then its quantised weights.
fn int8_group(rows: &[&[f32]; LANES], lines: &mut [Line]) {
    let highest = rows.map(|row| row.iter().fold(0f32, |highest, value| highest.max(value.abs())));
    let inverses = highest.map(|highest| if highest > TINY { 127.0 / highest } else { 0.0 });
    lines[0] = Line::of(|lane| (highest[lane] / 127.0).to_ne_bytes());
    for (quad, line) in lines[1..].iter_mut().enumerate() {
        *line = Line::of(|lane| {
            std::array::from_fn(|index| {
                let value = rows[lane].get(4 * quad + index).copied().unwrap_or(0.0);
                whole(value * inverses[lane])
            })
        });
    }
}

/// The nearest whole number to one from -127.5 to 127.5, half to even, as an int8: far out, where floats are a whole
/// number apart, the lowest bits of one are that number. Processors without an instruction for rounding would be slow.
fn whole(value: f32) -> u8 {
    const FAR: f32 = 1.5 * (1 << 23) as f32;
    (value + FAR).to_bits() as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn whole_numbers_are_the_nearest(value in -127.5f32..127.5, halves in -254i16..=254) {
            for value in [value, f32::from(halves) / 2.0] {
                prop_assert_eq!(whole(value) as i8, value.round_ties_even() as i8);
            }
        }

        #[test]
        fn rows_come_back(rows in 1usize..40, columns in 1usize..150, seed in any::<u64>()) {
            let values: Vec<f32> =
                (0..rows * columns).map(|index| crate::random::uniform(seed, 0, index as u64) as f32 - 0.5).collect();
            for (dtype, error) in [(Dtype::Float32, 0.0), (Dtype::Bfloat16, 0.5 / 256.0), (Dtype::Int8, 0.5 / 254.0)] {
                let matrix = Matrix::pack(&values, columns, dtype, &Arena::new(0));
                let mut row = vec![0.0; columns];
                for (index, expected) in values.chunks_exact(columns).enumerate() {
                    matrix.copy_row(index, &mut row);
                    prop_assert!(row.iter().zip(expected).all(|(a, b)| (a - b).abs() <= error * 1.001));
                }
            }
        }

        #[test]
        fn bfloat16_is_the_nearest(value in any::<f32>()) {
            prop_assume!(value.is_finite());
            let rounded = bfloat16(value);
            let widened = |bits: u16| f64::from(f32::from_bits(u32::from(bits) << 16));
            let error = (widened(rounded) - f64::from(value)).abs();
            for other in [rounded.wrapping_add(1), rounded.wrapping_sub(1)] {
                let distance = (widened(other) - f64::from(value)).abs();
                // Beyond the outermost one is no number; of two that are equally near the even one is taken.
                let nearer = distance < error || distance == error && rounded & 1 == 1;
                prop_assert!(!nearer);
            }
        }
    }
}
