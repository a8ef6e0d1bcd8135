import math
import struct
import subprocess
import sys
import threading
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.inference.models import END, VOCAB_SIZE, ByteTokenizer, save_model
from tinytales import _native
from tinytales.errors import UsageError
from tinytales.inference.engine import Engine, Piece
from tinytales.inference.pieces import TextAssembler
from tinytales.inference.rust_engine import DTYPES, RustEngine, load_engine
from tinytales.inference.sampling import Sampling


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    save_model(folder)
    return folder


@pytest.fixture(scope="module")
def engine(folder: Path) -> RustEngine:
    return RustEngine("test", _native.Gpt.load(folder), ByteTokenizer())


def text_of(pieces: Iterable[Piece]) -> str:
    return "".join(piece.text for piece in pieces)


def tokens_of(pieces: Iterable[Piece]) -> list[int]:
    return [piece.token for piece in pieces]


def test_it_is_an_engine(engine: RustEngine) -> None:
    some_engine: Engine = engine
    assert (some_engine.name, some_engine.context_length, some_engine.count_tokens("héllo")) == ("test", 64, 6)


def test_one_seed_tells_one_story_and_another_another(engine: RustEngine) -> None:
    first, again, other = (tokens_of(engine.generate("Once", Sampling(seed=seed, max_tokens=30))) for seed in (7, 7, 8))
    assert first == again
    assert first != other


def test_an_empty_prompt_begins_a_story(engine: RustEngine) -> None:
    assert tokens_of(engine.generate("", Sampling(max_tokens=5)))


def test_the_texts_make_the_bytes_of_the_tokens(engine: RustEngine) -> None:
    for seed in range(20):
        pieces = list(engine.generate("é", Sampling(seed=seed, temperature=1.5, top_p=1, max_tokens=60)))
        data = b"".join(ByteTokenizer().token_bytes(piece.token) for piece in pieces if piece.token < END)
        # The model has tokens that its tokenizer doesn't know; they add nothing.
        assert text_of(pieces) == data.decode(errors="replace")


def test_the_last_piece_says_why(engine: RustEngine) -> None:
    finishes = set()
    for seed in range(60):
        pieces = list(engine.generate("x", Sampling(seed=seed, temperature=3, top_p=1, max_tokens=150)))
        assert all(piece.finish is None for piece in pieces[:-1])
        finishes.add(pieces[-1].finish)
        assert (pieces[-1].finish == "end") == (pieces[-1].token == END)
        assert (pieces[-1].finish == "length") == (len(pieces) == 150 and pieces[-1].token != END)
    assert finishes == {"end", "length"}


def test_a_story_outgrows_the_context(engine: RustEngine) -> None:
    """64 tokens are seen; the story goes on, the same whether told in one go or gone on with."""
    model = engine._model
    whole = model.generate([END], temperature=0.5, seed=1)
    steps = whole.steps(300)
    story = [END, *(token for ((token, *_),) in steps)]
    assert steps[-1][0][3] >= 300 - 65
    for begun in (10, 64, 65, 100, 200):
        rest = model.generate(story[:begun], temperature=0.5, seed=1)
        assert [token for _ in range(301 - begun) for ((token, *_),) in rest.steps(1)] == story[begun:]


def test_it_says_how_much_is_forgotten(engine: RustEngine) -> None:
    pieces = list(engine.generate("a" * 40, Sampling(seed=2, temperature=0.3, max_tokens=200)))
    assert [piece.forgotten for piece in pieces[:20]] == [0] * 20
    assert pieces[-1].forgotten > 100


def test_a_prompt_of_100_000_characters(engine: RustEngine) -> None:
    assert tokens_of(engine.generate("word " * 20_000, Sampling(max_tokens=3)))


@pytest.mark.parametrize("prompt", ["\x00\x1b[31m\x7f", "<|endoftext|>", "\U0001f409" * 10, "\n\n\n"])
def test_strange_prompts(engine: RustEngine, prompt: str) -> None:
    assert tokens_of(engine.generate(prompt, Sampling(max_tokens=3)))


