//! What a model expects next, and when it made up its mind.

use std::sync::Arc;

use crate::cache::Cache;
use crate::error::{Error, Result};
use crate::forward::{Forward, finite_log_sum};
use crate::model::Model;
use crate::sampler::{Sampler, Sampling, top};
use crate::window::visible;

/// A token that may come next.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    pub id: u32,
    /// The model's own log-probability of it (natural, before sampling settings).
    pub logprob: f32,
    /// With what probability the sampling settings choose it.
    pub chance: f64,
}

/// The `count` likeliest tokens to follow `sequence`, the model's likeliest first.
///
/// Of a sequence that outgrows the context the model sees what `Generation` would let it see.
pub fn candidates(model: &Arc<Model>, sequence: &[u32], sampling: &Sampling, count: usize) -> Result<Vec<Candidate>> {
    let (mut forward, mut cache, last) = read(model, sequence)?;
    forward.read(&mut cache, &[last])?;
    let logits = forward.logits(0..1);
    let sum = finite_log_sum(model.level, logits)?;
    let chances = Sampler::default().probabilities(model.level, logits, sampling, sequence);
    let candidate = |id: u32| Candidate {
        id,
        logprob: logits[id as usize] - sum,
        chance: chances[id as usize],
    };
    Ok(top(logits, count).into_iter().map(candidate).collect())
}

/// The `count` likeliest tokens to follow `sequence`, with their log-probabilities, as each layer would have it: first
/// the embedding, before any layer, last the model itself.
pub fn layer_guesses(model: &Arc<Model>, sequence: &[u32], count: usize) -> Result<Vec<Vec<(u32, f32)>>> {
    let (mut forward, mut cache, last) = read(model, sequence)?;
    let mut guesses = Vec::with_capacity(model.config.layers + 1);
    forward.lens(&mut cache, last, |level, logits| {
        let sum = finite_log_sum(level, logits)?;
        let ranked = top(logits, count).into_iter();
        guesses.push(ranked.map(|id| (id, logits[id as usize] - sum)).collect());
        Ok(())
    })?;
    Ok(guesses)
}

/// Read all of `sequence` that is visible but its last token, which is returned.
fn read(model: &Arc<Model>, sequence: &[u32]) -> Result<(Forward, Cache, u32)> {
    let mut visible = visible(sequence, model.config.context_length);
    let Some(last) = visible.pop() else {
        return Err(Error::usage("there are no tokens to read", "begin with <|endoftext|>"));
    };
    let (mut forward, mut cache) = (Forward::new(Arc::clone(model)), Cache::new(&model.config));
    forward.read(&mut cache, &visible)?;
    Ok((forward, cache, last))
}
