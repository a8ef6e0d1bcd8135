//! Load a tiny GPT from a model folder and generate with it on a CPU.
//!
//! Must not know Python, text or tokenizers: token ids go in and come out.
//!
//! ```no_run
//! use std::{path::Path, sync::Arc};
//! use rustgpt::{Dtype, Generation, Level, Model, Request, Sampling};
//! # fn main() -> rustgpt::Result<()> {
//! let model = Arc::new(Model::load(Path::new("models/demo"), Dtype::Float32, Level::detect())?);
//! let sampling = Sampling { temperature: 0.8, top_p: 0.95, ..Default::default() };
//! let request = Request { prompt: vec![0], sampling, takes: vec![0], alternatives: 0, wanted: Vec::new() };
//! let mut generation = Generation::new(model, Default::default(), request)?;
//! for _ in 0..100 {
//!     println!("{}", generation.step()?[0].id);
//! }
//! # Ok(())
//! # }
//! ```

mod cache;
mod config;
mod error;
mod expect;
mod forward;
mod generation;
mod kernels;
mod model;
mod random;
mod repeats;
mod rotary;
mod sampler;
mod wanted;
mod weights;
mod window;

pub use cache::Cache;
pub use config::Config;
pub use error::{Error, Kind, Result};
pub use expect::{Candidate, candidates, layer_guesses};
pub use forward::Forward;
pub use generation::{Choice, Generation, Memory, Request};
pub use kernels::{Dtype, Level};
pub use model::Model;
pub use sampler::Sampling;
pub use wanted::Word;
