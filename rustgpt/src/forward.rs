//! Tokens through the layers: one after the other, or many at once.

use std::sync::Arc;

use crate::cache::Cache;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::kernels::{Level, Matrix, Quantised, add_assign, attend, gated, log_sum_exp, multiply, rms_norm, rotate};
use crate::model::{Layer, Model};
use crate::rotary::Angles;

/// Tokens that go through the layers together: enough to share weight reads, few enough to stay in the near caches.
pub const CHUNK: usize = 48;

/// A token to read, and the number of the cache that it goes on from.
pub type Row = (usize, u32);

/// A model and the memory to compute with it.
pub struct Forward {
    model: Arc<Model>,
    angles: Angles,
    /// Where each row stands in its cache.
    positions: Vec<usize>,
    buffers: Buffers,
}

/// What the rows need on their way; each is a vector for every row, padded as the matrix that made it pads.
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
    quantised: Quantised,
}

impl Forward {
    pub fn new(model: Arc<Model>) -> Self {
        let angles = Angles::new(&model.config);
        Self {
            model,
            angles,
            positions: Vec::new(),
            buffers: Buffers::default(),
        }
    }

    pub fn model(&self) -> &Arc<Model> {
        &self.model
    }

    /// Read `tokens`, to go on from what `cache` holds.
    pub fn read(&mut self, cache: &mut Cache, tokens: &[u32]) -> Result<()> {
        for chunk in tokens.chunks(CHUNK) {
            let rows: Vec<Row> = chunk.iter().map(|&token| (0, token)).collect();
            self.run(std::slice::from_mut(cache), &rows)?;
        }
        Ok(())
    }

    /// Read `tokens` and return the logits after each, shape `[tokens.len(), vocab_size]`.
    pub fn all_logits(&mut self, cache: &mut Cache, tokens: &[u32]) -> Result<Vec<f32>> {
        let mut all = Vec::new();
        self.each_chunk(cache, tokens, |_, _, logits| {
            all.extend_from_slice(logits);
            Ok(())
        })?;
        Ok(all)
    }

    /// The natural log-probability of each of `tokens` but the first, given those before it. All but the last are read, so
    /// that there may be one more of them than the context holds.
    pub fn logprobs(&mut self, cache: &mut Cache, tokens: &[u32]) -> Result<Vec<f32>> {
        check_tokens(&self.model.config, tokens.iter().copied())?;
        let vocab_size = self.model.config.vocab_size;
        let mut all = Vec::with_capacity(tokens.len());
        if tokens.len() == 1 {
            return Ok(all);
        }
        let read = &tokens[..tokens.len().saturating_sub(1)];
        self.each_chunk(cache, read, |level, begin, logits| {
            for (logits, &next) in logits.chunks_exact(vocab_size).zip(&tokens[begin + 1..]) {
                all.push(logits[next as usize] - finite_log_sum(level, logits)?);
            }
            Ok(())
        })?;
        Ok(all)
    }

    /// Read `token`, and tell what each layer makes of it: the logits that its output gives through the model's last
    /// norm and head (nostalgebraist's logit lens, 2020). The first are those of the embedding, before any layer, and the
    /// last are the model's own; shape `[layers + 1, vocab_size]`, a row at a time to `visit`.
    pub fn lens(
        &mut self,
        cache: &mut Cache,
        token: u32,
        mut visit: impl FnMut(Level, &[f32]) -> Result<()>,
    ) -> Result<()> {
        let mut states = Vec::new();
        self.watch(std::slice::from_mut(cache), &[(0, token)], |hidden| {
            states.extend_from_slice(hidden);
        })?;
        self.buffers.hidden = states;
        for layer in 0..=self.model.config.layers {
            let level = self.model.level;
            visit(level, self.logits(layer..layer + 1))?;
        }
        Ok(())
    }

    /// Read `tokens` chunk by chunk; `visit` gets where a chunk begins and the logits after each of its tokens.
    fn each_chunk(
        &mut self,
        cache: &mut Cache,
        tokens: &[u32],
        mut visit: impl FnMut(Level, usize, &[f32]) -> Result<()>,
    ) -> Result<()> {
        if tokens.is_empty() {
            return Err(Error::usage("there are no tokens to read", "begin with <|endoftext|>"));
        }
        check_length(&self.model.config, cache.length() + tokens.len())?;
        check_tokens(&self.model.config, tokens.iter().copied())?;
        for (index, chunk) in tokens.chunks(CHUNK).enumerate() {
            self.read(cache, chunk)?;
            let level = self.model.level;
            visit(level, index * CHUNK, self.logits(0..chunk.len()))?;
        }
        Ok(())
    }

