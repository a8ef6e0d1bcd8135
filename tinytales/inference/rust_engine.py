"""The engine that tells stories: rustgpt on the CPU, text in and text out."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Event
from typing import Protocol

from tinytales import _native
from tinytales.errors import MissingError, UsageError
from tinytales.inference.engine import Alternative, Finish, Piece
from tinytales.inference.pieces import TextAssembler
from tinytales.inference.sampling import Sampling

DTYPES = ("float32",)


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

    def generate(
        self, prompt: str, sampling: Sampling, *, alternatives: int = 0, stop: Event | None = None
    ) -> Iterator[Piece]:
        end = self._tokenizer.end_of_text
        generation = self._model.generate(
            [end, *self._tokenizer.encode(prompt)],
            temperature=sampling.temperature,
            top_k=sampling.top_k,
            top_p=sampling.top_p,
            seed=sampling.seed,
            alternatives=alternatives,
        )
        text = TextAssembler()
        for number in range(1, sampling.max_tokens + 1):
            if stop is not None and stop.is_set():
                yield Piece(text.end(), -1, 0.0, finish="stopped")
                return
            token, logprob, ranked = generation.step()
            finish: Finish | None = "end" if token == end else "length" if number == sampling.max_tokens else None
            added = "" if token == end else text.add(self._tokenizer.token_bytes(token))
            others = tuple(Alternative(other, self._text_of(other), value) for other, value in ranked)
            yield Piece(added + text.end() if finish else added, token, logprob, others, finish)
            if finish:
                return

    def _text_of(self, token: int) -> str:
        return self._tokenizer.token_bytes(token).decode(errors="replace")


def load_engine(folder: Path, dtype: str = "float32") -> RustEngine:
    """Load the model in `folder`: a Hugging Face folder of the Qwen3 or Llama architecture.

    Args:
        folder: holds `config.json`, `model.safetensors` and `tokenizer.json`.
        dtype: what the weights are kept in while computing.

    Raises:
        MissingError: a file is missing, damaged, or of an architecture that the engine doesn't know.
        UsageError: `dtype` is none of `DTYPES`.
    """
    if dtype not in DTYPES:
        raise UsageError(f"there is no dtype {dtype}", f"use one of: {', '.join(DTYPES)}")
    from tinytales.tokenizer.tokenizer import Tokenizer

    model = _native.Gpt.load(folder)
    tokenizer = Tokenizer.load(folder / "tokenizer.json")
    if tokenizer.vocab_size > model.vocab_size:
        raise MissingError(
            f"{folder / 'tokenizer.json'} has {tokenizer.vocab_size} tokens and the model {model.vocab_size}",
            "use the tokenizer that the model was trained with",
        )
    return RustEngine(folder.resolve().name, model, tokenizer)
