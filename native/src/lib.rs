//! The extension module `tinytales._native`: thin wrappers that turn Python objects into Rust ones and errors back.

mod bpe;
mod corpus;
mod gpt;
mod texts;

use pyo3::prelude::*;

#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    bpe::register(module)?;
    corpus::register(module)?;
    gpt::register(module)
}
