//! `config.json` of a Hugging Face model folder: the architecture's numbers, read with suspicion.

use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::error::{Error, Result};

const MAX_FILE_BYTES: u64 = 1 << 20;
const MAX_DIMENSION: usize = 1 << 20;
const MAX_LAYERS: usize = 1 << 10;

/// The architecture's numbers, in bounds and consistent with each other.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    pub vocab_size: usize,
    pub hidden_size: usize,
    pub intermediate_size: usize,
    pub layers: usize,
    pub heads: usize,
    /// Key-value heads; each serves `heads / kv_heads` query heads.
    pub kv_heads: usize,
    pub head_dim: usize,
    pub norm_eps: f32,
    pub rope_theta: f64,
    /// How many tokens the model can see.
    pub context_length: usize,
    /// The output matrix is the embedding.
    pub tied: bool,
    /// Queries and keys are normalised (Qwen3, not Llama).
    pub qk_norm: bool,
}

#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    architectures: Vec<String>,
    vocab_size: usize,
    hidden_size: usize,
    intermediate_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    num_key_value_heads: Option<usize>,
    head_dim: Option<usize>,
    rms_norm_eps: Option<f64>,
    rope_theta: Option<f64>,
    rope_parameters: Option<Rope>,
    rope_scaling: Option<Rope>,
    max_position_embeddings: usize,
    #[serde(default)]
    tie_word_embeddings: bool,
    hidden_act: Option<String>,
    #[serde(default)]
    attention_bias: bool,
    #[serde(default)]
    mlp_bias: bool,
    #[serde(default)]
    use_sliding_window: bool,
}

#[derive(Deserialize)]
struct Rope {
    rope_theta: Option<f64>,
    #[serde(alias = "type")]
    rope_type: Option<String>,
}

impl Config {
    /// Read and check `config.json` in `folder`.
    pub fn read(folder: &Path) -> Result<Self> {
        let path = folder.join("config.json");
        let size = fs::metadata(&path)
            .map_err(|error| Error::unreadable(&path, &error))?
            .len();
        if size > MAX_FILE_BYTES {
            return Err(Error::damaged(&path, format!("{size} bytes are too many")));
        }
        let text = fs::read(&path).map_err(|error| Error::unreadable(&path, &error))?;
        Self::parse(&text, &path)
    }

    /// Check the bytes of a `config.json`; `path` is for errors.
    pub fn parse(text: &[u8], path: &Path) -> Result<Self> {
        // The name first: another architecture's file may lack everything else.
        let value: serde_json::Value = serde_json::from_slice(text).map_err(|error| Error::damaged(path, error))?;
        let name = value
            .pointer("/architectures/0")
            .and_then(|name| name.as_str())
            .unwrap_or("no architecture");
        let qk_norm = match name {
            "Qwen3ForCausalLM" => true,
            "LlamaForCausalLM" => false,
            _ => {
                return Err(Error::unsupported(
                    format!("{} names {name}", path.display()),
                    "this engine tells with Qwen3ForCausalLM and LlamaForCausalLM",
                ));
            }
        };
        let document: Document = serde_json::from_value(value).map_err(|error| Error::damaged(path, error))?;
        document.check(path)?.into_config(path, qk_norm)
    }

    /// Rows of the query part of the attention's input matrix.
    pub fn query_size(&self) -> usize {
        self.heads * self.head_dim
    }

    /// Rows of the key part, and of the value part.
    pub fn kv_size(&self) -> usize {
        self.kv_heads * self.head_dim
    }
}

impl Document {
    /// Refuse what would load but compute something else.
    fn check(self, path: &Path) -> Result<Self> {
        let name = self.architectures.first().map_or("", String::as_str);
        let refuse = |what: String| {
            Err(Error::unsupported(
                format!("{}: {what}", path.display()),
                format!("this engine knows {name} without it"),
            ))
        };
        let scaling = [&self.rope_parameters, &self.rope_scaling].into_iter().flatten();
        for kind in scaling.filter_map(|rope| rope.rope_type.as_deref()) {
            if kind != "default" {
                return refuse(format!("RoPE of type {kind}"));
            }
        }
        match &self.hidden_act {
            Some(act) if act != "silu" && act != "swish" => return refuse(format!("the activation {act}")),
            _ => {}
        }
        if self.attention_bias || self.mlp_bias {
            return refuse("biases".to_string());
        }
        if self.use_sliding_window {
            return refuse("sliding-window attention".to_string());
        }
        Ok(self)
    }