    /// Take `rows` through all layers; `logits` then tells what comes after each.
    pub fn run(&mut self, caches: &mut [Cache], rows: &[Row]) -> Result<()> {
        self.watch(caches, rows, |_| {})
    }

    /// Run; `visit` sees the vectors of all rows as they enter the first layer and as they leave each one.
    fn watch(&mut self, caches: &mut [Cache], rows: &[Row], mut visit: impl FnMut(&[f32])) -> Result<()> {
        let model = Arc::clone(&self.model);
        self.place(caches, rows)?;
        let size = model.config.hidden_size;
        self.buffers.hidden.resize(rows.len() * size, 0.0);
        for (&(_, token), hidden) in rows.iter().zip(self.buffers.hidden.chunks_exact_mut(size)) {
            model.embedding.copy_row(token as usize, hidden);
        }
        visit(&self.buffers.hidden);
        for (index, layer) in model.layers.iter().enumerate() {
            self.attention(&model, layer, index, caches, rows);
            self.mlp(&model, layer);
            visit(&self.buffers.hidden);
        }
        for &(cache, _) in rows {
            caches[cache].advance(1);
        }
        Ok(())
    }

    /// The logits after `rows` of the last run, shape `[rows.len(), vocab_size]`.
    pub fn logits(&mut self, rows: std::ops::Range<usize>) -> &mut [f32] {
        let (model, buffers) = (&self.model, &mut self.buffers);
        let (head, size) = (model.head(), model.config.hidden_size);
        buffers.normed.resize(rows.len() * size, 0.0);
        let hidden = &buffers.hidden[rows.start * size..rows.end * size];
        rms_norm(
            model.level,
            hidden,
            &model.norm,
            model.config.norm_eps,
            &mut buffers.normed,
        );
        let stride = head.padded_rows();
        buffers.logits.resize(rows.len() * stride, 0.0);
        multiply(
            model.level,
            head,
            &buffers.normed,
            &mut buffers.quantised,
            &mut buffers.logits,
        );
        if stride != head.rows {
            for row in 1..rows.len() {
                buffers
                    .logits
                    .copy_within(row * stride..row * stride + head.rows, row * head.rows);
            }
        }
        &mut buffers.logits[..rows.len() * head.rows]
    }

    /// Check the rows, find their positions, and make room for them in their caches.
    fn place(&mut self, caches: &mut [Cache], rows: &[Row]) -> Result<()> {
        let config = &self.model.config;
        check_tokens(config, rows.iter().map(|row| row.1))?;
        self.positions.clear();
        for (index, &(cache, _)) in rows.iter().enumerate() {
            let before = rows[..index].iter().filter(|row| row.0 == cache).count();
            self.positions.push(caches[cache].length() + before);
        }
        let reach = self.positions.iter().max().map_or(0, |last| last + 1);
        check_length(config, reach)?;
        self.angles.reach(reach);
        for (index, cache) in caches.iter_mut().enumerate() {
            let count = rows.iter().filter(|row| row.0 == index).count();
            if count > 0 {
                cache.reserve(count);
            }
        }
        Ok(())
    }

