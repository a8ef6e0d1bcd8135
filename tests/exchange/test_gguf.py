"""The GGUF file, read back with its makers' reader and, where it is installed, run in llama.cpp."""

import json
import shutil
from pathlib import Path

import gguf
import numpy as np
import pytest
import safetensors.torch
import torch

from benchmarks.exported import PROMPTS, compare, llama_cpp, llama_cpp_answers
from tests.command import run
from tests.inference.models import save_model
from tests.small_model import VOCAB_SIZE
from tinytales.errors import MissingError, UsageError
from tinytales.exchange.gguf import DTYPES, read_weights, write_gguf
from tinytales.exchange.send import send
from tinytales.inference.rust_engine import load_engine
from tinytales.inference.sampling import Sampling
from tinytales.model.about import about
from tinytales.model.folder import RUN
from tinytales.storage import manifest
from tinytales.tokenizer.chat_template import CHAT_TEMPLATE, Message, render
from tinytales.tokenizer.tokenizer import Tokenizer

NO_LLAMA_CPP = "llama.cpp is not installed: uv run --with-requirements benchmarks/peers.txt pytest"
BITS = {"float32": 0.0, "bf16": 2.0**-8, "q8_0": 2.0**-6}


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_file_holds_the_model(small_model: Path, tmp_path: Path, dtype: str) -> None:
    done = write_gguf(about(small_model), tmp_path / "model.gguf", dtype)
    reader = gguf.GGUFReader(done.path)
    tensors = {tensor.name: tensor for tensor in reader.tensors}
    ours = dict(read_weights(small_model / "model.safetensors"))
    assert len(tensors) == len(ours) == done.tensors == 2 + 2 * 11
    for name, values in (("token_embd", "model.embed_tokens"), ("blk.1.ffn_down", "model.layers.1.mlp.down_proj")):
        found = gguf.quants.dequantize(tensors[f"{name}.weight"].data, tensors[f"{name}.weight"].tensor_type)
        expected = ours[f"{values}.weight"]
        assert np.abs(found.reshape(expected.shape) - expected).max() <= BITS[dtype] * np.abs(expected).max()
    assert tensors["blk.0.attn_q_norm.weight"].tensor_type == gguf.GGMLQuantizationType.F32


def test_tokenizer_and_template_go_with_it(small_model: Path, tmp_path: Path) -> None:
    reader = gguf.GGUFReader(write_gguf(about(small_model), tmp_path / "model.gguf", "bf16").path)
    fields = {name: field.contents() for name, field in reader.fields.items()}
    document = json.loads((small_model / "tokenizer.json").read_text())
    tokenizer = Tokenizer.load(small_model / "tokenizer.json")
    vocab = document["model"]["vocab"]
    tokens = fields["tokenizer.ggml.tokens"]
    assert all(tokens[number] == token for token, number in vocab.items())
    assert fields["tokenizer.ggml.merges"] == document["model"]["merges"]
    assert fields["tokenizer.ggml.pre"] == "qwen2"
    assert fields["tokenizer.chat_template"] == CHAT_TEMPLATE
    assert (fields["tokenizer.ggml.eos_token_id"], fields["tokenizer.ggml.eot_token_id"]) == (
        tokenizer.end_of_text,
        tokenizer.im_end,
    )
    assert fields["tokenizer.ggml.add_bos_token"]


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32])
def test_weights_are_read_as_pytorch_reads_them(tmp_path: Path, dtype: torch.dtype) -> None:
    values = torch.randn(5, 7, generator=torch.Generator().manual_seed(1)).to(dtype)
    safetensors.torch.save_file({"x": values}, tmp_path / "x.safetensors")
    assert torch.equal(torch.from_numpy(dict(read_weights(tmp_path / "x.safetensors"))["x"].copy()), values.float())


def test_whole_numbers_are_no_weights(tmp_path: Path) -> None:
    safetensors.torch.save_file({"x": torch.ones(2, dtype=torch.int64)}, tmp_path / "x.safetensors")
    with pytest.raises(MissingError, match="I64"):
        list(read_weights(tmp_path / "x.safetensors"))


def test_a_folder_for_ollama_and_the_hub(home: Path, small_model: Path, tmp_path: Path) -> None:
    result = run(home, "export", str(small_model), "--dtype", "q8_0", "-o", str(tmp_path / "out"))
    assert result.returncode == 0, result.stderr
    assert result.stdout == f"{tmp_path / 'out'}\n"
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"tiny-q8_0.gguf", "Modelfile", "README.md"}
    modelfile = (tmp_path / "out" / "Modelfile").read_text()
    assert "FROM ./tiny-q8_0.gguf\n" in modelfile
    assert "PARAMETER num_ctx 96\n" in modelfile
    card = (tmp_path / "out" / "README.md").read_text()
    assert "3.250 on 7 stories" in card
    assert "| from corpus | little" in card


