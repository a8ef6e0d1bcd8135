//! Token after token: reading, choosing, forgetting; one story or several takes of it at once.

use std::sync::{Arc, Mutex, PoisonError};

use crate::cache::Cache;
use crate::error::{Error, Result};
use crate::forward::{Forward, Row, finite_log_sum};
use crate::model::Model;
use crate::sampler::{Sampler, Sampling, top};
use crate::wanted::{Word, favour};
use crate::window::{forgotten, visible, without};

/// A chosen token.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    pub id: u32,
    /// The model's own log-probability of it (natural, before sampling settings).
    pub logprob: f32,
    /// The likeliest tokens here with their log-probabilities, best first.
    pub alternatives: Vec<(u32, f32)>,
    /// How many tokens of the sequence before it the model no longer sees.
    pub forgotten: usize,
}

/// The last sequence that a model has read, to go on from when the next prompt begins in the same way.
#[derive(Default)]
pub struct Memory(Mutex<Option<(Vec<u32>, Cache)>>);

/// What to generate.
#[derive(Clone, Debug)]
pub struct Request {
    /// Not empty; usually it begins with `<|endoftext|>`.
    pub prompt: Vec<u32>,
    pub sampling: Sampling,
    /// The takes to tell at once, each a counter for the random numbers: a take is the same whatever is told beside it.
    pub takes: Vec<u64>,
    /// How many alternatives to report with each choice.
    pub alternatives: usize,
    /// Words that the takes are helped to say.
    pub wanted: Vec<Word>,
}

/// Sequences that grow by a token at every step, without end: where one outgrows the context, its middle is forgotten.
pub struct Generation {
    forward: Forward,
    sampler: Sampler,
    sampling: Sampling,
    alternatives: usize,
    wanted: Vec<Word>,
    /// Where in a sequence the prompt ends.
    prompt: usize,
    /// Logits as the wanted words change them.
    favoured: Vec<f32>,
    memory: Arc<Memory>,
    takes: Vec<Take>,
    /// What each take has read: all that is visible of it but its last token.
    caches: Vec<Cache>,
    /// The takes that go on, and their last tokens.
    rows: Vec<Row>,
}

struct Take {
    number: u64,
    sequence: Vec<u32>,
    /// How many of the sequence's tokens were forgotten when it was last read.
    forgotten: usize,
    finished: bool,
}

impl Generation {
    /// Nothing is computed before the first step.
    pub fn new(model: Arc<Model>, memory: Arc<Memory>, request: Request) -> Result<Self> {
        let Request {
            prompt,
            sampling,
            takes,
            alternatives,
            wanted,
        } = request;
        if prompt.is_empty() {
            return Err(Error::usage(
                "there are no tokens to go on from",
                "begin with <|endoftext|>",
            ));
        }
        let take = |number| Take {
            number,
            sequence: prompt.clone(),
            forgotten: 0,
            finished: false,
        };
        let takes = takes.into_iter().map(take).collect();
        let (forward, sampler) = (Forward::new(model), Sampler::default());
        Ok(Self {
            forward,
            sampler,
            sampling,
            alternatives,
            wanted,
            prompt: prompt.len(),
            favoured: Vec::new(),
            memory,
            takes,
            caches: Vec::new(),
            rows: Vec::new(),
        })
    }

    /// Tell no more of a take.
    pub fn finish(&mut self, take: usize) {
        if let Some(take) = self.takes.get_mut(take) {
            take.finished = true;
        }
    }

    /// Choose the next token of each take that isn't finished, in their order.
    pub fn step(&mut self) -> Result<Vec<Choice>> {
        if self.caches.is_empty() {
            self.read_prompt()?;
        }
        self.rows.clear();
        for (index, (take, cache)) in self.takes.iter_mut().zip(&mut self.caches).enumerate() {
            if !take.finished {
                take.catch_up(cache, &mut self.forward)?;
                self.rows.push((index, take.sequence[take.sequence.len() - 1]));
            }
        }
        self.forward.run(&mut self.caches, &self.rows)?;
        let level = self.forward.model().level;
        let vocab_size = self.forward.model().config.vocab_size;
        let logits = self.forward.logits(0..self.rows.len());
        let mut choices = Vec::with_capacity(self.rows.len());
        for (&(index, _), logits) in self.rows.iter().zip(logits.chunks_exact_mut(vocab_size)) {
            let take = &mut self.takes[index];
            let logsum = finite_log_sum(level, logits)?;
            let ranked = if self.alternatives > 0 {
                top(logits, self.alternatives)
            } else {
                Vec::new()
            };
            let alternatives = ranked
                .into_iter()
                .map(|id| (id, logits[id as usize] - logsum))
                .collect();
            let chosen_from = if self.wanted.is_empty() {
                &*logits
            } else {
                self.favoured.clear();
                self.favoured.extend_from_slice(logits);
                favour(&mut self.favoured, &self.wanted, &take.sequence[self.prompt..]);
                &self.favoured
            };
            let id = self
                .sampler
                .choose(level, chosen_from, &self.sampling, &take.sequence, take.number);
            choices.push(Choice {
                id,
                logprob: logits[id as usize] - logsum,
                alternatives,
                forgotten: take.forgotten,
            });
            take.sequence.push(id);
        }
        Ok(choices)
    }

    /// Read the prompt once for all takes, as much of it as the model's memory doesn't hold already.
    fn read_prompt(&mut self) -> Result<()> {
        let Some(first) = self.takes.first_mut() else {
            return Ok(());
        };
        let model = Arc::clone(self.forward.model());
        let visible = visible(&first.sequence, model.config.context_length);
        let before = &visible[..visible.len() - 1];
        let mut cache = self.memory.recall(before).unwrap_or_else(|| Cache::new(&model.config));
        let known = cache.length();
        self.forward.read(&mut cache, &before[known..])?;
        self.memory.keep(before, &cache);
        for take in &mut self.takes {
            take.forgotten = take.sequence.len() - visible.len();
        }
        self.caches = vec![cache; self.takes.len()];
        Ok(())
    }
}

impl Drop for Generation {
    /// The next prompt may well be this one with its first take.
    fn drop(&mut self) {
        if let (Some(take), Some(cache)) = (self.takes.first(), self.caches.first()) {
            let gone = forgotten(take.sequence.len(), self.forward.model().config.context_length);
            if gone.len() == take.forgotten {
                let visible = without(&take.sequence, gone);
                self.memory.keep(&visible[..cache.length().min(visible.len())], cache);
            }
        }
    }
}

impl Take {
    /// Have all that is visible but the last token in the cache.
    fn catch_up(&mut self, cache: &mut Cache, forward: &mut Forward) -> Result<()> {
        let gone = forgotten(self.sequence.len(), forward.model().config.context_length);
        if gone.len() == self.forgotten {
            return Ok(());
        }
        // The opening keeps its positions; all after it moves, so it is read again.
        cache.truncate(gone.start);
        self.forgotten = gone.len();
        forward.read(cache, &self.sequence[gone.end..self.sequence.len() - 1])
    }
}

impl Memory {
    /// The cache of the longest beginning of `tokens` that was kept.
    fn recall(&self, tokens: &[u32]) -> Option<Cache> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (before, cache) = kept.as_ref()?;
        let mut cache = cache.clone();
        cache.truncate(before.iter().zip(tokens).take_while(|(a, b)| a == b).count());
        Some(cache)
    }

    /// Keep `cache`, which has read `tokens`.
    fn keep(&self, tokens: &[u32], cache: &Cache) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((tokens.to_vec(), cache.clone()));
    }
}
