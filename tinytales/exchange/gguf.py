"""GGUF, the file that llama.cpp and Ollama run: weights, tokenizer and chat template in one.

The `gguf` library knows the format, the names of tensors and the quantisations; what is done here is to say what a
model of this project is in its words.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinytales.errors import MissingError, UsageError
from tinytales.model import folder as standard
from tinytales.model.about import About
from tinytales.storage import atomic
from tinytales.tokenizer.special import IM_END

DTYPES = ("float32", "bf16", "q8_0")
PRE_TOKENIZER = "qwen2"  # llama.cpp's name for the split pattern of our tokenizers
_BLOCK = 32  # numbers that share a scale in Q8_0


@dataclass(frozen=True)
class Exported:
    """A GGUF file: how many tensors it holds, and its size in bytes."""

    path: Path
    tensors: int
    bytes: int


def write_gguf(model: About, path: Path, dtype: str) -> Exported:
    """Write a model to `path`, whole or not at all.

    Args:
        model: a folder whose files the engine has checked (`load_engine`).
        path: where to; an older file there is replaced.
        dtype: of the matrices; norms stay in float32, and so do embeddings' and matrices' values in "float32".

    Raises:
        UsageError: no such `dtype`, or a model of an architecture other than Qwen3.
    """
    import gguf

    if dtype not in DTYPES:
        raise UsageError(f"there is no dtype {dtype}", f"use one of: {', '.join(DTYPES)}")
    if model.architecture != standard.ARCHITECTURE:
        raise UsageError(f"{model.name} is a {model.architecture}", f"only {standard.ARCHITECTURE} is exported")
    config = standard.read_json(model.folder / standard.CONFIG)
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.QWEN3, config["num_hidden_layers"])
    with atomic.new_file(path) as temporary:
        writer = gguf.GGUFWriter(temporary, gguf.MODEL_ARCH_NAMES[gguf.MODEL_ARCH.QWEN3])
        _add_shape(writer, model, config)
        _add_tokenizer(writer, model, config)
        count = 0
        for name, values in read_weights(model.folder / standard.WEIGHTS):
            if name == "lm_head.weight" and config.get("tie_word_embeddings"):
                continue  # the embedding, once more
            kind = _kind(dtype, values)
            their_name = names.get_name(name, try_suffixes=(".weight",))
            if their_name is None:
                raise MissingError(f"{model.folder} has a tensor that GGUF doesn't know: {name}", "train it again")
            writer.add_tensor(their_name, gguf.quants.quantize(values, kind), raw_dtype=kind)
            count += 1
        writer.add_file_type(
            {
                "float32": gguf.LlamaFileType.ALL_F32,
                "bf16": gguf.LlamaFileType.MOSTLY_BF16,
                "q8_0": gguf.LlamaFileType.MOSTLY_Q8_0,
            }[dtype]
        )
        writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
    return Exported(path, count, path.stat().st_size)


def read_weights(path: Path) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Every tensor of a safetensors file, in float32; numpy itself knows no bfloat16.

    Raises:
        MissingError: the file is damaged, or holds other numbers than F32, BF16 and F16.
    """
    import safetensors

    deserialize: Any = safetensors.deserialize  # has no types
    try:
        tensors = deserialize(path.read_bytes())
    except safetensors.SafetensorError as error:
        raise MissingError(f"{path} is damaged: {error}", "train or import the model again") from error
    for name, tensor in sorted(tensors):
        data, shape = tensor["data"], tensor["shape"]
        match tensor["dtype"]:
            case "F32":
                values = np.frombuffer(data, "<f4")
            case "BF16":
                values = (np.frombuffer(data, "<u2").astype(np.uint32) << 16).view(np.float32)
            case "F16":
                values = np.frombuffer(data, "<f2").astype(np.float32)
            case other:
                raise MissingError(f"{path} holds {other} numbers", "save it in float32 or bfloat16")
        yield name, values.reshape(shape)


def _kind(dtype: str, values: NDArray[np.float32]) -> Any:
    """What a tensor is written as: vectors, and rows that don't divide into blocks, keep their precision."""
    import gguf

    kinds = gguf.GGMLQuantizationType
    if values.ndim < 2 or dtype == "float32":
        return kinds.F32
    if dtype == "q8_0" and values.shape[-1] % _BLOCK == 0:
        return kinds.Q8_0
    return kinds.BF16


def _add_shape(writer: Any, model: About, config: dict[str, Any]) -> None:
    rope = config.get("rope_parameters") or config
    head = config.get("head_dim") or 128  # Qwen3's own default
    writer.add_name(model.name)
    writer.add_size_label(f"{model.parameters / 1e6:.1f}M")
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config.get("num_key_value_heads") or config["num_attention_heads"])
    writer.add_key_length(head)
    writer.add_value_length(head)
    writer.add_rope_freq_base(float(rope.get("rope_theta") or 10_000.0))
    writer.add_layer_norm_rms_eps(float(config.get("rms_norm_eps") or 1e-6))
    writer.add_vocab_size(config["vocab_size"])


def _add_tokenizer(writer: Any, model: About, config: dict[str, Any]) -> None:
    import gguf

    document = json.loads((model.folder / standard.TOKENIZER).read_text(encoding="utf-8"))
    special = {token["content"]: token["id"] for token in document["added_tokens"]}
    size = config["vocab_size"]
    tokens = [f"[unused {number}]" for number in range(size)]
    types = [int(gguf.TokenType.UNUSED)] * size
    for token, number in document["model"]["vocab"].items():
        tokens[number], types[number] = token, int(gguf.TokenType.NORMAL)
    for token, number in special.items():
        tokens[number], types[number] = token, int(gguf.TokenType.CONTROL)
    end = config["eos_token_id"]
    writer.add_tokenizer_model("gpt2")  # its name for a byte-level BPE
    writer.add_tokenizer_pre(PRE_TOKENIZER)
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    merges = document["model"]["merges"]
    writer.add_token_merges([merge if isinstance(merge, str) else " ".join(merge) for merge in merges])
    writer.add_bos_token_id(end)
    writer.add_eos_token_id(end)
    writer.add_pad_token_id(end)
    writer.add_eot_token_id(special[IM_END])
    # A story begins after <|endoftext|>, a conversation with its own mark.
    writer.add_add_bos_token(not model.chats)
    settings = standard.read_json(model.folder / standard.TOKENIZER_CONFIG)
    writer.add_chat_template(settings["chat_template"])
