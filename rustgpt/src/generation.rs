//! Token after token: reading, choosing, forgetting.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::kernels::log_sum_exp;
use crate::model::Model;
use crate::random::uniform;
use crate::sampler::{Sampler, Sampling, top};
use crate::session::Session;
use crate::window::forgotten;

/// A chosen token.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    pub id: u32,
    /// The model's own log-probability of it (natural, before sampling settings).
    pub logprob: f32,
    /// The likeliest tokens here with their log-probabilities, best first.
    pub alternatives: Vec<(u32, f32)>,
}

/// A sequence that grows by a token at every step, without end: where it outgrows the context, its middle is forgotten.
pub struct Generation {
    session: Session,
    sampler: Sampler,
    sampling: Sampling,
    alternatives: usize,
    sequence: Vec<u32>,
    /// How many of the sequence's tokens were forgotten when the session last read.
    forgotten: usize,
}

impl Generation {
    /// Go on from `prompt`, which isn't empty, reporting so many `alternatives` with each choice.
    ///
    /// Nothing is computed before the first step.
    pub fn new(model: Arc<Model>, prompt: &[u32], sampling: Sampling, alternatives: usize) -> Result<Self> {
        if prompt.is_empty() {
            return Err(Error::usage(
                "there are no tokens to go on from",
                "begin with <|endoftext|>",
            ));
        }
        let session = Session::new(model);
        let sampler = Sampler::default();
        Ok(Self {
            session,
            sampler,
            sampling,
            alternatives,
            sequence: prompt.to_vec(),
            forgotten: 0,
        })
    }

    /// How many tokens of the sequence the model no longer sees.
    pub fn forgotten(&self) -> usize {
        self.forgotten
    }

    /// Choose the next token.
    pub fn step(&mut self) -> Result<Choice> {
        let level = self.session.model().level;
        let position = self.sequence.len() as u64;
        let logits = read(&mut self.session, &self.sequence, &mut self.forgotten)?;
        let logsum = log_sum_exp(level, logits);
        if !logsum.is_finite() {
            return Err(Error::unsupported(
                "the model computes numbers that are infinite or none",
                "its weights are no good: train or copy it again",
            ));
        }
        let random = uniform(self.sampling.seed, self.sampling.take, position);
        let id = self.sampler.choose(level, logits, &self.sampling, random);
        let logprob = |id: u32| logits[id as usize] - logsum;
        let ranked = if self.alternatives > 0 {
            top(logits, self.alternatives)
        } else {
            Vec::new()
        };
        let alternatives = ranked.into_iter().map(|id| (id, logprob(id))).collect();
        let choice = Choice {
            id,
            logprob: logprob(id),
            alternatives,
        };
        self.sequence.push(id);
        Ok(choice)
    }
}

/// Read what of `sequence` the session has not read, and return the logits after its last token.
fn read<'a>(session: &'a mut Session, sequence: &[u32], forgotten_before: &mut usize) -> Result<&'a mut [f32]> {
    let gone = forgotten(sequence.len(), session.model().config.context_length);
    if gone.len() != *forgotten_before {
        // The opening keeps its positions; all after it moves, so it is read again.
        session.truncate(gone.start);
        *forgotten_before = gone.len();
    }
    let mut length = session.length();
    if length < gone.start && !gone.is_empty() {
        session.extend(&sequence[length..gone.start])?;
        length = gone.start;
    }
    session.extend(&sequence[length + gone.len()..])
}
