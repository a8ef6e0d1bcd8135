"""rustgpt against transformers, both in float32."""

import struct
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import Qwen3ForCausalLM

from tests.inference.models import END, VOCAB_SIZE, ByteTokenizer, random_ids, save_model
from tinytales import _native
from tinytales.inference.rust_engine import RustEngine
from tinytales.inference.sampling import Sampling

NEAR_TIE = 2e-3

SHAPES: dict[str, dict[str, Any]] = {
    "grouped and tied": {},
    "untied": {"tie_word_embeddings": False},
    "every head has its own keys": {"num_key_value_heads": 4},
    "one head serves all": {"num_key_value_heads": 1, "head_dim": 32},
    "odd sizes": {"hidden_size": 37, "intermediate_size": 53, "head_dim": 6, "vocab_size": 300},
    "another theta and eps": {"rope_parameters": {"rope_type": "default", "rope_theta": 1e6}, "rms_norm_eps": 1e-3},
    "llama": {"architecture": "Llama"},
}


def logits_of(model: _native.Gpt, ids: list[int]) -> torch.Tensor:
    data = model.logits(ids)
    return torch.tensor(struct.unpack(f"={len(data) // 4}f", data)).view(len(ids), model.vocab_size)


@pytest.mark.parametrize("shape", SHAPES)
def test_logits_equal_those_of_transformers(tmp_path: Path, shape: str) -> None:
    theirs = save_model(tmp_path, **SHAPES[shape])
    ours = _native.Gpt.load(tmp_path)
    assert ours.parameters == sum(parameter.numel() for parameter in theirs.parameters())
    for length in (1, 2, 33, 64):
        ids = random_ids(length, seed=length)
        with torch.no_grad():
            expected = theirs(torch.tensor([ids])).logits[0]
        assert (logits_of(ours, ids) - expected).abs().max() < 1e-4


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_weights_in_half_precision(tmp_path: Path, dtype: torch.dtype) -> None:
    save_model(tmp_path / "float32").to(dtype).save_pretrained(tmp_path / "half")
    theirs = Qwen3ForCausalLM.from_pretrained(tmp_path / "half", dtype=torch.float32)
    ids = random_ids(40, seed=1)
    with torch.no_grad():
        expected = theirs(torch.tensor([ids])).logits[0]
    assert (logits_of(_native.Gpt.load(tmp_path / "half"), ids) - expected).abs().max() < 1e-4


def test_greedy_text_equals_that_of_transformers(tmp_path: Path) -> None:
    theirs = save_model(tmp_path, seed=3)
    engine = RustEngine("test", _native.Gpt.load(tmp_path), ByteTokenizer())
    compared, excused = 0, 0
    for number in range(20):
        prompt = bytes(token % 128 for token in random_ids(1 + number, seed=number)[1:]).decode()
        ids = [END, *prompt.encode()]
        told = [piece.token for piece in engine.generate(prompt, Sampling(temperature=0, max_tokens=40))]
        with torch.no_grad():
            best = theirs(torch.tensor([ids + told])).logits[0, len(ids) - 1 : -1].topk(2)
        for token, indices, values in zip(told, best.indices, best.values, strict=True):
            if token != indices[0]:
                # From here on the two texts may differ.
                assert values[0] - values[1] < NEAR_TIE
                excused += 1
                break
            compared += 1
    assert compared > 400
    assert excused <= 2


def test_log_probabilities_and_alternatives(tmp_path: Path) -> None:
    theirs = save_model(tmp_path)
    engine = RustEngine("test", _native.Gpt.load(tmp_path), ByteTokenizer())
    ids = [END, *b"hello"]
    pieces = list(engine.generate("hello", Sampling(seed=1, max_tokens=20), alternatives=5))
    with torch.no_grad():
        logits = theirs(torch.tensor([[*ids, *(piece.token for piece in pieces)]])).logits[0, len(ids) - 1 :]
    for piece, expected in zip(pieces, logits.log_softmax(-1), strict=False):
        best = expected.topk(5)
        assert piece.logprob == pytest.approx(float(expected[piece.token]), abs=1e-4)
        assert [other.token for other in piece.alternatives] == best.indices.tolist()
        assert [other.logprob for other in piece.alternatives] == pytest.approx(best.values.tolist(), abs=1e-4)


def test_logits_do_not_depend_on_how_the_text_was_cut(tmp_path: Path) -> None:
    save_model(tmp_path)
    model = _native.Gpt.load(tmp_path)
    ids = random_ids(60, seed=5)
    whole = model.logits(ids)
    for length in (1, 5, 31, 32, 33, 59):
        assert model.logits(ids[:length]) == whole[: length * VOCAB_SIZE * 4]
