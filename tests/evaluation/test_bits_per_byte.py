import math

import numpy as np
import pytest
import torch

from tinytales.evaluation import bits_per_byte as module
from tinytales.evaluation.bits_per_byte import bits_per_byte
from tinytales.model.config import GPTConfig
from tinytales.model.gpt import GPT

CONFIG = GPTConfig.shaped(vocab_size=20, context_length=12, depth=1, width=64, rope_theta=10_000.0)
END = 19
TOKEN_BYTES = np.array([*([1, 2, 3, 1] * 5)], dtype=np.int64)
TOKEN_BYTES[END] = 0


@pytest.fixture
def model() -> GPT:
    model = GPT(CONFIG)
    torch.manual_seed(0)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, mean=float(parameter.ndim == 1), std=0.3)
    return model


def stories(*lengths: int) -> list[np.ndarray]:
    generator = np.random.default_rng(0)
    return [generator.integers(0, END, length).astype(np.uint16) for length in lengths]


def one_token_at_a_time(model: GPT, texts: list[np.ndarray]) -> tuple[float, float, int]:
    """The definition, spelled out."""
    bits = ending_bits = 0.0
    size = endings = 0
    for text in texts:
        line = [END, *map(int, text), END][: CONFIG.context_length + 1]
        for position in range(1, len(line)):
            logits = model(torch.tensor([line[:position]]))[0, -1].double()
            surprise = -torch.log_softmax(logits, 0)[line[position]].item() / math.log(2)
            if line[position] == END:
                ending_bits, endings = ending_bits + surprise, endings + 1
            else:
                bits, size = bits + surprise, size + int(TOKEN_BYTES[line[position]])
    return bits / size, ending_bits / endings if endings else math.nan, size


@pytest.mark.parametrize("batch_tokens", [1, 30, 8192])
def test_it_is_what_the_definition_says(model: GPT, monkeypatch: pytest.MonkeyPatch, batch_tokens: int) -> None:
    monkeypatch.setattr(module, "BATCH_TOKENS", batch_tokens)
    texts = stories(3, 11, 7, 12, 30, 1)
    with torch.no_grad():
        expected, expected_ending, size = one_token_at_a_time(model, texts)
    found = bits_per_byte(model, texts, TOKEN_BYTES, END)
    assert found.bits_per_byte == pytest.approx(expected, rel=1e-5)
    assert found.ending_bits == pytest.approx(expected_ending, rel=1e-5)
    assert (found.bytes, found.stories) == (size, 6)


def test_a_story_longer_than_the_context_is_cut_and_its_end_is_not_seen(model: GPT) -> None:
    (text,) = stories(40)
    whole, cut = (bits_per_byte(model, [piece], TOKEN_BYTES, END) for piece in (text, text[:12]))
    assert math.isnan(whole.ending_bits)
    assert whole.bytes == cut.bytes == TOKEN_BYTES[text[:12]].sum()
    assert whole.bits_per_byte == cut.bits_per_byte


def test_nothing_to_measure_is_an_error(model: GPT) -> None:
    with pytest.raises(ValueError, match="no text"):
        bits_per_byte(model, [], TOKEN_BYTES, END)


def test_nothing_is_dropped_out_while_it_measures(model: GPT) -> None:
    dropping = GPT(CONFIG, dropout=0.5)
    dropping.load_state_dict(model.state_dict())
    texts = stories(3, 11, 7)
    assert bits_per_byte(dropping, texts, TOKEN_BYTES, END) == bits_per_byte(model, texts, TOKEN_BYTES, END)
    assert dropping.training
