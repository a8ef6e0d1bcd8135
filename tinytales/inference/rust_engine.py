"""The engine that tells stories: rustgpt on the CPU, text in and text out."""

import os
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from threading import Event
from typing import Protocol

from tinytales import _native
from tinytales.errors import MissingError, UsageError
from tinytales.inference.boundary import Boundary
from tinytales.inference.engine import Alternative, Finish, Piece
from tinytales.inference.pieces import TextAssembler
from tinytales.inference.sampling import Sampling
from tinytales.inference.scoring import Candidate, Scored

DTYPES = ("float32", "bfloat16", "int8")
FASTEST = "int8"
"""What stories are told in: bits per byte differ from float32's by less than 0.1% (`benchmarks/rustgpt_quality.py`)."""

Word = Sequence[Sequence[int]]
"""The ways to write a word, each as tokens."""

KERNELS_VARIABLE = "TINYTALES_KERNELS"

# Tokens are told several at a time, which is much faster beside a busy thread, but no more than a small share of what
# was told so far: those beyond an end are told for nothing.
_TOLD_PER_AHEAD, _MOST_AHEAD = 8, 16


class Vocabulary(Protocol):
    """What the engine needs of a tokenizer."""

    @property
    def vocab_size(self) -> int: ...

    @property
    def end_of_text(self) -> int: ...

    def encode(self, text: str) -> list[int]: ...

    def token_bytes(self, token: int, /) -> bytes: ...