    fn attention(&mut self, model: &Model, layer: &Layer, index: usize, caches: &mut [Cache], rows: &[Row]) {
        let (config, level, eps, buffers) = (&model.config, model.level, model.config.norm_eps, &mut self.buffers);
        let (head_dim, query_size, kv_size) = (config.head_dim, config.query_size(), config.kv_size());
        buffers.norm(model, &layer.attention_norm);
        buffers.qkv.resize(rows.len() * layer.qkv.padded_rows(), 0.0);
        multiply(
            level,
            &layer.qkv,
            &buffers.normed,
            &mut buffers.quantised,
            &mut buffers.qkv,
        );
        for ((row, &(cache, _)), &position) in buffers
            .qkv
            .chunks_exact_mut(layer.qkv.padded_rows())
            .zip(rows)
            .zip(&self.positions)
        {
            let (cosines, sines) = self.angles.at(position);
            let (queries, rest) = row.split_at_mut(query_size);
            let (keys, values) = rest.split_at_mut(kv_size);
            rotate(level, queries, layer.query_norm.as_deref(), eps, cosines, sines);
            rotate(level, keys, layer.key_norm.as_deref(), eps, cosines, sines);
            for (head, (key, value)) in keys
                .chunks_exact(head_dim)
                .zip(values.chunks_exact(head_dim))
                .enumerate()
            {
                let place = caches[cache].place(index, head);
                caches[cache].write(place, position, key, value);
            }
        }
        buffers.attended.resize(rows.len() * query_size, 0.0);
        let shared = config.heads / config.kv_heads;
        // Head by head, so that rows which see the same keys and values find them in the near cache.
        for head in 0..config.heads {
            let outputs = buffers.attended.chunks_exact_mut(query_size);
            let queries = buffers.qkv.chunks_exact(layer.qkv.padded_rows());
            for ((output, row), (&(cache, _), &position)) in outputs.zip(queries).zip(rows.iter().zip(&self.positions))
            {
                let (query, output) = (
                    &row[head * head_dim..][..head_dim],
                    &mut output[head * head_dim..][..head_dim],
                );
                let place = caches[cache].place(index, head / shared);
                attend(
                    level,
                    caches[cache].blocks(),
                    place,
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
        buffers.gate_up.resize(count * stride, 0.0);
        multiply(
            level,
            &layer.gate_up,
            &buffers.normed,
            &mut buffers.quantised,
            &mut buffers.gate_up,
        );
        buffers.gated.resize(count * size, 0.0);
        for (row, output) in buffers
            .gate_up
            .chunks_exact(stride)
            .zip(buffers.gated.chunks_exact_mut(size))
        {
            gated(level, &row[..size], &row[size..2 * size], output);
        }
        buffers.project(model, &layer.down, |buffers| &buffers.gated);
    }
}

/// The logarithm of the sum of `logits`' exponentials.
pub fn finite_log_sum(level: Level, logits: &[f32]) -> Result<f32> {
    let sum = log_sum_exp(level, logits);
    if sum.is_finite() {
        return Ok(sum);
    }
    Err(Error::unsupported(
        "the model computes numbers that are infinite or none",
        "its weights are no good: train or copy it again",
    ))
}

fn check_tokens(config: &Config, mut tokens: impl Iterator<Item = u32>) -> Result<()> {
    match tokens.find(|&token| token as usize >= config.vocab_size) {
        None => Ok(()),
        Some(token) => Err(Error::usage(
            format!(
                "token {token} is outside the model's vocabulary of {}",
                config.vocab_size
            ),
            "use the tokenizer of the same folder",
        )),
    }
}

fn check_length(config: &Config, length: usize) -> Result<()> {
    if length > config.context_length {
        let what = format!("{length} tokens are more than the context of {}", config.context_length);
        return Err(Error::usage(what, "cut them"));
    }
    Ok(())
}

impl Buffers {
    fn norm(&mut self, model: &Model, scale: &[f32]) {
        self.normed.resize(self.hidden.len(), 0.0);
        rms_norm(
            model.level,
            &self.hidden,
            scale,
            model.config.norm_eps,
            &mut self.normed,
        );
    }

    /// Add the product of `matrix` and what `inputs` names to the hidden vectors.
    fn project(&mut self, model: &Model, matrix: &Matrix, inputs: fn(&Self) -> &Vec<f32>) {
        let (size, stride) = (model.config.hidden_size, matrix.padded_rows());
        let (mut residual, mut quantised) = (std::mem::take(&mut self.residual), std::mem::take(&mut self.quantised));
        residual.resize(self.hidden.len() / size * stride, 0.0);
        multiply(model.level, matrix, inputs(self), &mut quantised, &mut residual);
        for (hidden, row) in self.hidden.chunks_exact_mut(size).zip(residual.chunks_exact(stride)) {
            add_assign(model.level, hidden, &row[..size]);
        }
        (self.residual, self.quantised) = (residual, quantised);
    }
}
