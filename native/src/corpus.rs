//! Wrappers of `rustcorpus`. Stories come and go as Arrow string columns: offsets (int32) and UTF-8 data.

use std::ops::Range;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;
use pyo3::types::PyBytes;
use rustc_hash::FxHashSet;
use rustcorpus::{Cleaner, Rules, SIGNATURE_BYTES};

use crate::texts::Texts;

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<StoryCleaner>()?;
    module.add_class::<WordCounts>()?;
    module.add_class::<KnownWords>()?;
    module.add_class::<NearIndex>()?;
    module.add_class::<Copies>()?;
    module.add_function(wrap_pyfunction!(story_hash, module)?)?;
    module.add_function(wrap_pyfunction!(signatures, module)?)
}

#[pyfunction]
fn story_hash(text: &str) -> u64 {
    rustcorpus::story_hash(text)
}

/// A column of texts, checked: no range of it can be out of bounds or cut a character.
struct Column<'a> {
    data: &'a str,
    ranges: Vec<Range<usize>>,
}

impl<'a> Column<'a> {
    fn new(offsets: &[u8], data: &'a [u8]) -> PyResult<Self> {
        let data = std::str::from_utf8(data).map_err(|error| PyValueError::new_err(error.to_string()))?;
        let offsets: Vec<usize> = offsets
            .chunks_exact(4)
            .map(|bytes| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) as usize)
            .collect();
        let ranges: Vec<_> = offsets.windows(2).map(|pair| pair[0]..pair[1]).collect();
        if ranges.iter().any(|range| data.get(range.clone()).is_none()) {
            return Err(PyValueError::new_err("offsets don't fit the data"));
        }
        Ok(Self { data, ranges })
    }

    fn texts(&self) -> impl Iterator<Item = &'a str> {
        self.ranges.iter().map(|range| &self.data[range.clone()])
    }
}

#[pyclass(module = "tinytales._native", frozen)]
struct StoryCleaner {
    cleaner: Cleaner,
}

type Cleaned = (Py<PyBytes>, Py<PyBytes>, Py<PyBytes>, Py<PyBytes>, Py<PyBytes>);

#[pymethods]
impl StoryCleaner {
    #[new]
    #[pyo3(signature = (*, quotes, fragments, min_ascii, min_words, max_words, cut_off))]
    fn new(quotes: bool, fragments: bool, min_ascii: f64, min_words: usize, max_words: usize, cut_off: bool) -> Self {
        let rules = Rules {
            quotes,
            fragments,
            min_ascii,
            min_words,
            max_words,
            cut_off,
        };
        Self {
            cleaner: Cleaner::new(rules),
        }
    }

    fn clean(&self, py: Python<'_>, texts: Vec<PyBackedStr>) -> PyResult<Cleaned> {
        let (mut data, mut offsets, mut hashes) = (String::new(), 0u32.to_le_bytes().to_vec(), Vec::new());
        let (mut reasons, mut changes) = (Vec::with_capacity(texts.len()), Vec::with_capacity(texts.len()));
        py.detach(|| {
            for text in &texts {
                let start = data.len();
                let (reason, changed) = match self.cleaner.clean(text, &mut data) {
                    Ok(changed) => (0, changed),
                    Err(reason) => (reason as u8, 0),
                };
                reasons.push(reason);
                changes.push(changed);
                if reason == 0 {
                    offsets.extend_from_slice(&(data.len() as u32).to_le_bytes());
                    hashes.extend_from_slice(&rustcorpus::story_hash(&data[start..]).to_le_bytes());
                }
            }
        });
        if data.len() > i32::MAX as usize {
            return Err(PyValueError::new_err("too much text at once"));
        }
        let bytes = |bytes: &[u8]| PyBytes::new(py, bytes).unbind();
        Ok((
            bytes(&offsets),
            bytes(data.as_bytes()),
            bytes(&hashes),
            bytes(&reasons),
            bytes(&changes),
        ))
    }
}

