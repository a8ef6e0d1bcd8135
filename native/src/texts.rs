//! Texts from Python without a copy: strings, or the buffers of an Arrow column.

use pyo3::buffer::PyBuffer;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;

/// Many texts, borrowed from Python.
#[pyclass(module = "tinytales._native", frozen)]
pub struct Texts {
    source: Source,
    bytes: usize,
}

enum Source {
    Strings(Vec<PyBackedStr>),
    Column {
        data: PyBuffer<u8>,
        bounds: Vec<(usize, usize)>,
    },
}

#[pymethods]
impl Texts {
    #[new]
    fn new(texts: Vec<PyBackedStr>) -> Self {
        let bytes = texts.iter().map(|text| text.len()).sum();
        Self {
            source: Source::Strings(texts),
            bytes,
        }
    }

    /// `offsets` has one value more than there are texts; bit `first + i` of `valid` says whether text i is there, and
    /// those that aren't are left out.
    #[staticmethod]
    #[pyo3(signature = (data, offsets, valid, first))]
    fn from_column(
        py: Python<'_>,
        data: PyBuffer<u8>,
        offsets: PyBuffer<i64>,
        valid: Option<PyBuffer<u8>>,
        first: usize,
    ) -> PyResult<Self> {
        let damaged = || PyValueError::new_err("the column is damaged: its buffers don't fit together");
        if !data.readonly() || !data.is_c_contiguous() || !offsets.is_c_contiguous() {
            return Err(damaged());
        }
        let offsets = offsets.to_vec(py)?;
        let valid = valid.map(|valid| valid.to_vec(py)).transpose()?;
        let bytes = contiguous(&data);
        let mut bounds = Vec::with_capacity(offsets.len().saturating_sub(1));
        for (index, pair) in offsets.windows(2).enumerate() {
            if let Some(bits) = &valid {
                let bit = first.checked_add(index).ok_or_else(damaged)?;
                if bits.get(bit / 8).ok_or_else(damaged)? >> (bit % 8) & 1 == 0 {
                    continue;
                }
            }
            let (Ok(start), Ok(end)) = (usize::try_from(pair[0]), usize::try_from(pair[1])) else {
                return Err(damaged());
            };
            let text = bytes.get(start..end).ok_or_else(damaged)?;
            if std::str::from_utf8(text).is_err() {
                return Err(PyValueError::new_err("the column is damaged: it isn't UTF-8"));
            }
            bounds.push((start, end));
        }
        let bytes = bounds.iter().map(|(start, end)| end - start).sum();
        Ok(Self {
            source: Source::Column { data, bounds },
            bytes,
        })
    }

    #[getter]
    fn bytes(&self) -> usize {
        self.bytes
    }

    fn __len__(&self) -> usize {
        match &self.source {
            Source::Strings(texts) => texts.len(),
            Source::Column { bounds, .. } => bounds.len(),
        }
    }
}

impl Texts {
    /// The texts. Needs no GIL.
    pub fn to_strs(&self) -> Vec<&str> {
        match &self.source {
            Source::Strings(texts) => texts.iter().map(|text| &**text).collect(),
            Source::Column { data, bounds } => {
                let data = contiguous(data);
                // SAFETY: all of them were UTF-8 when they came, and nobody writes to an Arrow buffer.
                bounds
                    .iter()
                    .map(|&(start, end)| unsafe { std::str::from_utf8_unchecked(&data[start..end]) })
                    .collect()
            }
        }
    }
}

/// The bytes of a read-only, contiguous buffer.
fn contiguous(buffer: &PyBuffer<u8>) -> &[u8] {
    if buffer.item_count() == 0 {
        return &[];
    }
    // SAFETY: the buffer is contiguous and stays exported, so it lives and keeps its size as long as it is borrowed.
    unsafe { std::slice::from_raw_parts(buffer.buf_ptr().cast(), buffer.item_count()) }
}
