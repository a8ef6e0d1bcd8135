import json
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 (its usual name)

from tinytales.errors import MissingError, UsageError
from tinytales.model import folder as standard
from tinytales.model.config import GPTConfig
from tinytales.model.gpt import GPT, INITIAL_SCALE
from tinytales.model.weights import load_model, named_weights, save_weights
from tinytales.tokenizer.train import train_tokenizer

CONFIG = GPTConfig.shaped(vocab_size=300, context_length=32, depth=2, width=128, rope_theta=10_000.0)


def trained_looking(config: GPTConfig) -> GPT:
    """A model whose every weight matters: a fresh one's blocks are the identity."""
    model = GPT(config)
    torch.manual_seed(0)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, mean=float(parameter.ndim == 1), std=0.15)
    return model


def save(model: GPT, folder: Path) -> Path:
    folder.mkdir()
    standard.write_config(folder, model.config, end_of_text=297)
    save_weights(model, folder / standard.WEIGHTS)
    return folder


@pytest.mark.parametrize("width", [64, 128, 192])
def test_transformers_loads_the_folder_and_gives_the_same_logits(tmp_path: Path, width: int) -> None:
    from transformers import AutoModelForCausalLM

    config = GPTConfig.shaped(vocab_size=300, context_length=32, depth=2, width=width, rope_theta=5_000.0)
    model = trained_looking(config)
    theirs = AutoModelForCausalLM.from_pretrained(save(model, tmp_path / "model"))
    tokens = torch.randint(0, 300, (3, 32), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        torch.testing.assert_close(model(tokens), theirs(tokens).logits, atol=1e-4, rtol=0)
    assert sum(parameter.numel() for parameter in theirs.parameters()) == config.parameters


def test_a_saved_model_is_loaded_back(tmp_path: Path) -> None:
    model = trained_looking(CONFIG)
    loaded = load_model(save(model, tmp_path / "model"))
    assert loaded.config == CONFIG
    for (name, weight), (_, again) in zip(named_weights(model), named_weights(loaded), strict=True):
        assert torch.equal(weight, again), name


def test_parameters_are_counted() -> None:
    assert sum(parameter.numel() for parameter in GPT(CONFIG).parameters()) == CONFIG.parameters
    assert sum(weight.numel() for _, weight in named_weights(GPT(CONFIG))) == CONFIG.parameters


def test_a_fresh_model_is_a_function_of_its_seed_and_its_blocks_are_the_identity() -> None:
    one, same, other = (GPT(CONFIG).initialize(seed) for seed in (1, 1, 2))
    tokens = torch.arange(32)[None]
    assert torch.equal(one(tokens), same(tokens))
    assert not torch.equal(one(tokens), other(tokens))
    assert torch.equal(one(tokens), one.norm(one.embedding[tokens]) @ one.embedding.mT)
    assert one.embedding.std().item() == pytest.approx(INITIAL_SCALE, rel=0.02)


def test_no_token_sees_those_after_it() -> None:
    model = trained_looking(CONFIG)
    tokens = torch.randint(0, 300, (1, 32), generator=torch.Generator().manual_seed(1))
    changed = tokens.clone()
    changed[0, 20:] = 5
    before, after = model(tokens), model(changed)
    torch.testing.assert_close(before[:, :20], after[:, :20])
    assert not torch.allclose(before[:, 20:], after[:, 20:])


def test_while_training_a_token_sees_its_own_text_only() -> None:
    model = trained_looking(CONFIG)
    end = model.config.end_of_text
    first, second = torch.tensor([[end, 1, 2, 3]]), torch.tensor([[end, 9, 8, 7, 6]])
    row = torch.cat((first, second), dim=1)
    apart = torch.cat((model(first), model(second)), dim=1)
    assert not torch.allclose(model(row)[:, 4:], apart[:, 4:], atol=1e-3)
    weights = torch.ones_like(row)
    torch.testing.assert_close(
        model.loss(row, row, weights),
        model.loss(first, first, weights[:, :4]) + model.loss(second, second, weights[:, 4:]),
    )
    torch.testing.assert_close(
        model.loss(row, row, weights), F.cross_entropy(apart.flatten(0, 1), row.flatten(), reduction="sum")
    )


def test_the_model_and_the_tokenizer_agree_on_what_begins_a_text() -> None:
    tokenizer = train_tokenizer(["The cat sat on the mat."] * 3, 265)
    config = GPTConfig.shaped(vocab_size=tokenizer.vocab_size, context_length=8, depth=1, width=64, rope_theta=10_000.0)
    assert config.end_of_text == tokenizer.end_of_text


def test_a_target_counts_as_much_as_it_weighs() -> None:
    model = trained_looking(CONFIG)
    tokens, targets = torch.arange(20)[None], torch.arange(1, 21)[None]
    weights = torch.ones(1, 20, dtype=torch.long)
    losses = torch.stack([model.loss(tokens[:, :end], targets[:, :end], weights[:, :end]) for end in (5, 10, 20)])
    weights[:, 5:10], weights[:, 10:] = 3, 0
    torch.testing.assert_close(model.loss(tokens, targets, weights), losses[0] + 3 * (losses[1] - losses[0]))


@pytest.mark.parametrize(("width", "heads"), [(100, 3), (6, 2), (0, 1)])
def test_impossible_shapes_are_refused(width: int, heads: int) -> None:
    with pytest.raises(UsageError):
        GPTConfig(vocab_size=300, context_length=32, depth=1, width=width, heads=heads, hidden=64)


def test_the_models_of_the_presets_have_the_sizes_they_say() -> None:
    demo = GPTConfig.shaped(vocab_size=1024, context_length=256, depth=4, width=128, rope_theta=10_000.0)
    real = GPTConfig.shaped(vocab_size=2048, context_length=1024, depth=3, width=384, rope_theta=10_000.0)
    assert 0.85e6 < demo.parameters < 0.95e6
    assert 6.0e6 < real.parameters < 6.2e6
    assert (real.heads, real.hidden) == (6, 1024)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def drop_a_layer(path: Path) -> None:
    path.write_text(path.read_text().replace('"num_hidden_layers": 2', '"num_hidden_layers": 3'))


@pytest.mark.parametrize(
    ("file", "damage", "message"),
    [
        ("model.safetensors", Path.unlink, "model.safetensors is missing"),
        ("model.safetensors", truncate, "model.safetensors is damaged"),
        ("config.json", Path.unlink, "config.json is missing"),
        ("config.json", truncate, "config.json is damaged"),
        ("config.json", lambda path: path.write_text("[" * 100_000), "config.json is damaged"),
        ("config.json", lambda path: path.write_text("{}"), "not of a model that tinytales trained"),
        (
            "config.json",
            lambda path: path.write_text(json.dumps({"architectures": [standard.ARCHITECTURE]})),
            "damaged",
        ),
        ("config.json", drop_a_layer, "model.layers.2.input_layernorm.weight is missing"),
    ],
)
def test_damage_is_named(tmp_path: Path, file: str, damage: object, message: str) -> None:
    folder = save(GPT(CONFIG), tmp_path / "model")
    damage(folder / file)  # type: ignore[operator]
    with pytest.raises(MissingError, match=message):
        load_model(folder)
