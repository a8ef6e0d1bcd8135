//! The model: weights packed for the kernels, and nothing that changes while it computes.

use std::path::Path;

use crate::config::Config;
use crate::error::Result;
use crate::kernels::{Dtype, Level, Matrix};
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
        let mut weights = Weights::open(folder)?;
        let shape = [config.vocab_size, config.hidden_size];
        let embedding = Matrix::pack(
            &weights.read("model.embed_tokens.weight", &shape)?,
            config.hidden_size,
            dtype,
        );
        let head = match config.tied {
            true => None,
            false => Some(Matrix::pack(
                &weights.read("lm_head.weight", &shape)?,
                config.hidden_size,
                dtype,
            )),
        };
        let layers = (0..config.layers)
            .map(|index| Layer::read(&mut weights, &config, dtype, index))
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
    fn read(weights: &mut Weights, config: &Config, dtype: Dtype, index: usize) -> Result<Self> {
        let (hidden, inner) = (config.hidden_size, config.intermediate_size);
        let (queries, keys) = (config.query_size(), config.kv_size());
        let mut read = |names: &[(&str, usize)], columns: usize| {
            let mut values = Vec::new();
            for (name, rows) in names {
                let shape: &[usize] = if columns == 0 { &[*rows] } else { &[*rows, columns] };
                values.extend(weights.read(&format!("model.layers.{index}.{name}.weight"), shape)?);
            }
            Ok(values)
        };
        let mut norm = |name, size| read(&[(name, size)], 0);
        let attention_norm = norm("input_layernorm", hidden)?;
        let mlp_norm = norm("post_attention_layernorm", hidden)?;
        let mut qk_norm = |name| config.qk_norm.then(|| norm(name, config.head_dim)).transpose();
        let (query_norm, key_norm) = (qk_norm("self_attn.q_norm")?, qk_norm("self_attn.k_norm")?);
        let mut pack = |names: &[_], columns| Ok(Matrix::pack(&read(names, columns)?, columns, dtype));
        Ok(Self {
            attention_norm,
            qkv: pack(
                &[
                    ("self_attn.q_proj", queries),
                    ("self_attn.k_proj", keys),
                    ("self_attn.v_proj", keys),
                ],
                hidden,
            )?,
            query_norm,
            key_norm,
            attention_output: pack(&[("self_attn.o_proj", hidden)], queries)?,
            mlp_norm,
            gate_up: pack(&[("mlp.gate_proj", inner), ("mlp.up_proj", inner)], hidden)?,
            down: pack(&[("mlp.down_proj", hidden)], inner)?,
        })
    }
}