def test_a_chat_model_is_run_as_one(small_model: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(small_model, tmp_path / "chat")
    path = folder / "run.toml"
    record = path.read_text().replace("[lineage.corpus]", '[lineage.conversations]\nname = "x"\n\n[lineage.corpus]')
    path.write_text(record)
    done = send(folder, tmp_path / "out", "bf16")
    assert not gguf.GGUFReader(done.path).fields["tokenizer.ggml.add_bos_token"].contents()
    assert "<|im_start|>assistant\n" in (tmp_path / "out" / "Modelfile").read_text()


def test_what_cant_be_exported_leaves_nothing(small_model: Path, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(UsageError, match="exists"):
        send(small_model, tmp_path / "there", "bf16")
    with pytest.raises(UsageError, match="no dtype q4"):
        send(small_model, tmp_path / "new", "q4")
    damaged = shutil.copytree(small_model, tmp_path / "damaged")
    (damaged / "model.safetensors").write_bytes(b"x" * 100)
    with pytest.raises(MissingError, match=r"model\.safetensors"):
        send(damaged, tmp_path / "new.gguf", "bf16")
    assert {path.name for path in tmp_path.iterdir()} == {"there", "damaged"}


@pytest.fixture
def foreign(small_model: Path, tmp_path: Path) -> Path:
    """A model of transformers: an output matrix of its own, shared keys, rows of 48, and no file but those needed."""
    folder = tmp_path / "foreign"
    theirs = save_model(folder, vocab_size=VOCAB_SIZE, max_position_embeddings=96, tie_word_embeddings=False)
    tokenizer = Tokenizer.load(small_model / "tokenizer.json")
    with torch.no_grad():
        for token in range(VOCAB_SIZE):
            if not tokenizer.token_bytes(token).isascii():
                theirs.lm_head.weight[token] = 0  # llama.cpp doesn't tell the ids of tokens that end within a character
    theirs.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    shutil.copyfile(small_model / "tokenizer.json", folder / "tokenizer.json")
    return folder


def test_a_foreign_model_goes_out_with_what_it_has(foreign: Path, tmp_path: Path) -> None:
    done = send(foreign, tmp_path / "out", "q8_0")
    reader = gguf.GGUFReader(done.path)
    kinds = {tensor.name: tensor.tensor_type for tensor in reader.tensors}
    assert kinds["output.weight"] == kinds["blk.0.attn_q.weight"] == gguf.GGMLQuantizationType.BF16  # rows of 48
    assert kinds["blk.0.attn_output.weight"] == gguf.GGMLQuantizationType.Q8_0  # rows of 64
    assert reader.fields["qwen3.attention.head_count_kv"].contents() == 2
    assert "temperature" not in (tmp_path / "out" / "Modelfile").read_text()


@pytest.mark.parametrize("which", ["small_model", "foreign"])
def test_llama_cpp_tells_the_same(which: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp", reason=NO_LLAMA_CPP)
    folder = request.getfixturevalue(which)
    engine, tokenizer = load_engine(folder), Tokenizer.load(folder / "tokenizer.json")
    file = send(folder, tmp_path / "model.gguf", "float32")
    teller = llama_cpp(file.path, engine.context_length)
    found = compare(engine, tokenizer, teller, PROMPTS, 30)
    assert not found.gaps, str(found)
    assert found.same + found.near_ties == len(PROMPTS)
    assert found.near_ties <= 2


def test_llama_cpp_asks_as_we_do(small_model: Path, tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp", reason=NO_LLAMA_CPP)
    folder = shutil.copytree(small_model, tmp_path / "chat")
    manifest.seal(folder, kind="model", name="chat", facts={}, lineage={"conversations": {}}, file_name=RUN)
    engine, tokenizer = load_engine(folder), Tokenizer.load(folder / "tokenizer.json")
    answer = llama_cpp_answers(send(folder, tmp_path / "model.gguf", "float32").path, engine.context_length)
    for request in ("Tell me a story.", "A story with a cat, please!", "Go on"):
        ids = render(tokenizer, [Message("user", request)], reply=True).ids
        takes = engine.continue_ids(ids, {tokenizer.im_end}, Sampling(temperature=0, max_tokens=20), 1)
        assert answer(request, 20) == [piece.token for _, piece in takes]
