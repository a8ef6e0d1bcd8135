//! Wrappers of `rustbpe`.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;
use pyo3::types::PyBytes;
use rustbpe::{Encoder, Invalid, PieceCounts, Vocabulary};

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("SPLIT_PATTERN", rustbpe::QWEN2_PATTERN)?;
    module.add_class::<PieceCounter>()?;
    module.add_class::<Bpe>()
}

#[pyclass(module = "tinytales._native")]
#[derive(Default)]
struct PieceCounter {
    counts: PieceCounts,
}

#[pymethods]
impl PieceCounter {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    fn add(&mut self, py: Python<'_>, texts: Vec<PyBackedStr>) {
        py.detach(|| texts.iter().for_each(|text| self.counts.add(text)));
    }
}

#[pyclass(module = "tinytales._native", frozen)]
struct Bpe {
    vocabulary: Vocabulary,
}

#[pymethods]
impl Bpe {
    #[staticmethod]
    fn train(py: Python<'_>, counter: &PieceCounter, merges: usize, special: Vec<String>) -> PyResult<Self> {
        let vocabulary = py.detach(|| Vocabulary::new(rustbpe::train(&counter.counts, merges), special));
        Ok(Self {
            vocabulary: vocabulary.map_err(value_error)?,
        })
    }

    #[staticmethod]
    fn from_json(py: Python<'_>, text: &str) -> PyResult<Self> {
        let vocabulary = py.detach(|| rustbpe::from_json(text));
        Ok(Self {
            vocabulary: vocabulary.map_err(value_error)?,
        })
    }

    fn to_json(&self, py: Python<'_>) -> String {
        py.detach(|| rustbpe::to_json(&self.vocabulary))
    }

    #[getter]
    fn size(&self) -> usize {
        self.vocabulary.size()
    }

    #[getter]
    fn special(&self) -> Vec<String> {
        self.vocabulary.special().to_vec()
    }

    fn token<'py>(&self, py: Python<'py>, token: u32) -> Option<Bound<'py, PyBytes>> {
        Some(PyBytes::new(py, self.vocabulary.token(token)?))
    }

    fn encode(&self, py: Python<'_>, text: &str) -> Vec<u32> {
        py.detach(|| {
            let mut ids = Vec::new();
            Encoder::new(&self.vocabulary).encode(text, &mut ids);
            ids
        })
    }

    fn encode_batch<'py>(
        &self,
        py: Python<'py>,
        texts: Vec<PyBackedStr>,
        before: Option<u32>,
    ) -> (Bound<'py, PyBytes>, Bound<'py, PyBytes>) {
        let (ids, ends) = py.detach(|| {
            let mut encoder = Encoder::new(&self.vocabulary);
            let (mut ids, mut ends) = (Vec::new(), Vec::with_capacity(texts.len()));
            for text in &texts {
                ids.extend(before);
                encoder.encode(text, &mut ids);
                ends.push(ids.len() as u64);
            }
            let ids: Vec<u8> = ids.iter().flat_map(|&id| (id as u16).to_le_bytes()).collect();
            let ends: Vec<u8> = ends.iter().flat_map(|end| end.to_le_bytes()).collect();
            (ids, ends)
        });
        (PyBytes::new(py, &ids), PyBytes::new(py, &ends))
    }

    fn decode<'py>(&self, py: Python<'py>, ids: Vec<u32>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &py.detach(|| self.vocabulary.decode(&ids)))
    }
}

fn value_error(invalid: Invalid) -> PyErr {
    PyValueError::new_err(invalid.to_string())
}