    fn into_config(self, path: &Path, qk_norm: bool) -> Result<Config> {
        let heads = self.num_attention_heads;
        let nested = self.rope_parameters.as_ref().and_then(|rope| rope.rope_theta);
        let derived = if qk_norm {
            128
        } else {
            self.hidden_size.checked_div(heads).unwrap_or(0)
        };
        let config = Config {
            vocab_size: self.vocab_size,
            hidden_size: self.hidden_size,
            intermediate_size: self.intermediate_size,
            layers: self.num_hidden_layers,
            heads,
            kv_heads: self.num_key_value_heads.unwrap_or(heads),
            head_dim: self.head_dim.unwrap_or(derived),
            norm_eps: self.rms_norm_eps.unwrap_or(1e-6) as f32,
            rope_theta: nested.or(self.rope_theta).unwrap_or(10_000.0),
            context_length: self.max_position_embeddings,
            tied: self.tie_word_embeddings,
            qk_norm,
        };
        let sizes = [
            ("vocab_size", config.vocab_size, MAX_DIMENSION),
            ("hidden_size", config.hidden_size, MAX_DIMENSION),
            ("intermediate_size", config.intermediate_size, MAX_DIMENSION),
            ("num_hidden_layers", config.layers, MAX_LAYERS),
            ("num_attention_heads", config.heads, 1 << 12),
            ("num_key_value_heads", config.kv_heads, 1 << 12),
            ("head_dim", config.head_dim, 1 << 12),
            ("max_position_embeddings", config.context_length, 1 << 24),
        ];
        for (name, value, most) in sizes {
            if value == 0 || value > most {
                return Err(Error::damaged(path, format!("{name} is {value}, outside 1 to {most}")));
            }
        }
        if config.context_length < 16 {
            return Err(Error::damaged(
                path,
                format!("a context of {} is too short", config.context_length),
            ));
        }
        if !config.heads.is_multiple_of(config.kv_heads) {
            return Err(Error::damaged(
                path,
                format!("{heads} heads can't share {} key-value heads", config.kv_heads),
            ));
        }
        if !config.head_dim.is_multiple_of(2) {
            return Err(Error::damaged(path, format!("head_dim {} is odd", config.head_dim)));
        }
        if !(config.norm_eps > 0.0 && config.norm_eps < 1.0) {
            return Err(Error::damaged(path, format!("rms_norm_eps is {}", config.norm_eps)));
        }
        if !(config.rope_theta > 1.0 && config.rope_theta < 1e12) {
            return Err(Error::damaged(path, format!("rope_theta is {}", config.rope_theta)));
        }
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> serde_json::Value {
        serde_json::json!({
            "architectures": ["Qwen3ForCausalLM"], "vocab_size": 64, "hidden_size": 32, "intermediate_size": 48,
            "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8,
            "rms_norm_eps": 1e-6, "rope_parameters": {"rope_theta": 1e6, "rope_type": "default"},
            "max_position_embeddings": 64, "tie_word_embeddings": true, "hidden_act": "silu",
        })
    }

    fn parse(change: impl FnOnce(&mut serde_json::Value)) -> Result<Config> {
        let mut value = document();
        change(&mut value);
        Config::parse(value.to_string().as_bytes(), Path::new("config.json"))
    }

    #[test]
    fn theta_is_found_in_both_places() {
        assert_eq!(parse(|_| {}).unwrap().rope_theta, 1e6);
        let flat = parse(|value| {
            value.as_object_mut().unwrap().remove("rope_parameters");
            value["rope_theta"] = 5e5.into();
        });
        assert_eq!(flat.unwrap().rope_theta, 5e5);
    }

    #[test]
    fn other_architectures_are_refused_by_name() {
        let error = parse(|value| value["architectures"] = serde_json::json!(["GPT2LMHeadModel"])).unwrap_err();
        assert!(error.what.contains("GPT2LMHeadModel"), "{error}");
    }

    #[test]
    fn what_would_compute_something_else_is_refused() {
        for (key, wrong) in [
            ("rope_scaling", serde_json::json!({"type": "linear", "factor": 2.0})),
            ("hidden_act", "gelu".into()),
            ("attention_bias", true.into()),
            ("use_sliding_window", true.into()),
            ("num_key_value_heads", 3.into()),
            ("head_dim", 7.into()),
            ("hidden_size", 0.into()),
            ("vocab_size", (1u64 << 60).into()),
            ("rms_norm_eps", 0.into()),
            ("num_hidden_layers", serde_json::json!(-1)),
            ("max_position_embeddings", 1.into()),
        ] {
            assert!(parse(|value| value[key] = wrong.clone()).is_err(), "{key} = {wrong}");
        }
    }
}
