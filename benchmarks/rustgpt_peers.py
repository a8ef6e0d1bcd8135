"""The peers of rustgpt, each as a function from a number of tokens to the seconds that it took to sample them.

All run on one thread, and seconds are those of the processor on it: other work on the machine counts little.
"""

import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from benchmarks.rustgpt_model import CONFIG

Run = Callable[[int], float]

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


def rustgpt(folder: Path, dtype: str, takes: int = 1) -> Run:
    """This project's engine, as Python calls it."""
    from tinytales import _native

    model = _native.Gpt.load(folder, dtype)

    def run(count: int) -> float:
        generation = model.generate(PROMPT, seed=1, temperature=TEMPERATURE, top_p=TOP_P, takes=range(takes))
        generation.step()
        started = time.thread_time()
        for _ in range(count):
            generation.step()
        return time.thread_time() - started

    return run


def torch_eager(folder: Path) -> Run:
    """transformers in float32, one thread, with its key-value cache."""
    import torch
    from transformers import Qwen3ForCausalLM

    torch.set_num_threads(1)
    model = Qwen3ForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()

    def run(count: int) -> float:
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

    return run


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


def llama_cpp(path: Path) -> Run:
    """llama.cpp through the bare functions of llama-cpp-python, with its own sampler chain, one thread."""
    import ctypes

    import llama_cpp as api

    api.llama_backend_init()
    api.llama_log_set(_silent(), ctypes.c_void_p(0))
    settings = api.llama_model_default_params()
    settings.n_gpu_layers = 0
    model = api.llama_model_load_from_file(str(path).encode(), settings)
    if not model:
        raise RuntimeError(f"llama.cpp doesn't load {path}")
    options = api.llama_context_default_params()
    options.n_ctx, options.n_batch, options.n_threads, options.n_threads_batch = 1024, 512, 1, 1
    options.no_perf = True
    context = api.llama_init_from_model(model, options)
    chain = api.llama_sampler_chain_init(api.llama_sampler_chain_default_params())
    for sampler in (
        api.llama_sampler_init_top_p(TOP_P, 1),
        api.llama_sampler_init_temp(TEMPERATURE),
        api.llama_sampler_init_dist(1),
    ):
        api.llama_sampler_chain_add(chain, sampler)

    def run(count: int) -> float:
        api.llama_memory_clear(api.llama_get_memory(context), True)
        prompt = (api.llama_token * len(PROMPT))(*PROMPT)
        api.llama_decode(context, api.llama_batch_get_one(prompt, len(PROMPT)))
        token = (api.llama_token * 1)()
        started = time.thread_time()
        for _ in range(count):
            token[0] = api.llama_sampler_sample(chain, context, -1)
            if api.llama_decode(context, api.llama_batch_get_one(token, 1)):
                raise RuntimeError("llama.cpp failed to decode")
        return time.thread_time() - started

    return run


@cache
def _silent() -> object:
    """A receiver of llama.cpp's log, which must live as long as the process."""
    import llama_cpp

    return llama_cpp.llama_log_callback(lambda *_: None)


def reading_rate(size: int) -> float:
    """Bytes a second at which one core reads the same `size` bytes again and again: the bound for such a model."""
    data = bytes(np.zeros(size, np.uint8))
    best = min(_timed(lambda: data.find(b"\x01")) for _ in range(20))
    return size / best


def _timed(work: Callable[[], object]) -> float:
    started = time.thread_time()
    work()
    return time.thread_time() - started
