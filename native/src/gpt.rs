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
    memory: Arc<rustgpt::Memory>,
}

#[pymethods]
impl Gpt {
    #[staticmethod]
    #[pyo3(signature = (folder, dtype = "float32", kernels = None))]
    fn load(py: Python<'_>, folder: PathBuf, dtype: &str, kernels: Option<&str>) -> PyResult<Self> {
        let load = || {
            let level = match kernels {
                None => rustgpt::Level::detect(),
                Some(name) => rustgpt::Level::named(name)?,
            };
            rustgpt::Model::load(&folder, rustgpt::Dtype::named(dtype)?, level)
        };
        let model = py.detach(load).map_err(|error| raise(py, &error))?;
        Ok(Self {
            model: Arc::new(model),
            memory: Arc::default(),
        })
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
        let compute = || {
            let mut cache = rustgpt::Cache::new(&self.model.config);
            rustgpt::Forward::new(Arc::clone(&self.model)).all_logits(&mut cache, &ids)
        };
        let logits = py.detach(compute).map_err(|error| raise(py, &error))?;
        PyBytes::new_with(py, logits.len() * 4, |bytes| {
            for (bytes, logit) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(&logits) {
                *bytes = logit.to_ne_bytes();
            }
            Ok(())
        })
    }

    fn logprobs(&self, py: Python<'_>, ids: Vec<u32>) -> PyResult<Vec<f32>> {
        let compute = || {
            let mut cache = rustgpt::Cache::new(&self.model.config);
            rustgpt::Forward::new(Arc::clone(&self.model)).logprobs(&mut cache, &ids)
        };
        py.detach(compute).map_err(|error| raise(py, &error))
    }

    fn candidates(&self, py: Python<'_>, ids: Vec<u32>, sampling: Settings, count: usize) -> PyResult<Vec<Candidate>> {
        let sampling = rustgpt::Sampling {
            repetition_penalty: sampling.repetition_penalty,
            no_repeat_ngram: sampling.no_repeat_ngram,
            temperature: sampling.temperature,
            top_k: sampling.top_k,
            top_p: sampling.top_p,
            min_p: sampling.min_p,
            seed: 0,
        };
        let found = py
            .detach(|| rustgpt::candidates(&self.model, &ids, &sampling, count))
            .map_err(|error| raise(py, &error))?;
        Ok(found
            .into_iter()
            .map(|candidate| (candidate.id, candidate.logprob, candidate.chance))
            .collect())
    }

    fn layer_guesses(&self, py: Python<'_>, ids: Vec<u32>, count: usize) -> PyResult<Vec<Vec<Ranked>>> {
        py.detach(|| rustgpt::layer_guesses(&self.model, &ids, count))
            .map_err(|error| raise(py, &error))
    }

    #[pyo3(signature = (
        ids, *, seed, takes = vec![0], temperature = 1.0, top_k = 0, top_p = 1.0, min_p = 0.0,
        repetition_penalty = 1.0, no_repeat_ngram = 0, alternatives = 0, wanted = Vec::new(),
    ))]
    #[expect(clippy::too_many_arguments, reason = "they are keywords in Python")]
    fn generate(
        &self,
        py: Python<'_>,
        ids: Vec<u32>,
        seed: u64,
        takes: Vec<u64>,
        temperature: f32,
        top_k: usize,
        top_p: f64,
        min_p: f32,
        repetition_penalty: f32,
        no_repeat_ngram: usize,
        alternatives: usize,
        wanted: Vec<Vec<Vec<u32>>>,
    ) -> PyResult<Generation> {
        let sampling = rustgpt::Sampling {
            repetition_penalty,
            no_repeat_ngram,
            temperature,
            top_k,
            top_p,
            min_p,
            seed,
        };
        let request = rustgpt::Request {
            prompt: ids,
            sampling,
            takes,
            alternatives,
            wanted,
        };
        let (model, memory) = (Arc::clone(&self.model), Arc::clone(&self.memory));
        let generation = rustgpt::Generation::new(model, memory, request).map_err(|error| raise(py, &error))?;
        Ok(Generation {
            inner: Mutex::new(generation),
        })
    }
}

/// A token and its log-probability.
type Ranked = (u32, f32);

/// A chosen token, its log-probability, alternatives to it, and how many tokens the model no longer sees.
type Chosen = (u32, f32, Vec<Ranked>, usize);

/// A token, its log-probability, and with what probability it is chosen.
type Candidate = (u32, f32, f64);

/// What of `tinytales.inference.sampling.Sampling` decides with what probability a token is chosen.
#[derive(FromPyObject)]
struct Settings {
    temperature: f32,
    top_k: usize,
    top_p: f64,
    min_p: f32,
    repetition_penalty: f32,
    no_repeat_ngram: usize,
}

/// Sequences that grow by a token at every step.
#[pyclass(frozen, module = "tinytales._native")]
struct Generation {
    inner: Mutex<rustgpt::Generation>,
}

#[pymethods]
impl Generation {
    /// Several steps while the GIL is left alone once: to get it back takes long where another thread is busy.
    fn steps(&self, py: Python<'_>, count: usize) -> PyResult<Vec<Vec<Chosen>>> {
        let steps = |generation: &mut rustgpt::Generation| (0..count).map(|_| generation.step()).collect();
        let steps: rustgpt::Result<Vec<Vec<rustgpt::Choice>>> = self.locked(py, steps);
        let flat = |choice: rustgpt::Choice| (choice.id, choice.logprob, choice.alternatives, choice.forgotten);
        Ok(steps
            .map_err(|error| raise(py, &error))?
            .into_iter()
            .map(|choices| choices.into_iter().map(flat).collect())
            .collect())
    }

    fn finish(&self, py: Python<'_>, take: usize) {
        self.locked(py, |generation| generation.finish(take));
    }
}

impl Generation {
    /// The lock is taken without the GIL, so that two threads that share one generation can't block each other.
    fn locked<T: Send>(&self, py: Python<'_>, work: impl FnOnce(&mut rustgpt::Generation) -> T + Send) -> T {
        py.detach(|| work(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner)))
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
