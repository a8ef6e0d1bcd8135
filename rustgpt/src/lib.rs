//! Load a tiny GPT from a model folder and generate with it on a CPU.
//!
//! Must not know Python, text or tokenizers: token ids go in and come out.
//!
//! ```no_run
//! use std::{path::Path, sync::Arc};
//! # fn main() -> rustgpt::Result<()> {
//! let model = Arc::new(rustgpt::Model::load(Path::new("models/demo"))?);
//! let sampling = rustgpt::Sampling { temperature: 0.8, top_p: 0.95, ..Default::default() };
//! let mut generation = rustgpt::Generation::new(model, &[0], sampling, 0)?;
//! for _ in 0..100 {
//!     println!("{}", generation.step()?.id);
//! }
//! # Ok(())
//! # }
//! ```

mod config;
mod error;
mod generation;
mod kernels;
mod model;
mod random;
mod sampler;
mod session;
mod weights;
mod window;

pub use config::Config;
pub use error::{Error, Kind, Result};
pub use generation::{Choice, Generation};
pub use kernels::Level;
pub use model::Model;
pub use sampler::Sampling;
pub use session::Session;
