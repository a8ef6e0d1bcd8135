//! The model: weights packed for the kernels, and nothing that changes while it computes.

use std::path::Path;

use crate::config::Config;
use crate::error::Result;
use crate::kernels::{Level, Matrix};
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
    /// Load a Hugging Face folder: `config.json` and `model.safetensors`.
    pub fn load(folder: &Path) -> Result<Self> {
        Self::load_for(folder, Level::detect())
    }

    /// Load, to compute on one of `Level::available()`.
    pub fn load_for(folder: &Path, level: Level) -> Result<Self> {
        let config = Config::read(folder)?;
        let mut weights = Weights::open(folder)?;
        let shape = [config.vocab_size, config.hidden_size];
        let embedding = Matrix::pack(&weights.read("model.embed_tokens.weight", &shape)?, config.hidden_size);
        let head = match config.tied {
            true => None,
            false => Some(Matrix::pack(
                &weights.read("lm_head.weight", &shape)?,
                config.hidden_size,
            )),
        };
        let layers = (0..config.layers)
            .map(|index| Layer::read(&mut weights, &config, index))
            .collect::<Result<_>>()?;
        let norm = weights.read("model.norm.weight", &[config.hidden_size])?;
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

impl Layer {
    fn read(weights: &mut Weights, config: &Config, index: usize) -> Result<Self> {
        let mut read =
            |name: &str, shape: &[usize]| weights.read(&format!("model.layers.{index}.{name}.weight"), shape);
        let hidden = config.hidden_size;
        let mut qkv = read("self_attn.q_proj", &[config.query_size(), hidden])?;
        qkv.extend(read("self_attn.k_proj", &[config.kv_size(), hidden])?);
        qkv.extend(read("self_attn.v_proj", &[config.kv_size(), hidden])?);
        let mut gate_up = read("mlp.gate_proj", &[config.intermediate_size, hidden])?;
        gate_up.extend(read("mlp.up_proj", &[config.intermediate_size, hidden])?);
        let mut qk_norm = |name: &str| config.qk_norm.then(|| read(name, &[config.head_dim])).transpose();
        Ok(Self {
            query_norm: qk_norm("self_attn.q_norm")?,
            key_norm: qk_norm("self_attn.k_norm")?,
            attention_norm: read("input_layernorm", &[hidden])?,
            qkv: Matrix::pack(&qkv, hidden),
            attention_output: Matrix::pack(
                &read("self_attn.o_proj", &[hidden, config.query_size()])?,
                config.query_size(),
            ),
            mlp_norm: read("post_attention_layernorm", &[hidden])?,
            gate_up: Matrix::pack(&gate_up, hidden),
            down: Matrix::pack(
                &read("mlp.down_proj", &[hidden, config.intermediate_size])?,
                config.intermediate_size,
            ),
        })
    }
}
