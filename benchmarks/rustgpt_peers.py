"""rustgpt and its peers, each as two functions: sample so many tokens, read a prompt; both give the seconds it took.

All run on one thread, and seconds are those of the processor on it: other work on the machine counts little.
"""

import os
import time
from collections.abc import Callable, Sequence
from ctypes import (
    CDLL,
    CFUNCTYPE,
    Structure,
    c_bool,
    c_byte,
    c_char_p,
    c_float,
    c_int32,
    c_size_t,
    c_uint32,
    c_void_p,
)
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from benchmarks.rustgpt_model import CONFIG


@dataclass(frozen=True)
class Contender:
    """How long it takes to sample a number of tokens after `PROMPT`, and to read a prompt for the first time."""

    sample: Callable[[int], float]
    read: Callable[[Sequence[int]], float]


PROMPT = [5, 6, 7, 8]
TEMPERATURE, TOP_P = 0.8, 0.95

_GGUF_NAMES = {
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


def rustgpt(folder: Path, dtype: str, takes: int = 1) -> Contender:
    """This project's engine, as Python calls it."""
    from tinytales import _native

    model = _native.Gpt.load(folder, dtype)

    def generate(prompt: Sequence[int]) -> _native.Generation:
        return model.generate(prompt, seed=1, temperature=TEMPERATURE, top_p=TOP_P, takes=range(takes))

    def sample(count: int) -> float:
        generation = generate(PROMPT)
        generation.steps(1)
        started = time.thread_time()
        for _ in range(count):
            generation.steps(1)
        return time.thread_time() - started

    def read(prompt: Sequence[int]) -> float:
        started = time.thread_time()
        generate(prompt).steps(1)
        return time.thread_time() - started

    return Contender(sample, read)


def torch_eager(folder: Path) -> Contender:
    """transformers in float32, one thread, with its key-value cache."""
    import torch
    from transformers import Qwen3ForCausalLM

    torch.set_num_threads(1)
    model = Qwen3ForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()

    def sample(count: int) -> float:
        with torch.inference_mode():
            output = model(torch.tensor([PROMPT]), use_cache=True)
            started = time.thread_time()
            for _ in range(count):
                scaled = output.logits[0, -1] / TEMPERATURE
                ranked, order = scaled.softmax(-1).sort(descending=True)
                ranked[ranked.cumsum(-1) - ranked > TOP_P] = 0
                token = order[torch.multinomial(ranked, 1)]
                output = model(token[None], past_key_values=output.past_key_values, use_cache=True)
            return time.thread_time() - started

    def read(prompt: Sequence[int]) -> float:
        with torch.inference_mode():
            started = time.thread_time()
            model(torch.tensor([prompt]), use_cache=True, logits_to_keep=1)
            return time.thread_time() - started

    return Contender(sample, read)


def save_gguf(folder: Path, path: Path, kind: str) -> None:
    """The model for llama.cpp: `kind` is F32, BF16 or Q8_0."""
    import gguf

    writer = gguf.GGUFWriter(path, "qwen3")
    writer.add_vocab_size(CONFIG["vocab_size"])
    writer.add_context_length(CONFIG["max_position_embeddings"])
    writer.add_embedding_length(CONFIG["hidden_size"])
    writer.add_block_count(CONFIG["num_hidden_layers"])
    writer.add_feed_forward_length(CONFIG["intermediate_size"])
    writer.add_head_count(CONFIG["num_attention_heads"])
    writer.add_head_count_kv(CONFIG["num_key_value_heads"])
    writer.add_key_length(CONFIG["head_dim"])
    writer.add_value_length(CONFIG["head_dim"])
    writer.add_layer_norm_rms_eps(CONFIG["rms_norm_eps"])
    writer.add_rope_freq_base(CONFIG["rope_parameters"]["rope_theta"])
    writer.add_tokenizer_model("no_vocab")
    quantisation = gguf.GGMLQuantizationType[kind]
    for name, values in load_file(folder / "model.safetensors").items():
        if values.ndim == 1:
            writer.add_tensor(_gguf_name(name), values)
        else:
            writer.add_tensor(_gguf_name(name), gguf.quants.quantize(values, quantisation), raw_dtype=quantisation)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _gguf_name(name: str) -> str:
    fixed = {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight"}
    if name in fixed:
        return fixed[name]
    index, _, part = name.removeprefix("model.layers.").removesuffix(".weight").partition(".")
    return f"blk.{index}.{_GGUF_NAMES[part]}.weight"


def llama_cpp(path: Path) -> Contender:
    """llama.cpp with its own sampler chain, one thread, through its C functions.

    The library is that which the variable LLAMA_CPP names, else that of the wheel `xllamacpp`.
    """
    library = _llama_library()
    model = library.llama_model_load_from_file(str(path).encode(), library.llama_model_default_params())
    if not model:
        raise RuntimeError(f"llama.cpp doesn't load {path}")
    context = library.llama_init_from_model(model, library.llama_context_default_params())
    library.llama_set_n_threads(context, 1, 1)
    chain = library.llama_sampler_chain_init(False)
    for sampler in (
        library.llama_sampler_init_top_p(TOP_P, 1),
        library.llama_sampler_init_temp(TEMPERATURE),
        library.llama_sampler_init_dist(1),
    ):
        library.llama_sampler_chain_add(chain, sampler)

    def decode(tokens: Sequence[int]) -> None:
        lent = (c_int32 * len(tokens))(*tokens)
        if library.llama_decode(context, library.llama_batch_get_one(lent, len(lent))):
            raise RuntimeError("llama.cpp failed to decode")

    def start(prompt: Sequence[int]) -> None:
        library.llama_memory_clear(library.llama_get_memory(context), True)
        decode(prompt)
        library.llama_synchronize(context)

    def sample(count: int) -> float:
        start(PROMPT)
        started = time.thread_time()
        for _ in range(count):
            decode([library.llama_sampler_sample(chain, context, -1)])
        library.llama_synchronize(context)
        return time.thread_time() - started

    def read(prompt: Sequence[int]) -> float:
        started = time.thread_time()
        start(prompt)
        return time.thread_time() - started

    return Contender(sample, read)


class _Settings(Structure):
    """llama.cpp's structs of settings, which are only passed on: larger than any of them."""

    _fields_ = (("content", c_byte * 1024),)


class _Batch(Structure):
    _fields_ = (("size", c_int32), ("pointers", c_void_p * 6))


@cache
def _llama_library() -> CDLL:
    library = CDLL(os.environ.get("LLAMA_CPP") or _wheel_of_llama_cpp())
    pointers = "init_from_model model_load_from_file get_memory sampler_chain_init sampler_init_top_p"
    for name in [*pointers.split(), "sampler_init_temp", "sampler_init_dist"]:
        getattr(library, f"llama_{name}").restype = c_void_p
    for name in ("model", "context"):
        getattr(library, f"llama_{name}_default_params").restype = _Settings
    library.llama_batch_get_one.restype = _Batch
    for name, arguments in {
        "model_load_from_file": [c_char_p, _Settings],
        "init_from_model": [c_void_p, _Settings],
        "set_n_threads": [c_void_p, c_int32, c_int32],
        "sampler_init_top_p": [c_float, c_size_t],
        "sampler_init_temp": [c_float],
        "sampler_init_dist": [c_uint32],
        "sampler_chain_add": [c_void_p, c_void_p],
        "sampler_sample": [c_void_p, c_void_p, c_int32],
        "decode": [c_void_p, _Batch],
        "get_memory": [c_void_p],
        "memory_clear": [c_void_p, c_bool],
        "synchronize": [c_void_p],
    }.items():
        getattr(library, f"llama_{name}").argtypes = arguments
    library.llama_log_set(_silent, None)
    return library


def _wheel_of_llama_cpp() -> str:
    import xllamacpp

    return str(next(Path(xllamacpp.__file__).parent.glob("*.so")))


@CFUNCTYPE(None, c_int32, c_char_p, c_void_p)
def _silent(level: int, text: bytes, data: int) -> None:
    """Takes llama.cpp's log."""


def reading_rate(size: int) -> float:
    """Bytes a second at which one core reads the same `size` bytes again and again: the bound for such a model."""
    data = bytes(np.zeros(size, np.uint8))
    best = min(_timed(lambda: data.find(b"\x01")) for _ in range(20))
    return size / best


def _timed(work: Callable[[], object]) -> float:
    started = time.thread_time()
    work()
    return time.thread_time() - started
