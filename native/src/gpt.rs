//! Wrappers of `rustgpt`.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::types::PyBytes;

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Gpt>()?;
    module.add_class::<Generation>()
}

/// A loaded model.
#[pyclass(frozen, module = "tinytales._native")]
struct Gpt {
    model: Arc<rustgpt::Model>,
}

#[pymethods]
impl Gpt {
    #[staticmethod]
    fn load(py: Python<'_>, folder: PathBuf) -> PyResult<Self> {
        let model = py
            .detach(|| rustgpt::Model::load(&folder))
            .map_err(|error| raise(py, &error))?;
        Ok(Self { model: Arc::new(model) })
    }

    #[getter]
    fn vocab_size(&self) -> usize {
        self.model.config.vocab_size
    }

    #[getter]
    fn context_length(&self) -> usize {
        self.model.config.context_length
    }

    #[getter]
    fn parameters(&self) -> usize {
        self.model.parameters()
    }

    fn logits<'py>(&self, py: Python<'py>, ids: Vec<u32>) -> PyResult<Bound<'py, PyBytes>> {
        let logits = py
            .detach(|| rustgpt::Session::new(Arc::clone(&self.model)).extend_all(&ids))
            .map_err(|error| raise(py, &error))?;
        PyBytes::new_with(py, logits.len() * 4, |bytes| {
            for (bytes, logit) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(&logits) {
                *bytes = logit.to_ne_bytes();
            }
            Ok(())
        })
    }

    #[pyo3(signature = (ids, *, temperature, top_k, top_p, seed, take = 0, alternatives = 0))]
    #[expect(clippy::too_many_arguments, reason = "they are keywords in Python")]
    fn generate(
        &self,
        py: Python<'_>,
        ids: Vec<u32>,
        temperature: f32,
        top_k: usize,
        top_p: f64,
        seed: u64,
        take: u64,
        alternatives: usize,
    ) -> PyResult<Generation> {
        let sampling = rustgpt::Sampling {
            temperature,
            top_k,
            top_p,
            seed,
            take,
        };
        let generation = rustgpt::Generation::new(Arc::clone(&self.model), &ids, sampling, alternatives)
            .map_err(|error| raise(py, &error))?;
        Ok(Generation {
            inner: Mutex::new(generation),
        })
    }
}

/// A token and its log-probability.
type Ranked = (u32, f32);

/// A sequence that grows by a token at every step.
#[pyclass(frozen, module = "tinytales._native")]
struct Generation {
    inner: Mutex<rustgpt::Generation>,
}

#[pymethods]
impl Generation {
    fn step(&self, py: Python<'_>) -> PyResult<(u32, f32, Vec<Ranked>)> {
        // The lock is taken without the GIL, so that two threads that share one generation can't block each other.
        let choice = py
            .detach(|| self.inner.lock().unwrap_or_else(PoisonError::into_inner).step())
            .map_err(|error| raise(py, &error))?;
        Ok((choice.id, choice.logprob, choice.alternatives))
    }

    #[getter]
    fn forgotten(&self, py: Python<'_>) -> usize {
        py.detach(|| self.inner.lock().unwrap_or_else(PoisonError::into_inner).forgotten())
    }
}

/// The house's exception for an error.
fn raise(py: Python<'_>, error: &rustgpt::Error) -> PyErr {
    let name = match error.kind {
        rustgpt::Kind::Missing => "MissingError",
        rustgpt::Kind::Usage => "UsageError",
    };
    let made = py
        .import("tinytales.errors")
        .and_then(|errors| errors.getattr(name))
        .and_then(|class| class.call1((&error.what, &error.hint)));
    made.map_or_else(|failure| failure, PyErr::from_value)
}
