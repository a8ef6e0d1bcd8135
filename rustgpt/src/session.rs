//! One run of tokens through the model, with the keys and values of all that it has seen.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::kernels::{Heads, add_assign, attend, gated, multiply, rms_norm, rotate};
use crate::model::{Layer, Model};

/// Tokens that go through the layers together: enough to share weight reads, few enough to stay in the near caches.
const CHUNK: usize = 32;

/// A model and the tokens that it has read.
pub struct Session {
    model: Arc<Model>,
    /// Keys and values, by layer and key-value head.
    heads: Vec<Heads>,
    length: usize,
    angles: Angles,
    buffers: Buffers,
}

/// Cosines and sines of RoPE, `head_dim / 2` of each for every position so far.
struct Angles {
    frequencies: Vec<f32>,
    cosines: Vec<f32>,
    sines: Vec<f32>,
}

/// What a chunk of tokens needs on its way; each is a vector per token, padded as the matrix that made it pads.
#[derive(Default)]
struct Buffers {
    hidden: Vec<f32>,
    normed: Vec<f32>,
    qkv: Vec<f32>,
    attended: Vec<f32>,
    residual: Vec<f32>,
    gate_up: Vec<f32>,
    gated: Vec<f32>,
    scores: Vec<f32>,
    logits: Vec<f32>,
}

impl Session {
    pub fn new(model: Arc<Model>) -> Self {
        let config = &model.config;
        let heads = (0..config.layers * config.kv_heads)
            .map(|_| Heads::new(config.head_dim))
            .collect();
        let angles = Angles::new(config.rope_theta, config.head_dim);
        Self {
            heads,
            angles,
            model,
            length: 0,
            buffers: Buffers::default(),
        }
    }

    pub fn model(&self) -> &Arc<Model> {
        &self.model
    }

    /// How many tokens it has read.
    pub fn length(&self) -> usize {
        self.length
    }

    /// Forget the tokens from `length` on.
    pub fn truncate(&mut self, length: usize) {
        self.length = self.length.min(length);
        for heads in &mut self.heads {
            heads.truncate(length);
        }
    }

    /// Read `tokens` and return the logits after the last one, padded with -infinity to a multiple of sixteen.
    pub fn extend(&mut self, tokens: &[u32]) -> Result<&mut [f32]> {
        self.check(tokens)?;
        for chunk in tokens.chunks(CHUNK) {
            self.run(chunk);
        }
        let size = self.model.config.hidden_size;
        let last = tokens.len().saturating_sub(1) % CHUNK;
        self.head(last * size..(last + 1) * size);
        Ok(&mut self.buffers.logits)
    }

    /// Read `tokens` and return the logits after each, shape `[tokens.len(), vocab_size]`.
    pub fn extend_all(&mut self, tokens: &[u32]) -> Result<Vec<f32>> {
        self.check(tokens)?;
        let (vocab_size, size) = (self.model.config.vocab_size, self.model.config.hidden_size);
        let mut all = Vec::with_capacity(tokens.len() * vocab_size);
        for chunk in tokens.chunks(CHUNK) {
            self.run(chunk);
            self.head(0..chunk.len() * size);
            for logits in self.buffers.logits.chunks_exact(self.model.head().padded_rows()) {
                all.extend_from_slice(&logits[..vocab_size]);
            }
        }
        Ok(all)
    }

    fn check(&mut self, tokens: &[u32]) -> Result<()> {
        let config = &self.model.config;
        if tokens.is_empty() {
            return Err(Error::usage("there are no tokens to read", "begin with <|endoftext|>"));
        }
        if let Some(token) = tokens.iter().find(|&&token| token as usize >= config.vocab_size) {
            return Err(Error::usage(
                format!(
                    "token {token} is outside the model's vocabulary of {}",
                    config.vocab_size
                ),
                "use the tokenizer of the same folder",
            ));
        }
        if self.length + tokens.len() > config.context_length {
            return Err(Error::usage(
                format!(
                    "{} tokens are more than the context of {}",
                    self.length + tokens.len(),
                    config.context_length
                ),
                "cut them",
            ));
        }
        for heads in &mut self.heads {
            heads.reserve(
                (self.length + tokens.len())
                    .next_multiple_of(256)
                    .min(config.context_length),
            );
        }
        Ok(())
    }

    /// Take `tokens` through all layers; their final hidden vectors are left in `buffers.hidden`.
    fn run(&mut self, tokens: &[u32]) {
        let model = Arc::clone(&self.model);
        let size = model.config.hidden_size;
        self.angles.reach(self.length + tokens.len());
        resize(&mut self.buffers.hidden, tokens.len() * size);
        for (&token, hidden) in tokens.iter().zip(self.buffers.hidden.chunks_exact_mut(size)) {
            model.embedding.copy_row(token as usize, hidden);
        }
        for (index, layer) in model.layers.iter().enumerate() {
            self.attention(&model, layer, index);
            self.mlp(&model, layer);
        }
        self.length += tokens.len();
    }

