//! The model: weights packed for the kernels, and nothing that changes while it computes.

use std::path::Path;

use crate::config::Config;
use crate::error::Result;
use crate::kernels::{Arena, Dtype, Level, Matrix};
use crate::weights::Weights;

/// A loaded model; any number of sessions can compute with it at once.
pub struct Model {
    pub config: Config,
    pub(crate) level: Level,
    pub(crate) embedding: Matrix,
    pub(crate) layers: Vec<Layer>,
    pub(crate) norm: Vec<f32>,
    /// The output matrix, where it isn't the embedding.
    head: Option<Matrix>,
}

pub(crate) struct Layer {
    pub attention_norm: Vec<f32>,
    /// Rows: all queries, then all keys, then all values.
    pub qkv: Matrix,
    pub query_norm: Option<Vec<f32>>,
    pub key_norm: Option<Vec<f32>>,
    pub attention_output: Matrix,
    pub mlp_norm: Vec<f32>,
    /// Rows: the gate, then up.
    pub gate_up: Matrix,
    pub down: Matrix,
}

impl Model {
    /// Load a Hugging Face folder, `config.json` and `model.safetensors`, to compute on one of `Level::available()`.
    pub fn load(folder: &Path, dtype: Dtype, level: Level) -> Result<Self> {
        let config = Config::read(folder)?;
        let weights = Weights::open(folder)?;
        let arena = Arena::new(lines(&config, dtype).min(weights.bytes() as usize / 16));
        let mut loader = Loader {
            weights,
            dtype,
            arena,
            values: Vec::new(),
        };
        let (vocab_size, hidden) = (config.vocab_size, config.hidden_size);
        let embedding = loader.matrix(&[("model.embed_tokens", vocab_size)], hidden)?;
        let layers = (0..config.layers)
            .map(|index| Layer::load(&mut loader, &config, index))
            .collect::<Result<_>>()?;
        let norm = loader.norm("model.norm", hidden)?;
        let head = if config.tied {
            None
        } else {
            Some(loader.matrix(&[("lm_head", vocab_size)], hidden)?)
        };
        Ok(Self {
            config,
            level,
            embedding,
            layers,
            norm,
            head,
        })
    }

    pub(crate) fn head(&self) -> &Matrix {
        self.head.as_ref().unwrap_or(&self.embedding)
    }

    /// How many weights it has.
    pub fn parameters(&self) -> usize {
        let matrix = |matrix: &Matrix| matrix.rows * matrix.columns;
        let optional = |norm: &Option<Vec<f32>>| norm.as_ref().map_or(0, Vec::len);
        let layers = self.layers.iter().map(|layer| {
            [&layer.qkv, &layer.attention_output, &layer.gate_up, &layer.down]
                .map(matrix)
                .iter()
                .sum::<usize>()
                + layer.attention_norm.len()
                + layer.mlp_norm.len()
                + optional(&layer.query_norm)
                + optional(&layer.key_norm)
        });
        matrix(&self.embedding) + self.head.as_ref().map_or(0, matrix) + self.norm.len() + layers.sum::<usize>()
    }
}

/// How many lines of memory all matrices take.
fn lines(config: &Config, dtype: Dtype) -> usize {
    let (hidden, inner) = (config.hidden_size, config.intermediate_size);
    let embeddings = dtype.lines(config.vocab_size, hidden) * if config.tied { 1 } else { 2 };
    let layer = dtype.lines(config.query_size() + 2 * config.kv_size(), hidden)
        + dtype.lines(hidden, config.query_size())
        + dtype.lines(2 * inner, hidden)
        + dtype.lines(hidden, inner);
    embeddings + config.layers * layer
}

/// What is needed while weights are read.
struct Loader {
    weights: Weights,
    dtype: Dtype,
    arena: Arena,
    values: Vec<f32>,
}

impl Loader {
    /// A matrix of the tensors called so, with so many rows each, below each other.
    fn matrix(&mut self, parts: &[(&str, usize)], columns: usize) -> Result<Matrix> {
        self.values.clear();
        for (name, rows) in parts {
            self.weights
                .read(&format!("{name}.weight"), &[*rows, columns], &mut self.values)?;
        }
        Ok(Matrix::pack(&self.values, columns, self.dtype, &self.arena))
    }

    fn norm(&mut self, name: &str, size: usize) -> Result<Vec<f32>> {
        let mut values = Vec::new();
        self.weights.read(&format!("{name}.weight"), &[size], &mut values)?;
        Ok(values)
    }
}

impl Layer {
    fn load(loader: &mut Loader, config: &Config, index: usize) -> Result<Self> {
        let (hidden, inner) = (config.hidden_size, config.intermediate_size);
        let (queries, keys) = (config.query_size(), config.kv_size());
        let name = |part: &str| format!("model.layers.{index}.{part}");
        let mut norm = |part, size| loader.norm(&name(part), size);
        let attention_norm = norm("input_layernorm", hidden)?;
        let mlp_norm = norm("post_attention_layernorm", hidden)?;
        let mut qk_norm = |part| config.qk_norm.then(|| norm(part, config.head_dim)).transpose();
        let (query_norm, key_norm) = (qk_norm("self_attn.q_norm")?, qk_norm("self_attn.k_norm")?);
        let (q, k, v) = (
            name("self_attn.q_proj"),
            name("self_attn.k_proj"),
            name("self_attn.v_proj"),
        );
        let qkv = loader.matrix(&[(&q, queries), (&k, keys), (&v, keys)], hidden)?;
        let attention_output = loader.matrix(&[(&name("self_attn.o_proj"), hidden)], queries)?;
        let gate_up = loader.matrix(
            &[(&name("mlp.gate_proj"), inner), (&name("mlp.up_proj"), inner)],
            hidden,
        )?;
        let down = loader.matrix(&[(&name("mlp.down_proj"), hidden)], inner)?;
        Ok(Self {
            attention_norm,
            qkv,
            query_norm,
            key_norm,
            attention_output,
            mlp_norm,
            gate_up,
            down,
        })
    }
}
