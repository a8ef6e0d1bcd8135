//! Wrappers of `rustbpe`.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use pyo3::buffer::{Element, PyBuffer};
use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use rustbpe::{Chunks, Counter, Error, Id, Output, Pattern, Tokenizer, Vocabulary};

use crate::texts::Texts;

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("SPLIT_PATTERN", rustbpe::QWEN2_PATTERN)?;
    module.add("MAX_VOCABULARY", rustbpe::MAX_VOCABULARY)?;
    module.add_class::<Texts>()?;
    module.add_class::<PieceCounter>()?;
    module.add_class::<Bpe>()
}

#[pyclass(module = "tinytales._native")]
struct PieceCounter {
    counter: Counter,
    pattern: Pattern,
}

#[pymethods]
impl PieceCounter {
    #[new]
    #[pyo3(signature = (threads, pattern = None))]
    fn new(threads: usize, pattern: Option<&str>) -> PyResult<Self> {
        let pattern = pattern
            .map_or(Ok(Pattern::default()), Pattern::new)
            .map_err(to_python)?;
        Ok(Self {
            counter: Counter::new(pattern.clone(), threads),
            pattern,
        })
    }

    fn add(&mut self, py: Python<'_>, texts: &Texts) -> PyResult<()> {
        py.detach(|| self.counter.add(&texts.to_strs())).map_err(to_python)
    }

    #[pyo3(signature = (paths, separator, progress = None))]
    fn add_files(
        &mut self,
        py: Python<'_>,
        paths: Vec<PathBuf>,
        separator: Option<&str>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<()> {
        let files = Chunks::new(paths, separator, !self.pattern.is_qwen2());
        let mut caller = Caller::new(progress);
        let result = py.detach(|| self.counter.add_files(files, &mut |done| caller.go_on(done)));
        caller.result(result)
    }

    /// Ends the counting: the counter is empty afterwards.
    #[pyo3(signature = (merges, special, progress = None))]
    fn train(
        &mut self,
        py: Python<'_>,
        merges: usize,
        special: Vec<String>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Bpe> {
        let counter = std::mem::replace(&mut self.counter, Counter::new(self.pattern.clone(), 1));
        let pattern = self.pattern.clone();
        let mut caller = Caller::new(progress);
        let result = py.detach(|| {
            let merges = rustbpe::train(&counter.into_counts(), merges, |done| caller.go_on(done))?;
            Ok(Tokenizer::new(Vocabulary::new(merges, special)?, pattern))
        });
        Ok(Bpe {
            tokenizer: caller.result(result)?,
        })
    }
}

#[pyclass(module = "tinytales._native", frozen)]
struct Bpe {
    tokenizer: Tokenizer,
}

#[pymethods]
impl Bpe {
    #[staticmethod]
    fn from_json(py: Python<'_>, text: &str) -> PyResult<Self> {
        let vocabulary = py.detach(|| rustbpe::from_json(text)).map_err(to_python)?;
        Ok(Self {
            tokenizer: Tokenizer::new(vocabulary, Pattern::default()),
        })
    }

    fn to_json(&self, py: Python<'_>) -> String {
        py.detach(|| rustbpe::to_json(self.tokenizer.vocabulary()))
    }

    #[getter]
    fn pattern(&self) -> &str {
        self.tokenizer.pattern().as_str()
    }

    #[getter]
    fn size(&self) -> usize {
        self.tokenizer.vocabulary().size()
    }

    #[getter]
    fn special(&self) -> Vec<String> {
        self.tokenizer.vocabulary().special().to_vec()
    }

    fn token<'py>(&self, py: Python<'py>, token: u32) -> Option<Bound<'py, PyBytes>> {
        Some(PyBytes::new(py, self.tokenizer.vocabulary().token(token)?))
    }

    fn encode(&self, py: Python<'_>, text: &str) -> PyResult<Vec<u32>> {
        py.detach(|| self.tokenizer.encode(text)).map_err(to_python)
    }

