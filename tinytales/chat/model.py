"""A model that was taught to answer: conversations in, the pieces of replies out. On the path to the first word."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from threading import Event

from tinytales.chat.asking import read_request, unquoted, ways_to_write
from tinytales.chat.words import words_of
from tinytales.errors import MissingError, UsageError
from tinytales.inference.engine import Engine, Piece
from tinytales.inference.rust_engine import RustEngine, load_engine
from tinytales.inference.sampling import Sampling
from tinytales.model import folder as standard
from tinytales.storage import manifest
from tinytales.storage.shelf import MODELS
from tinytales.tokenizer.chat_template import Message, render
from tinytales.tokenizer.tokenizer import Tokenizer

CONVERSATIONS = "conversations"
"""In a model's lineage: the set of conversations that it learned from."""

WORDS = "words.txt"
"""In a model's folder: every word that it has met."""

_LARGEST_WORDS = 64 << 20
_ROOM = 3  # one part in so many of the context stays free for the reply
_SHORTEST_REPLY = 80  # characters; a shorter one is left out, not cut
_HINT = "teach one: tinytales mid-train"


class ChatModel:
    """A model with its tokenizer and the words that it has met; an `Engine` whose prompts are requests."""

    def __init__(self, engine: RustEngine, tokenizer: Tokenizer, folder: Path) -> None:
        self._engine = engine
        self._tokenizer = tokenizer
        self._folder = folder

    @property
    def name(self) -> str:
        return self._engine.name

    @property
    def context_length(self) -> int:
        return self._engine.context_length

    @cached_property
    def seen(self) -> frozenset[str]:
        """The words that it has met, in lower case; none if nobody wrote them down."""
        path = self._folder / WORDS
        try:
            if path.stat().st_size > _LARGEST_WORDS:
                return frozenset()
            return frozenset(words_of(path.read_text(encoding="utf-8", errors="replace")))
        except OSError:
            return frozenset()

    def count_tokens(self, text: str) -> int:
        return self._engine.count_tokens(text)

    def generate(
        self, prompt: str, sampling: Sampling, *, alternatives: int = 0, stop: Event | None = None
    ) -> Iterator[Piece]:
        """The reply to a request in plain words."""
        for _, piece in self.generate_takes(prompt, sampling, 1, alternatives=alternatives, stop=stop):
            yield piece

    def generate_takes(
        self, prompt: str, sampling: Sampling, count: int, *, alternatives: int = 0, stop: Event | None = None
    ) -> Iterator[tuple[int, Piece]]:
        """Several replies to a request in plain words, with help towards the words that it asks for."""
        wanted = read_request(prompt).words
        messages = [Message("user", prompt)]
        return self.replies(messages, sampling, count, alternatives=alternatives, wanted=wanted, stop=stop)

    def replies(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        count: int = 1,
        *,
        alternatives: int = 0,
        wanted: Sequence[str] = (),
        stop: Event | None = None,
    ) -> Iterator[tuple[int, Piece]]:
        """Reply to a conversation in several ways at once; see `Engine.generate_takes`.

        Requests are given to the model as `unquoted` leaves them. Those of the `wanted` words that it has met become
        likelier, the longer they are missing.

        Raises:
            UsageError: the last message alone is too long for the model.
        """
        ids = self._fitted(
            [replace(one, content=unquoted(one.content)) if one.role == "user" else one for one in messages]
        )
        ends = {self._tokenizer.end_of_text, self._tokenizer.im_end}
        return self._engine.continue_ids(
            ids,
            ends,
            sampling,
            count,
            alternatives=alternatives,
            wanted=self._spelled(wanted, messages[-1].content),
            stop=stop,
        )

    def _spelled(self, words: Sequence[str], request: str) -> list[list[list[int]]]:
        """The ways to write each of the words that it has met, as tokens, where a text goes on."""
        return [
            [self._tokenizer.encode(f" {way}") for way in ways_to_write(word, request)]
            for word in words
            if not self.seen or word in self.seen
        ]

    def _fitted(self, messages: Sequence[Message]) -> list[int]:
        """The tokens of a conversation, without its oldest part where it would leave too little room for a reply."""
        most = self.context_length - self.context_length // _ROOM
        held = list(messages)
        while len(ids := render(self._tokenizer, held, reply=True).ids) > most:
            if len(held) > 3:
                held = held[2:]  # the oldest question and its answer
            elif len(held) > 1 and len(text := held[-2].content) > _SHORTEST_REPLY:
                # The end of a long reply says best how to go on.
                held[-2] = Message(held[-2].role, text[len(text) // 4 :].partition(" ")[2])
            elif len(held) > 1:
                held = held[-1:]
            else:
                raise UsageError(
                    f"the request has {len(ids):,} tokens, too many for a model of {self.context_length:,}",
                    "ask in fewer words",
                )
        return ids


def load_chat_model(folder: Path, dtype: str = "float32") -> ChatModel:
    """Load a model that was taught to answer.

    Raises:
        MissingError: it wasn't, or a file of it is missing or damaged.
        UsageError: there is no such `dtype`.
    """
    if not is_chat(folder):
        raise MissingError(
            f"the model {folder.name} wasn't taught to answer", f"teach it: tinytales mid-train {folder.name}"
        )
    return ChatModel(load_engine(folder, dtype), Tokenizer.load(folder / standard.TOKENIZER), folder)


def find_chat_model(name: str | None) -> Path:
    """The folder of a model by name or path; when None the one in use, else the newest, that was taught to answer.

    Raises:
        MissingError: there is none.
    """
    if name is not None:
        return MODELS.find(name)
    for folder in (MODELS.chosen(), *MODELS.all(), MODELS.starter()):
        if folder is not None and is_chat(folder):
            return folder
    raise MissingError("there is no model yet that was taught to answer", _HINT)


def is_chat(folder: Path) -> bool:
    """Whether a model learned from conversations, as its `run.toml` says."""
    try:
        return CONVERSATIONS in manifest.read(folder, "model", standard.RUN).lineage
    except MissingError:
        return False


def answering(folder: Path, engine: Engine) -> Engine | None:
    """How to ask the model that `engine` loaded from `folder` in plain words; None if it can't be asked."""
    if not isinstance(engine, RustEngine) or not is_chat(folder):
        return None
    return ChatModel(engine, Tokenizer.load(folder / standard.TOKENIZER), folder)
