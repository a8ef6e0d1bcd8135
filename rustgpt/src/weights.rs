//! `model.safetensors`: named tensors, each checked for shape, type and finite numbers before it is used.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use safetensors::Dtype;
use safetensors::tensor::Metadata;

use crate::error::{Error, Result};

const MAX_HEADER_BYTES: u64 = 16 << 20;
/// Bytes to read at once: what is read is converted and checked while it is in the near cache.
const PIECE: usize = 1 << 17;

/// An open weights file whose header agrees with its size.
pub struct Weights {
    path: PathBuf,
    file: File,
    metadata: Metadata,
    /// Where the tensors' bytes begin.
    start: u64,
}

impl Weights {
    /// Open `model.safetensors` in `folder` and check its header; nothing else is read.
    pub fn open(folder: &Path) -> Result<Self> {
        let path = folder.join("model.safetensors");
        let fail = |error: std::io::Error| Error::unreadable(&path, &error);
        let mut file = File::open(&path).map_err(fail)?;
        let size = file.metadata().map_err(fail)?.len();
        let mut length = [0; 8];
        file.read_exact(&mut length)
            .map_err(|_| Error::damaged(&path, format!("it has only {size} bytes")))?;
        let length = u64::from_le_bytes(length);
        if length > MAX_HEADER_BYTES || length > size - 8 {
            return Err(Error::damaged(
                &path,
                format!("its header claims {length} of {size} bytes"),
            ));
        }
        let mut header = vec![0; length as usize];
        file.read_exact(&mut header)
            .map_err(|error| Error::damaged(&path, error))?;
        let metadata: Metadata = serde_json::from_slice(&header)
            .map_err(|error| Error::damaged(&path, format!("its header is wrong: {error}")))?;
        let start = 8 + length;
        let told = start.saturating_add(metadata.data_len() as u64);
        if told != size {
            return Err(Error::damaged(
                &path,
                format!("it has {size} bytes and its header tells of {told}"),
            ));
        }
        Ok(Self {
            path,
            file,
            metadata,
            start,
        })
    }

    /// The size of the file.
    pub fn bytes(&self) -> u64 {
        self.start + self.metadata.data_len() as u64
    }

    /// Append the tensor called `name` as float32, row after row, to `values`.
    pub fn read(&mut self, name: &str, shape: &[usize], values: &mut Vec<f32>) -> Result<()> {
        let damaged = |what: String| Error::damaged(&self.path, what);
        let info = self
            .metadata
            .info(name)
            .ok_or_else(|| damaged(format!("{name} is missing")))?;
        if info.shape != shape {
            return Err(damaged(format!(
                "{name} has shape {:?}; config.json asks for {shape:?}",
                info.shape
            )));
        }
        let convert: fn(&[u8], &mut Vec<f32>) = match info.dtype {
            Dtype::F32 => |bytes, values| append(bytes, values, f32::from_le_bytes),
            Dtype::BF16 => |bytes, values| {
                append(bytes, values, |pair| {
                    f32::from_bits(u32::from(u16::from_le_bytes(pair)) << 16)
                });
            },
            Dtype::F16 => |bytes, values| append(bytes, values, |pair| half_to_float(u16::from_le_bytes(pair))),
            other => return Err(damaged(format!("{name} holds {other:?}; F32, BF16 and F16 are known"))),
        };
        // The header's offsets were checked against the shapes and the file's size, so this allocates no more than
        // the file holds.
        let (begin, end) = info.data_offsets;
        let failed = |error: std::io::Error| damaged(format!("{name} can't be read: {error}"));
        self.file
            .seek(SeekFrom::Start(self.start + begin as u64))
            .map_err(failed)?;
        values.reserve(shape.iter().product());
        let mut piece = vec![0; PIECE.min(end - begin)];
        let mut left = end - begin;
        while left > 0 {
            let piece = &mut piece[..PIECE.min(left)];
            self.file.read_exact(piece).map_err(failed)?;
            let before = values.len();
            convert(piece, values);
            if !values[before..]
                .iter()
                .fold(true, |finite, value| finite & value.is_finite())
            {
                return Err(damaged(format!("{name} holds numbers that are infinite or none")));
            }
            left -= piece.len();
        }
        Ok(())
    }
}

fn append<const N: usize>(bytes: &[u8], values: &mut Vec<f32>, convert: impl Fn([u8; N]) -> f32) {
    values.extend(bytes.as_chunks::<N>().0.iter().map(|&chunk| convert(chunk)));
}

/// IEEE 754 binary16 to binary32; exact.
fn half_to_float(half: u16) -> f32 {
    let sign = u32::from(half & 0x8000) << 16;
    let magnitude = u32::from(half & 0x7fff);
    match magnitude >> 10 {
        // A subnormal half is a whole multiple of 2^-24.
        0 => f32::from_bits(sign | (magnitude as f32 * 2f32.powi(-24)).to_bits()),
        31 => f32::from_bits(sign | 0x7f80_0000 | (magnitude & 0x3ff) << 13),
        _ => f32::from_bits(sign | ((magnitude << 13) + ((127 - 15) << 23))),
    }
}

#[cfg(test)]
mod tests {
    use super::half_to_float;

    #[test]
    fn halves_convert_exactly() {
        for (half, float) in [
            (0x0000, 0.0),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x0001, 2f32.powi(-24)),
            (0x83ff, -1023.0 * 2f32.powi(-24)),
            (0x0400, 2f32.powi(-14)),
            (0x7c00, f32::INFINITY),
        ] {
            assert_eq!(half_to_float(half).to_bits(), float.to_bits(), "{half:#06x}");
        }
        assert!(half_to_float(0x7e00).is_nan());
    }
}
