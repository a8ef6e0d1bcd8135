"""Weights between the GPT in PyTorch and `model.safetensors` under Hugging Face's names."""

from collections.abc import Iterator
from pathlib import Path

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from tinytales.errors import MissingError
from tinytales.model import folder as standard
from tinytales.model.gpt import GPT, Block


def named_weights(model: GPT) -> Iterator[tuple[str, Tensor]]:
    """Every weight under the name that transformers' Qwen3 gives it, as a view into the model's own."""
    yield "model.embed_tokens.weight", model.embedding
    for index, block in enumerate(model.blocks):
        assert isinstance(block, Block)
        attention, feed_forward = block.attention, block.feed_forward
        parts = {
            "input_layernorm": block.attention_norm.weight,
            "self_attn.q_proj": attention.qkv[0],
            "self_attn.k_proj": attention.qkv[1],
            "self_attn.v_proj": attention.qkv[2],
            "self_attn.o_proj": attention.out,
            "self_attn.q_norm": attention.query_norm.weight,
            "self_attn.k_norm": attention.key_norm.weight,
            "post_attention_layernorm": block.feed_forward_norm.weight,
            "mlp.gate_proj": feed_forward.gate_up[0],
            "mlp.up_proj": feed_forward.gate_up[1],
            "mlp.down_proj": feed_forward.down,
        }
        for part, weight in parts.items():
            yield f"model.layers.{index}.{part}.weight", weight
    yield "model.norm.weight", model.norm.weight


def save_weights(model: GPT, path: Path) -> None:
    """Write the weights in float32."""
    tensors = {name: weight.detach().float().cpu().contiguous() for name, weight in named_weights(model)}
    # Written by Python: the library would hide a full disk in an error of its own.
    path.write_bytes(safetensors.torch.save(tensors, metadata={"format": "pt"}))


def load_model(folder: Path) -> GPT:
    """The model of a standard folder that `train` made, on the CPU.

    Raises:
        MissingError: a file is missing or damaged.
    """
    model = GPT(standard.read_config(folder))
    load_weights(model, folder)
    return model


@torch.no_grad()
def load_weights(model: GPT, folder: Path) -> None:
    """Put the weights of a standard folder into `model`, which is of its shape.

    Raises:
        MissingError: the file is missing or damaged, or of another shape; the model may then be changed in part.
    """
    path = folder / standard.WEIGHTS
    try:
        tensors = safetensors.torch.load_file(path)
    except FileNotFoundError:
        raise MissingError(f"{path} is missing", "train the model again or name another") from None
    except safetensors.SafetensorError as error:
        raise MissingError(f"{path} is damaged: {error}", "train the model again") from error
    for name, weight in named_weights(model):
        found = tensors.get(name)
        if found is None or found.shape != weight.shape:
            shape = "missing" if found is None else f"of shape {tuple(found.shape)}, not {tuple(weight.shape)}"
            raise MissingError(f"{path} is damaged: {name} is {shape}", "train the model again")
        weight.copy_(found)
