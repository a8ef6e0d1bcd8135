"""Damaged, lying and foreign model folders: a clear error that names the file, never a crash."""

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.inference.models import save_model
from tinytales import _native
from tinytales.errors import MissingError


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("model")
    save_model(folder, num_hidden_layers=1)
    return {name: (folder / name).read_bytes() for name in ("config.json", "model.safetensors")}


def write(folder: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


def header_of(data: bytes) -> tuple[dict[str, Any], bytes]:
    (length,) = struct.unpack("<Q", data[:8])
    return json.loads(data[8 : 8 + length]), data[8 + length :]


def with_header(change: Callable[[dict[str, Any]], None], data: bytes) -> bytes:
    header, body = header_of(data)
    change(header)
    encoded = json.dumps(header).encode()
    return struct.pack("<Q", len(encoded)) + encoded + body


def expect_refusal(folder: Path, name: str) -> None:
    with pytest.raises(MissingError) as caught:
        _native.Gpt.load(folder)
    assert name in caught.value.what
    assert caught.value.hint


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_missing_files(tmp_path: Path, whole: dict[str, bytes], name: str) -> None:
    write(tmp_path, whole)
    (tmp_path / name).unlink()
    expect_refusal(tmp_path, f"{name} is missing")


@pytest.mark.parametrize("kept", [0, 4, 8, 100, 1000, 40_000, -2])
@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_truncated_files(tmp_path: Path, whole: dict[str, bytes], name: str, kept: int) -> None:
    if kept >= len(whole[name]):
        pytest.skip("it is shorter than that")
    write(tmp_path, {**whole, name: whole[name][:kept]})
    expect_refusal(tmp_path, name)


def test_bytes_too_many(tmp_path: Path, whole: dict[str, bytes]) -> None:
    write(tmp_path, {**whole, "model.safetensors": whole["model.safetensors"] + b"\0"})
    expect_refusal(tmp_path, "model.safetensors")


def test_a_folder_in_the_place_of_a_file(tmp_path: Path, whole: dict[str, bytes]) -> None:
    write(tmp_path, {"config.json": whole["config.json"]})
    (tmp_path / "model.safetensors").mkdir()
    expect_refusal(tmp_path, "model.safetensors")


NORM = "model.norm.weight"


def _shape(header: dict[str, Any]) -> None:
    header[NORM]["shape"] = [49]


def _flat(header: dict[str, Any]) -> None:
    header["model.embed_tokens.weight"]["shape"] = [259 * 48]


def _offsets(header: dict[str, Any]) -> None:
    header[NORM]["data_offsets"] = [0, 2**63]


def _backwards(header: dict[str, Any]) -> None:
    header[NORM]["data_offsets"] = header[NORM]["data_offsets"][::-1]


def _huge(header: dict[str, Any]) -> None:
    header[NORM]["shape"] = [2**62, 2**62]


def _dtype(header: dict[str, Any]) -> None:
    header[NORM]["dtype"] = "I32"


def _renamed(header: dict[str, Any]) -> None:
    header["other"] = header.pop(NORM)


@pytest.mark.parametrize("change", [_shape, _flat, _offsets, _backwards, _huge, _dtype, _renamed])
def test_lying_headers(tmp_path: Path, whole: dict[str, bytes], change: Callable[[dict[str, Any]], None]) -> None:
    write(tmp_path, {**whole, "model.safetensors": with_header(change, whole["model.safetensors"])})
    expect_refusal(tmp_path, "model.safetensors")


@pytest.mark.parametrize("length", [2**64 - 1, 2**63, 2**40, 2**25])
def test_a_header_longer_than_the_file(tmp_path: Path, whole: dict[str, bytes], length: int) -> None:
    data = struct.pack("<Q", length) + whole["model.safetensors"][8:]
    write(tmp_path, {**whole, "model.safetensors": data})
    expect_refusal(tmp_path, "model.safetensors")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_weights_that_are_no_numbers(tmp_path: Path, whole: dict[str, bytes], value: float) -> None:
    data = whole["model.safetensors"][:-4] + struct.pack("<f", value)
    write(tmp_path, {**whole, "model.safetensors": data})
    expect_refusal(tmp_path, "model.safetensors")


def test_weights_that_overflow(tmp_path: Path, whole: dict[str, bytes]) -> None:
    huge = struct.pack("<f", 3e38) * 48
    data = whole["model.safetensors"][: -len(huge)] + huge  # the last tensor is the last norm
    model = _native.Gpt.load(write(tmp_path, {**whole, "model.safetensors": data}))
    with pytest.raises(MissingError, match="infinite"):
        model.generate([1, 2], seed=0).steps(1)


@pytest.mark.parametrize(
    ("key", "value", "named"),
    [
        ("architectures", ["GPT2LMHeadModel"], "GPT2LMHeadModel"),
        ("architectures", [], "no architecture"),
        ("architectures", "Qwen3ForCausalLM", "no architecture"),
        ("hidden_size", 2**40, "hidden_size"),
        ("hidden_size", -1, "config.json"),
        ("vocab_size", 2**20, "model.safetensors"),
        ("num_hidden_layers", 1000, "model.safetensors"),
        ("num_hidden_layers", 2**40, "num_hidden_layers"),
        ("num_key_value_heads", 3, "key-value heads"),
        ("rope_parameters", {"rope_type": "yarn", "rope_theta": 1e4, "factor": 4}, "yarn"),
        ("hidden_act", "gelu", "gelu"),
        ("attention_bias", True, "biases"),
        ("tie_word_embeddings", False, "lm_head.weight is missing"),
    ],
)
def test_configurations_that_do_not_fit(
    tmp_path: Path, whole: dict[str, bytes], key: str, value: object, named: str
) -> None:
    config = {**json.loads(whole["config.json"]), key: value}
    write(tmp_path, {**whole, "config.json": json.dumps(config).encode()})
    expect_refusal(tmp_path, named)


@pytest.mark.parametrize(
    "data", [b"[]", b"null", b"{", b"\xff\xfe", b'{"architectures": ["Qwen3ForCausalLM"]}', b"1" * 2**21]
)
def test_a_config_that_is_none(tmp_path: Path, whole: dict[str, bytes], data: bytes) -> None:
    write(tmp_path, {**whole, "config.json": data})
    expect_refusal(tmp_path, "config.json")


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_any_bytes_changed(tmp_path: Path, whole: dict[str, bytes], data: st.DataObject) -> None:
    """Whatever is changed in the files, loading ends in a model that computes or in a refusal."""
    name = data.draw(st.sampled_from(sorted(whole)))
    changed = bytearray(whole[name])
    most = min(len(changed), 2000)  # the headers
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, most - 1))] = data.draw(st.integers(0, 255))
    write(tmp_path, {**whole, name: bytes(changed)})
    try:
        model = _native.Gpt.load(tmp_path)
        model.logits([1, 2, 3])
    except MissingError:
        pass