    /// Returns the number of ids, and where those of each text end as int64.
    #[pyo3(signature = (texts, ids, before, threads))]
    fn encode_into<'py>(
        &self,
        py: Python<'py>,
        texts: &Texts,
        mut ids: Ids,
        before: Option<u16>,
        threads: usize,
    ) -> PyResult<(usize, Bound<'py, PyBytes>)> {
        let mut ends = Vec::new();
        let count = py.detach(|| {
            let texts = texts.to_strs();
            match &mut ids {
                Ids::Short(room) => self
                    .tokenizer
                    .encode_texts(&texts, threads, room.output(before, &mut ends)),
                Ids::Long(room) => self
                    .tokenizer
                    .encode_texts(&texts, threads, room.output(before, &mut ends)),
            }
        });
        Ok((count.map_err(to_python)?, to_bytes(py, &ends)))
    }

    /// Returns the number of ids, and where those of each document end as int64.
    #[pyo3(signature = (paths, separator, ids, before, threads, progress = None))]
    #[allow(clippy::too_many_arguments)]
    fn encode_files<'py>(
        &self,
        py: Python<'py>,
        paths: Vec<PathBuf>,
        separator: Option<&str>,
        mut ids: Ids,
        before: Option<u16>,
        threads: usize,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<(usize, Bound<'py, PyBytes>)> {
        let files = Chunks::new(paths, separator, true);
        let mut ends = Vec::new();
        let mut caller = Caller::new(progress);
        let count = py.detach(|| {
            let go_on = &mut |done| caller.go_on(done);
            match &mut ids {
                Ids::Short(room) => self
                    .tokenizer
                    .encode_files(files, threads, room.output(before, &mut ends), go_on),
                Ids::Long(room) => self
                    .tokenizer
                    .encode_files(files, threads, room.output(before, &mut ends), go_on),
            }
        });
        Ok((caller.result(count)?, to_bytes(py, &ends)))
    }

    fn decode<'py>(&self, py: Python<'py>, ids: Vec<u32>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &py.detach(|| self.tokenizer.vocabulary().decode(&ids)))
    }
}

/// A NumPy array, or any other buffer, that ids are written to.
#[derive(FromPyObject)]
enum Ids {
    Short(Room<u16>),
    Long(Room<u32>),
}

struct Room<T: Element>(PyBuffer<T>);

impl<'a, 'py, T: Element> FromPyObject<'a, 'py> for Room<T> {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        let buffer = PyBuffer::get(&object)?;
        if buffer.readonly() || !buffer.is_c_contiguous() {
            return Err(PyValueError::new_err(
                "ids need a contiguous array that can be written to",
            ));
        }
        Ok(Self(buffer))
    }
}

impl<T: Element + Id> Room<T> {
    fn output<'a>(&'a mut self, before: Option<u16>, ends: &'a mut Vec<i64>) -> Output<'a, T> {
        // SAFETY: the buffer is contiguous, writable and stays exported as long as `self`, so it lives and keeps its
        // size. Whoever uses it at the same time breaks NumPy's rules as well as ours.
        let ids = unsafe { std::slice::from_raw_parts_mut(self.0.buf_ptr().cast(), self.0.item_count()) };
        Output { ids, before, ends }
    }
}

/// What must happen on the thread that called: progress is told to Python, and Ctrl-C is heard.
struct Caller {
    progress: Option<Py<PyAny>>,
    last: Instant,
    error: Option<PyErr>,
}

/// Time between two looks at Python.
const INTERVAL: Duration = Duration::from_millis(50);

impl Caller {
    fn new(progress: Option<Py<PyAny>>) -> Self {
        Self {
            progress,
            last: Instant::now(),
            error: None,
        }
    }

    /// Whether to go on, now that so much is done.
    fn go_on(&mut self, done: usize) -> bool {
        if self.last.elapsed() < INTERVAL {
            return true;
        }
        let told = Python::attach(|py| {
            py.check_signals()?;
            self.progress
                .as_ref()
                .map_or(Ok(()), |progress| progress.call1(py, (done,)).map(drop))
        });
        self.last = Instant::now();
        self.error = told.err();
        self.error.is_none()
    }

    /// The result, or what Python raised.
    fn result<T>(self, result: Result<T, Error>) -> PyResult<T> {
        match self.error {
            Some(error) => Err(error),
            None => result.map_err(to_python),
        }
    }
}

fn to_bytes<'py>(py: Python<'py>, ends: &[i64]) -> Bound<'py, PyBytes> {
    let bytes: Vec<u8> = ends.iter().flat_map(|end| end.to_ne_bytes()).collect();
    PyBytes::new(py, &bytes)
}

fn to_python(error: Error) -> PyErr {
    match error {
        // With the errno, so that Python makes a FileNotFoundError of it where it is one.
        Error::File(path, error) => match error.raw_os_error() {
            Some(code) => PyOSError::new_err((code, error.to_string(), path)),
            None => PyOSError::new_err(format!("{}: {error}", path.display())),
        },
        other => PyValueError::new_err(other.to_string()),
    }
}
