"""The standard folder: a model that Hugging Face's transformers loads as it is. Must not know PyTorch.

`config.json` (`Qwen3ForCausalLM`), `generation_config.json`, `model.safetensors`, `tokenizer.json`,
`tokenizer_config.json`. Reading treats every file as hostile.
"""

import json
from pathlib import Path
from typing import Any

from tinytales.errors import MissingError, UsageError
from tinytales.model.config import GPTConfig
from tinytales.storage import atomic

CONFIG, GENERATION_CONFIG, WEIGHTS = "config.json", "generation_config.json", "model.safetensors"
TOKENIZER, TOKENIZER_CONFIG = "tokenizer.json", "tokenizer_config.json"
RUN = "run.toml"  # beside the standard files: how this project made the model
ARCHITECTURE = "Qwen3ForCausalLM"
_LARGEST_JSON = 1 << 20


def write_config(folder: Path, config: GPTConfig, end_of_text: int) -> None:
    """Write `config.json` and `generation_config.json`.

    Args:
        folder: the model's folder.
        config: its shape.
        end_of_text: id of the token that begins and ends a story.
    """
    ends = {"bos_token_id": end_of_text, "eos_token_id": end_of_text, "pad_token_id": end_of_text}
    document = {
        "architectures": [ARCHITECTURE],
        "model_type": "qwen3",
        "dtype": "float32",
        "vocab_size": config.vocab_size,
        "hidden_size": config.width,
        "intermediate_size": config.hidden,
        "num_hidden_layers": config.depth,
        "num_attention_heads": config.heads,
        "num_key_value_heads": config.heads,
        "head_dim": config.head_width,
        "hidden_act": "silu",
        "max_position_embeddings": config.context_length,
        "rms_norm_eps": config.norm_epsilon,
        "rope_theta": config.rope_theta,
        "rope_parameters": {"rope_type": "default", "rope_theta": config.rope_theta},
        "attention_bias": False,
        "attention_dropout": 0.0,
        "use_sliding_window": False,
        "tie_word_embeddings": True,
        **ends,
    }
    generation = {"do_sample": True, "temperature": 0.8, "top_p": 0.95, **ends}
    atomic.write_text(folder / CONFIG, json.dumps(document, indent=2) + "\n")
    atomic.write_text(folder / GENERATION_CONFIG, json.dumps(generation, indent=2) + "\n")


def read_config(folder: Path) -> GPTConfig:
    """The shape that `config.json` describes.

    Raises:
        MissingError: the file is missing, damaged, or of an architecture that `train` does not make.
    """
    path = folder / CONFIG
    document = read_json(path)
    if document.get("architectures") != [ARCHITECTURE]:
        raise MissingError(f"{path} is not of a model that tinytales trained", f"only {ARCHITECTURE} can be read here")
    try:
        rope = document.get("rope_parameters") or document
        return GPTConfig(
            vocab_size=int(document["vocab_size"]),
            context_length=int(document["max_position_embeddings"]),
            depth=int(document["num_hidden_layers"]),
            width=int(document["hidden_size"]),
            heads=int(document["num_attention_heads"]),
            hidden=int(document["intermediate_size"]),
            rope_theta=float(rope["rope_theta"]),
            norm_epsilon=float(document["rms_norm_eps"]),
        )
    except (KeyError, TypeError, ValueError, UsageError) as error:
        raise MissingError(f"{path} is damaged: {error}", "train the model again") from error


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file of a model folder.

    Raises:
        MissingError: the file is missing, damaged or beyond measure.
    """
    try:
        if path.stat().st_size > _LARGEST_JSON:
            raise MissingError(f"{path} is larger than such a file can be", "train the model again")
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MissingError(f"{path} is missing", "train the model again or name another") from None
    except (ValueError, RecursionError) as error:
        raise MissingError(f"{path} is damaged: {error}", "train the model again") from error
    if not isinstance(document, dict):
        raise MissingError(f"{path} is damaged: it holds no object", "train the model again")
    return document