#[pyfunction]
fn signatures(py: Python<'_>, offsets: &[u8], data: &[u8]) -> PyResult<Py<PyBytes>> {
    let column = Column::new(offsets, data)?;
    let signatures = py.detach(|| {
        let (mut shingles, mut out) = (Vec::new(), Vec::with_capacity(column.ranges.len() * SIGNATURE_BYTES));
        column
            .texts()
            .for_each(|text| rustcorpus::signature(text, &mut shingles, &mut out));
        out
    });
    Ok(PyBytes::new(py, &signatures).unbind())
}

#[pyclass(module = "tinytales._native")]
struct NearIndex {
    index: rustcorpus::NearIndex,
}

#[pymethods]
impl NearIndex {
    #[new]
    fn new(capacity: usize, threshold: f64) -> Self {
        Self {
            index: rustcorpus::NearIndex::new(capacity, threshold),
        }
    }

    fn keep(&mut self, py: Python<'_>, signatures: &[u8], keep: &[u8]) -> PyResult<Py<PyBytes>> {
        if signatures.len() != keep.len() * SIGNATURE_BYTES {
            return Err(PyValueError::new_err("signatures and flags don't fit"));
        }
        let kept: Vec<u8> = py.detach(|| {
            let signatures = signatures.chunks_exact(SIGNATURE_BYTES).zip(keep);
            signatures
                .map(|(signature, keep)| u8::from(*keep != 0 && self.index.is_new(signature)))
                .collect()
        });
        Ok(PyBytes::new(py, &kept).unbind())
    }
}

#[pyclass(module = "tinytales._native")]
#[derive(Default)]
struct WordCounts {
    counts: rustcorpus::WordCounts,
}

#[pymethods]
impl WordCounts {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    fn add(&mut self, py: Python<'_>, offsets: &[u8], data: &[u8], keep: &[u8]) -> PyResult<()> {
        let column = Column::new(offsets, data)?;
        py.detach(|| {
            let texts = column.texts().zip(keep).filter(|(_, keep)| **keep != 0);
            texts.for_each(|(text, _)| self.counts.add(text));
        });
        Ok(())
    }

    fn add_texts(&mut self, py: Python<'_>, texts: &Texts) {
        py.detach(|| texts.to_strs().into_iter().for_each(|text| self.counts.add(text)));
    }

    fn merge(&mut self, py: Python<'_>, other: &mut WordCounts) {
        let other = std::mem::take(&mut other.counts);
        py.detach(|| self.counts.merge(other));
    }

    fn sorted(&self) -> Vec<(String, u64)> {
        self.counts.sorted()
    }
}

#[pyclass(module = "tinytales._native", frozen)]
struct KnownWords {
    known: FxHashSet<String>,
}

#[pymethods]
impl KnownWords {
    #[new]
    fn new(words: Vec<String>) -> Self {
        Self {
            known: words.into_iter().collect(),
        }
    }

    fn unknown(&self, py: Python<'_>, offsets: &[u8], data: &[u8]) -> PyResult<(Py<PyBytes>, Py<PyBytes>)> {
        let column = Column::new(offsets, data)?;
        let (mut unknown, mut all) = (Vec::new(), Vec::new());
        py.detach(|| {
            for text in column.texts() {
                let (some, every) = rustcorpus::unknown_words(text, &self.known);
                unknown.extend_from_slice(&some.to_le_bytes());
                all.extend_from_slice(&every.to_le_bytes());
            }
        });
        Ok((PyBytes::new(py, &unknown).unbind(), PyBytes::new(py, &all).unbind()))
    }
}

#[pyclass(module = "tinytales._native")]
struct Copies {
    copies: rustcorpus::Copies,
}

#[pymethods]
impl Copies {
    #[new]
    fn new(py: Python<'_>, texts: &Texts) -> PyResult<Self> {
        let copies = py.detach(|| rustcorpus::Copies::new(texts.to_strs().into_iter()));
        let too_many = || PyValueError::new_err(format!("more than {} words to look for", rustcorpus::MAX_INDEXED));
        Ok(Self {
            copies: copies.ok_or_else(too_many)?,
        })
    }

    fn read(&mut self, py: Python<'_>, stories: &Texts) {
        py.detach(|| stories.to_strs().into_iter().for_each(|story| self.copies.read(story)));
    }

    fn longest(&self, py: Python<'_>) -> Vec<u32> {
        py.detach(|| self.copies.longest())
    }
}