    fn attention(&mut self, model: &Model, layer: &Layer, index: usize) {
        let (config, level, buffers) = (&model.config, model.level, &mut self.buffers);
        let (head_dim, query_size, kv_size) = (config.head_dim, config.query_size(), config.kv_size());
        let eps = config.norm_eps;
        buffers.norm(model, &layer.attention_norm);
        let count = buffers.hidden.len() / config.hidden_size;
        resize(&mut buffers.qkv, count * layer.qkv.padded_rows());
        multiply(level, &layer.qkv, &buffers.normed, &mut buffers.qkv);
        resize(&mut buffers.attended, count * query_size);
        let heads = &mut self.heads[index * config.kv_heads..][..config.kv_heads];
        let rows = buffers.qkv.chunks_exact_mut(layer.qkv.padded_rows());
        for (offset, (row, attended)) in rows.zip(buffers.attended.chunks_exact_mut(query_size)).enumerate() {
            let position = self.length + offset;
            let (cosines, sines) = self.angles.at(position);
            let (queries, rest) = row.split_at_mut(query_size);
            let (keys, values) = rest.split_at_mut(kv_size);
            let pairs = keys.chunks_exact_mut(head_dim).zip(values.chunks_exact(head_dim));
            for (heads, (key, value)) in heads.iter_mut().zip(pairs) {
                rotate(level, key, layer.key_norm.as_deref(), eps, cosines, sines);
                heads.push(key, value);
            }
            let shared = config.heads / config.kv_heads;
            let outputs = attended.chunks_exact_mut(head_dim);
            for (head, (query, output)) in queries.chunks_exact_mut(head_dim).zip(outputs).enumerate() {
                rotate(level, query, layer.query_norm.as_deref(), eps, cosines, sines);
                attend(
                    level,
                    &heads[head / shared],
                    position + 1,
                    query,
                    &mut buffers.scores,
                    output,
                );
            }
        }
        buffers.project(model, &layer.attention_output, |buffers| &buffers.attended);
    }

    fn mlp(&mut self, model: &Model, layer: &Layer) {
        let (config, level, buffers) = (&model.config, model.level, &mut self.buffers);
        buffers.norm(model, &layer.mlp_norm);
        let count = buffers.hidden.len() / config.hidden_size;
        let (size, stride) = (config.intermediate_size, layer.gate_up.padded_rows());
        resize(&mut buffers.gate_up, count * stride);
        multiply(level, &layer.gate_up, &buffers.normed, &mut buffers.gate_up);
        resize(&mut buffers.gated, count * size);
        for (row, output) in buffers
            .gate_up
            .chunks_exact(stride)
            .zip(buffers.gated.chunks_exact_mut(size))
        {
            gated(level, &row[..size], &row[size..2 * size], output);
        }
        buffers.project(model, &layer.down, |buffers| &buffers.gated);
    }

    /// Logits of the hidden vectors in `range`.
    fn head(&mut self, range: std::ops::Range<usize>) {
        let (model, buffers) = (&self.model, &mut self.buffers);
        let (head, size) = (model.head(), model.config.hidden_size);
        resize(&mut buffers.normed, range.len());
        rms_norm(
            model.level,
            &buffers.hidden[range.clone()],
            &model.norm,
            model.config.norm_eps,
            &mut buffers.normed,
        );
        resize(&mut buffers.logits, range.len() / size * head.padded_rows());
        multiply(model.level, head, &buffers.normed, &mut buffers.logits);
        for logits in buffers.logits.chunks_exact_mut(head.padded_rows()) {
            logits[head.rows..].fill(f32::NEG_INFINITY);
        }
    }
}

impl Buffers {
    fn norm(&mut self, model: &Model, scale: &[f32]) {
        resize(&mut self.normed, self.hidden.len());
        rms_norm(
            model.level,
            &self.hidden,
            scale,
            model.config.norm_eps,
            &mut self.normed,
        );
    }

    /// Add the product of `matrix` and what `inputs` names to the hidden vectors.
    fn project(&mut self, model: &Model, matrix: &crate::kernels::Matrix, inputs: fn(&Self) -> &Vec<f32>) {
        let size = model.config.hidden_size;
        let mut residual = std::mem::take(&mut self.residual);
        resize(&mut residual, self.hidden.len() / size * matrix.padded_rows());
        multiply(model.level, matrix, inputs(self), &mut residual);
        for (hidden, row) in self
            .hidden
            .chunks_exact_mut(size)
            .zip(residual.chunks_exact(matrix.padded_rows()))
        {
            add_assign(model.level, hidden, &row[..size]);
        }
        self.residual = residual;
    }
}

impl Angles {
    fn new(theta: f64, head_dim: usize) -> Self {
        // Rounded to float32 where PyTorch's models round, so that far positions turn by the same angles.
        let frequency = |index: usize| libm::pow(theta, -2.0 * index as f64 / head_dim as f64) as f32;
        let frequencies = (0..head_dim / 2).map(frequency).collect();
        Self {
            frequencies,
            cosines: Vec::new(),
            sines: Vec::new(),
        }
    }

    /// Have the angles of all positions below `positions`.
    fn reach(&mut self, positions: usize) {
        for position in self.cosines.len() / self.frequencies.len()..positions {
            for &frequency in &self.frequencies {
                let angle = f64::from(position as f32 * frequency);
                self.cosines.push(libm::cos(angle) as f32);
                self.sines.push(libm::sin(angle) as f32);
            }
        }
    }

    fn at(&self, position: usize) -> (&[f32], &[f32]) {
        let size = self.frequencies.len();
        let range = position * size..(position + 1) * size;
        (&self.cosines[range.clone()], &self.sines[range])
    }
}

/// `values` with `length` numbers, whatever they are; never gives memory back.
fn resize(values: &mut Vec<f32>, length: usize) {
    values.resize(length, 0.0);
}