def test_it_stops_when_told(engine: RustEngine) -> None:
    stop = threading.Event()
    pieces = []
    for piece in engine.generate("Once", Sampling(temperature=0, max_tokens=10_000), stop=stop):
        pieces.append(piece)
        if len(pieces) == 5:
            stop.set()
    assert len(pieces) == 6
    assert pieces[-1].finish == "stopped"


def test_threads_share_an_engine(engine: RustEngine) -> None:
    expected = {seed: tokens_of(engine.generate("x", Sampling(seed=seed, max_tokens=50))) for seed in range(4)}
    told: dict[int, list[int]] = {}

    def tell(seed: int) -> None:
        told[seed] = tokens_of(engine.generate("x", Sampling(seed=seed, max_tokens=50)))

    threads = [threading.Thread(target=tell, args=(seed,)) for seed in expected]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == expected


@given(st.text(), st.lists(st.integers(0, 30)))
def test_characters_arrive_whole(text: str, cuts: list[int]) -> None:
    data = text.encode(errors="replace")
    assembler, parts = TextAssembler(), []
    for cut in cuts:
        parts.append(assembler.add(data[:cut]))
        data = data[cut:]
    parts += [assembler.add(data), assembler.end()]
    assert "".join(parts) == text.encode(errors="replace").decode()
    assert all("\ufffd" not in part or "\ufffd" in text for part in parts)


def test_top_k_and_top_p_leave_out_what_they_say(engine: RustEngine) -> None:
    for seed in range(30):
        for piece in engine.generate("x", Sampling(seed=seed, top_k=3, top_p=1, max_tokens=5), alternatives=3):
            assert piece.token in {other.token for other in piece.alternatives}
        for piece in engine.generate("x", Sampling(seed=seed, top_p=1e-6, max_tokens=5), alternatives=1):
            assert piece.token == piece.alternatives[0].token


def test_tokens_come_as_often_as_they_are_likely(engine: RustEngine) -> None:
    counts: dict[int, int] = {}
    likely: dict[int, float] = {}
    for seed in range(2000):
        [piece] = engine.generate("ab", Sampling(seed=seed, temperature=1, top_p=1, max_tokens=1), alternatives=3)
        counts[piece.token] = counts.get(piece.token, 0) + 1
        likely = {other.token: math.exp(other.logprob) for other in piece.alternatives}
    for token, share in likely.items():
        deviation = math.sqrt(2000 * share * (1 - share))
        assert abs(counts.get(token, 0) - 2000 * share) < 5 * deviation


@pytest.mark.parametrize("dtype", DTYPES)
def test_takes_are_the_same_together_and_alone(folder: Path, dtype: str) -> None:
    """Whatever is computed beside it, and whatever was computed before it."""
    sampling = Sampling(seed=5, temperature=1.2, top_p=1, max_tokens=120)
    alone = []
    for take in range(9):
        generation = _native.Gpt.load(folder, dtype).generate([END, 1, 2, 3], seed=5, temperature=1.2, takes=[take])
        alone.append([token for ((token, *_),) in generation.steps(120)])
    engine = RustEngine("test", _native.Gpt.load(folder, dtype), ByteTokenizer())
    for count in (1, 2, 3, 5, 7, 8, 9):
        told: dict[int, list[int]] = {take: [] for take in range(count)}
        for take, piece in engine.generate_takes("\1\2\3", sampling, count):
            told[take].append(piece.token)
        assert all(len(told[take]) == 120 or told[take][-1] == END for take in told)
        assert all(told[take] == alone[take][: len(told[take])] for take in told)
    assert len({tuple(tokens) for tokens in alone}) == 9


@pytest.mark.parametrize("dtype", DTYPES)
def test_one_seed_tells_one_story_with_all_kernels(folder: Path, dtype: str) -> None:
    stories = []
    for kernels in ("portable", "avx2", "avx512", "neon"):
        try:
            model = _native.Gpt.load(folder, dtype, kernels)
        except UsageError:
            continue  # this processor lacks them
        told = []
        for seed in range(100):
            generation = model.generate([END, 65], seed=seed, temperature=1.0)
            told.append(generation.steps(30))
        stories.append((told, model.logits([END, *range(60)])))
    assert all(story == stories[0] for story in stories)