class RustEngine:
    """A model and its tokenizer; threads may share one and generate at the same time."""

    def __init__(self, name: str, model: _native.Gpt, tokenizer: Vocabulary) -> None:
        self._name = name
        self._model = model
        self._tokenizer = tokenizer

    @property
    def name(self) -> str:
        return self._name

    @property
    def tokenizer(self) -> Vocabulary:
        """What turns texts into its tokens."""
        return self._tokenizer

    @property
    def context_length(self) -> int:
        return self._model.context_length

    @property
    def vocab_size(self) -> int:
        """How many tokens it knows."""
        return self._model.vocab_size

    @property
    def parameters(self) -> int:
        """How many weights it has."""
        return self._model.parameters

    def count_tokens(self, text: str) -> int:
        return len(self._tokenizer.encode(text))

    def logits(self, ids: Sequence[int]) -> bytes:
        """Logits after each of `ids`: float32 in the machine's byte order, shape `[len(ids), vocab_size]`.

        Raises:
            UsageError: no ids, more than the context holds, or one outside the vocabulary.
        """
        return self._model.logits(ids)

    def logprobs(self, ids: Sequence[int]) -> list[float]:
        """The natural log-probability of each of `ids` but the first, given those before it.

        Raises as `logits`, but there may be one more of them than the context holds: nothing comes after the last.
        """
        return self._model.logprobs(ids)

    def score(self, text: str) -> list[Scored]:
        ids, size = self._story(text), self.context_length
        logprobs = self.logprobs(ids[:size])
        while (known := len(logprobs) + 1) < len(ids):
            end = min(len(ids), known + size // 2)
            logprobs += self.logprobs(ids[end - size : end])[known - end :]
        return [Scored(token, self._bytes(token), value) for token, value in zip(ids[1:], logprobs, strict=True)]

    def candidates(self, text: str, sampling: Sampling, count: int) -> list[Candidate]:
        found = self._model.candidates(self._story(text), sampling, count)
        return [Candidate(token, self._bytes(token), logprob, chance) for token, logprob, chance in found]

    def layer_guesses(self, text: str, count: int) -> list[list[Scored]]:
        layers = self._model.layer_guesses(self._story(text), count)
        return [[Scored(token, self._bytes(token), logprob) for token, logprob in layer] for layer in layers]

    def generate(
        self, prompt: str, sampling: Sampling, *, alternatives: int = 0, stop: Event | None = None
    ) -> Iterator[Piece]:
        for _, piece in self.generate_takes(prompt, sampling, 1, alternatives=alternatives, stop=stop):
            yield piece

    def generate_takes(
        self, prompt: str, sampling: Sampling, count: int, *, alternatives: int = 0, stop: Event | None = None
    ) -> Iterator[tuple[int, Piece]]:
        ends = {self._tokenizer.end_of_text}
        return self.continue_ids(self._story(prompt), ends, sampling, count, alternatives=alternatives, stop=stop)

    def continue_ids(
        self,
        ids: Sequence[int],
        ends: Collection[int],
        sampling: Sampling,
        count: int,
        *,
        alternatives: int = 0,
        wanted: Sequence[Word] = (),
        stop: Event | None = None,
    ) -> Iterator[tuple[int, Piece]]:
        """Go on from token ids, of which there must be one at least, until one of `ends`; else as `generate_takes`.

        `wanted` words become likelier the longer they are missing.
        """
        generation = self._model.generate(
            ids,
            takes=range(count),
            seed=sampling.seed,
            temperature=sampling.temperature,
            top_k=sampling.top_k,
            top_p=sampling.top_p,
            min_p=sampling.min_p,
            repetition_penalty=sampling.repetition_penalty,
            no_repeat_ngram=sampling.no_repeat_ngram,
            alternatives=alternatives,
            wanted=wanted,
        )
        takes = {number: _Take(self._tokenizer, ends, sampling) for number in range(count)}
        told = 0
        while takes:
            live = list(takes)
            ahead = max(1, min(told // _TOLD_PER_AHEAD, _MOST_AHEAD, sampling.max_tokens - told))
            for choices in generation.steps(ahead):
                told += 1
                if stop is not None and stop.is_set():
                    for number, take in takes.items():
                        yield number, take.stopped()
                    return
                for number, (token, logprob, ranked, forgotten) in zip(live, choices, strict=True):
                    if number not in takes:
                        continue  # it ended a few steps ago
                    piece = takes[number].piece(token, logprob, ranked, forgotten)
                    if piece.finish is not None:
                        del takes[number]
                        generation.finish(number)
                    yield number, piece

    def _story(self, beginning: str) -> list[int]:
        return [self._tokenizer.end_of_text, *self._tokenizer.encode(beginning)]

    def _bytes(self, token: int) -> bytes:
        return _token_bytes(self._tokenizer, token)


class _Take:
    """One story on its way from tokens to text."""

    def __init__(self, tokenizer: Vocabulary, ends: Collection[int], sampling: Sampling) -> None:
        self._tokenizer = tokenizer
        self._ends = ends
        self._left = sampling.max_tokens
        self._text = TextAssembler()
        self._boundary = Boundary(sampling.until, sampling.stop_strings)

    def piece(self, token: int, logprob: float, ranked: Sequence[tuple[int, float]], forgotten: int) -> Piece:
        """What a chosen token adds, and whether it is the last one."""
        self._left -= 1
        ended = token in self._ends
        text = self._boundary.add(self._text.end() if ended else self._text.add(_token_bytes(self._tokenizer, token)))
        finish: Finish | None = None
        if self._boundary.reached:
            finish = "boundary"
        elif ended or self._left == 0:
            finish = "end" if ended else "length"
            text += self._rest()
        others = tuple(
            Alternative(other, _token_bytes(self._tokenizer, other).decode(errors="replace"), value)
            for other, value in ranked
        )
        return Piece(text, token, logprob, others, finish, forgotten)

    def stopped(self) -> Piece:
        """The last piece of a story that was stopped."""
        return Piece(self._rest(), -1, 0.0, finish="stopped")

    def _rest(self) -> str:
        return self._boundary.add(self._text.end()) + self._boundary.end()


def _token_bytes(tokenizer: Vocabulary, token: int) -> bytes:
    # A model may have more tokens than its tokenizer, to round their number up.
    return tokenizer.token_bytes(token) if token < tokenizer.vocab_size else b""


def load_engine(folder: Path, dtype: str = "float32") -> RustEngine:
    """Load the model in `folder`: a Hugging Face folder of the Qwen3 or Llama architecture.

    The variable `TINYTALES_KERNELS` chooses the kernels (portable, avx2, avx512, neon), for tests: stories are the same
    with all of them.

    Args:
        folder: holds `config.json`, `model.safetensors` and `tokenizer.json`.
        dtype: what the weights are kept in: float32, bfloat16 or int8.

    Raises:
        MissingError: a file is missing, damaged, or of an architecture that the engine doesn't know.
        UsageError: `dtype` is none of `DTYPES`, or the processor lacks the kernels.
    """
    if dtype not in DTYPES:
        raise UsageError(f"there is no dtype {dtype}", f"use one of: {', '.join(DTYPES)}")
    from tinytales.tokenizer.tokenizer import Tokenizer

    model = _native.Gpt.load(folder, dtype, os.environ.get(KERNELS_VARIABLE))
    tokenizer = Tokenizer.load(folder / "tokenizer.json")
    if tokenizer.vocab_size > model.vocab_size:
        raise MissingError(
            f"{folder / 'tokenizer.json'} has {tokenizer.vocab_size} tokens and the model {model.vocab_size}",
            "use the tokenizer that the model was trained with",
        )
    return RustEngine(folder.resolve().name, model, tokenizer)
