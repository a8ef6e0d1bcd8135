"""What rustgpt says of a text, against transformers and against what it then tells."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch

from tests.inference.models import END, VOCAB_SIZE, ByteTokenizer, random_ids, save_model
from tests.inference.test_parity import SHAPES
from tinytales import _native
from tinytales.errors import MissingError, UsageError
from tinytales.inference.rust_engine import RustEngine
from tinytales.inference.sampling import Sampling

if TYPE_CHECKING:
    from tinytales.inference.scoring import Scorer

PLAIN = Sampling(temperature=1, top_p=1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    save_model(folder)
    return folder


@pytest.fixture(scope="module")
def engine(folder: Path) -> RustEngine:
    return RustEngine("test", _native.Gpt.load(folder), ByteTokenizer())


@pytest.mark.parametrize("shape", SHAPES)
def test_log_probabilities_equal_those_of_transformers(tmp_path: Path, shape: str) -> None:
    theirs = save_model(tmp_path, **SHAPES[shape])
    ids = random_ids(60, seed=4)
    with torch.no_grad():
        expected = theirs(torch.tensor([ids])).logits[0].log_softmax(-1)
    found = _native.Gpt.load(tmp_path).logprobs(ids)
    assert found == pytest.approx([float(expected[index, ids[index + 1]]) for index in range(59)], abs=1e-3)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("length", [1, 49, 64])
def test_each_layer_guesses_as_its_hidden_state_does_in_transformers(tmp_path: Path, shape: str, length: int) -> None:
    theirs = save_model(tmp_path, **SHAPES[shape])
    ids = random_ids(length, seed=length)
    with torch.no_grad():
        states = theirs(torch.tensor([ids]), output_hidden_states=True).hidden_states
        # The last one of transformers is behind the norm already.
        normed = [theirs.model.norm(state[0, -1]) for state in states[:-1]] + [states[-1][0, -1]]
        expected = [theirs.lm_head(state).log_softmax(-1) for state in normed]
    layers = _native.Gpt.load(tmp_path).layer_guesses(ids, 1000)
    assert len(layers) == 4
    for ranked, values in zip(layers, expected, strict=True):
        assert sorted(token for token, _ in ranked) == list(range(len(values)))
        assert ranked == sorted(ranked, key=lambda pair: -pair[1])
        for token, logprob in ranked:
            assert logprob == pytest.approx(float(values[token]), abs=1e-3)


def test_it_is_a_scorer(engine: RustEngine) -> None:
    scorer: Scorer = engine
    scored = scorer.score("héllo")
    assert [one.token for one in scored] == list("héllo".encode())
    assert b"".join(one.data for one in scored).decode() == "héllo"
    assert [one.logprob for one in scored] == engine.logprobs([END, *"héllo".encode()])
    assert scorer.score("") == []


def test_a_text_longer_than_the_context_is_scored_to_its_end(engine: RustEngine) -> None:
    text = "".join(chr(97 + index * index % 26) for index in range(201))
    ids = [END, *text.encode()]
    scored = engine.score(text)
    assert len(scored) == len(text)
    assert [one.logprob for one in scored[:63]] == engine.logprobs(ids[:64])
    for index in range(64, 202):
        # What it may have been given: from half a context to a whole one.
        begins = range(max(0, index - 63), index - 31)
        assert scored[index - 1].logprob in [engine.logprobs(ids[begin : index + 1])[-1] for begin in begins]


@pytest.mark.parametrize("text", ["", "ab", "Once upon a time" * 10])
def test_candidates_are_the_alternatives_of_telling(engine: RustEngine, text: str) -> None:
    [piece] = engine.generate(text, Sampling(max_tokens=1), alternatives=7)
    found = engine.candidates(text, PLAIN, 7)
    assert [(one.token, one.logprob) for one in found] == [(one.token, one.logprob) for one in piece.alternatives]


@pytest.mark.parametrize(
    "sampling",
    [
        PLAIN,
        Sampling(temperature=0.5, top_p=1),
        Sampling(temperature=1, top_p=0.4),
        Sampling(temperature=1, top_p=1, top_k=3),
        Sampling(temperature=1, top_p=1, min_p=0.3),
        Sampling(temperature=0),
        Sampling(temperature=1, top_p=1, repetition_penalty=1.5),
        Sampling(temperature=1, top_p=1, no_repeat_ngram=1),
    ],
)
def test_chances_are_what_the_settings_choose(engine: RustEngine, sampling: Sampling) -> None:
    ids = [END, *b"abc"]
    logits = torch.frombuffer(bytearray(engine.logits(ids)), dtype=torch.float32).view(4, VOCAB_SIZE)[-1].double()
    for token in set(ids):
        value = float(logits[token])
        penalty = sampling.repetition_penalty
        logits[token] = value / penalty if value > 0 else value * penalty
        if sampling.no_repeat_ngram:
            logits[token] = -torch.inf
    if sampling.temperature == 0:
        expected = torch.nn.functional.one_hot(logits.argmax(), VOCAB_SIZE).double()
    else:
        expected = (logits / sampling.temperature).softmax(-1)
        if sampling.top_k:
            expected[expected < expected.topk(sampling.top_k).values[-1]] = 0
        expected[expected < sampling.min_p * expected.max()] = 0
        if sampling.top_p < 1:
            values, order = (expected / expected.sum()).sort(descending=True)
            expected[order[values.cumsum(-1) - values >= sampling.top_p]] = 0
        expected /= expected.sum()
    found = engine.candidates("abc", sampling, VOCAB_SIZE)
    assert len(found) == VOCAB_SIZE
    for one in found:
        assert one.chance == pytest.approx(float(expected[one.token]), abs=1e-5)


def test_the_models_own_tokens_beyond_its_tokenizer_have_no_bytes(engine: RustEngine) -> None:
    assert {one.data for one in engine.candidates("", PLAIN, VOCAB_SIZE) if one.token >= END} == {b""}


def test_wrong_ids(folder: Path) -> None:
    model = _native.Gpt.load(folder)
    for ask in (lambda ids: model.candidates(ids, PLAIN, 1), lambda ids: model.layer_guesses(ids, 1)):
        with pytest.raises(UsageError, match="no tokens"):
            ask([])
        with pytest.raises(UsageError, match="999"):
            ask([1, 999])
        assert ask([1] * 200)
    assert model.candidates([1], PLAIN, 0) == []


def test_weights_that_are_no_numbers(tmp_path: Path) -> None:
    broken = save_model(tmp_path)
    with torch.no_grad():
        broken.model.norm.weight[:] = 3e38  # finite, but what it makes is not
    broken.save_pretrained(tmp_path)
    engine = RustEngine("test", _native.Gpt.load(tmp_path), ByteTokenizer())
    for ask in (
        engine.score,
        lambda text: engine.candidates(text, PLAIN, 3),
        lambda text: engine.layer_guesses(text, 3),
    ):
        with pytest.raises(MissingError, match="infinite"):
            ask("abc")


def test_one_token_more_than_the_context_holds_can_be_scored(tmp_path: Path) -> None:
    theirs = save_model(tmp_path)
    ids = random_ids(65, seed=5)
    with torch.no_grad():
        expected = theirs(torch.tensor([ids[:64]])).logits[0].log_softmax(-1)
    model = _native.Gpt.load(tmp_path)
    assert model.logprobs(ids) == pytest.approx([float(expected[at, ids[at + 1]]) for at in range(64)], abs=1e-3)
    assert model.logprobs([END]) == []
    for wrong, what in (([], "no tokens"), ([*ids, 1], "65 tokens"), ([1, 999], "999")):
        with pytest.raises(UsageError, match=what):
            model.logprobs(wrong)