def test_a_prompt_that_goes_on_costs_only_what_is_new(folder: Path) -> None:
    """The memory of what was read gives the same logits as reading it anew."""
    model = _native.Gpt.load(folder)
    story = [END, *b"Once upon a time"]
    for length in (17, 5, 12, 3, 16, 17):
        before = model.generate(story[:length], seed=1, temperature=1.0)
        fresh = _native.Gpt.load(folder).generate(story[:length], seed=1, temperature=1.0)
        assert before.steps(40) == fresh.steps(40)


def test_ids_outside_the_vocabulary(engine: RustEngine) -> None:
    with pytest.raises(UsageError, match="999"):
        engine.logits([1, 999])
    with pytest.raises(UsageError, match="no tokens"):
        engine.logits([])
    with pytest.raises(UsageError, match="context of 64"):
        engine.logits([1] * 65)
    assert len(engine.logits([1] * 64)) == 64 * VOCAB_SIZE * 4


def test_an_unknown_dtype(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="float64"):
        load_engine(tmp_path, "float64")


def test_telling_imports_nothing_heavy() -> None:
    code = "import sys, tinytales.inference.rust_engine; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"torch", "numpy", "textual", "tiktoken", "datasets", "rich", "typer"} & set(modules)


def test_stops_where_it_is_told_to(engine: RustEngine) -> None:
    plain = text_of(engine.generate("x", Sampling(seed=3, max_tokens=60)))
    stop = plain[10:13]
    pieces = list(engine.generate("x", Sampling(seed=3, max_tokens=60, stop_strings=(stop, "never there"))))
    assert text_of(pieces) == plain[: plain.index(stop)]
    assert pieces[-1].finish == "boundary"


def test_repetition_is_held_down(engine: RustEngine) -> None:
    def variety(**settings: Any) -> int:
        return len(set(tokens_of(engine.generate("x", Sampling(temperature=0, max_tokens=50, **settings)))))

    assert variety(repetition_penalty=5.0) > variety()
    tokens = tokens_of(engine.generate("x", Sampling(temperature=0, max_tokens=50, no_repeat_ngram=2)))
    pairs = list(pairwise(tokens))
    assert len(set(pairs)) == len(pairs)


def test_min_p_leaves_out_what_is_unlikely(engine: RustEngine) -> None:
    for seed in range(30):
        for piece in engine.generate("x", Sampling(seed=seed, top_p=1, min_p=1, max_tokens=5), alternatives=1):
            assert piece.token == piece.alternatives[0].token


def test_logprobs_are_those_of_the_logits(engine: RustEngine) -> None:
    ids = [END, *b"a little cat sat on a mat, and then it sat there for a long time"][:60]
    data = engine.logits(ids)
    for index, logprob in enumerate(engine.logprobs(ids)):
        row = struct.unpack_from(f"={VOCAB_SIZE}f", data, index * VOCAB_SIZE * 4)
        total = math.log(sum(math.exp(logit) for logit in row))
        assert logprob == pytest.approx(row[ids[index + 1]] - total, abs=1e-5)


def test_wanted_words_come_and_each_logprob_stays_the_models_own(engine: RustEngine) -> None:
    def tell(wanted: list[list[list[int]]]) -> list[list[Piece]]:
        takes: list[list[Piece]] = [[] for _ in range(8)]
        sampling = Sampling(seed=3, max_tokens=120)
        for number, piece in engine.continue_ids([END, 65], [], sampling, 8, wanted=wanted):
            takes[number].append(piece)
        return takes

    def having(word: list[int], takes: list[list[Piece]]) -> int:
        return sum(bytes(word) in bytes(min(token, 255) for token in tokens_of(take)) for take in takes)

    ox, ax = list(b"ox"), list(b"ax")
    plain, helped = tell([]), tell([[ox, list(b"Ox")], [ax]])
    for word in (ox, ax):
        assert having(word, helped) > having(word, plain) + 1
    told = helped[0]
    logprobs = engine.logprobs([END, 65, *tokens_of(told[:40])])[1:]
    assert [piece.logprob for piece in told[:40]] == pytest.approx(logprobs, abs=1e-4)
