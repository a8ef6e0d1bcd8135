"""A set of conversations on the disk: rows for training, the words that stories use, and some to look at.

rows.bin          training rows, see `rows`
words.txt         every word of the training stories, in lower case, one a line
examples.jsonl    the first conversations, in the format that people bring their own in
manifest.toml     settings, how many documents of each kind there are, what they were made from
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import chain, islice
from pathlib import Path
from random import Random
from typing import Any

from tinytales.chat.conversation import Conversation, read_conversations
from tinytales.chat.making import PLAIN, RARITY_STORIES, make_documents, rarity_of
from tinytales.chat.model import WORDS
from tinytales.chat.rows import Row, document_row, pack
from tinytales.chat.settings import ConversationSettings
from tinytales.corpus.corpus import Corpus
from tinytales.errors import UsageError
from tinytales.storage import atomic
from tinytales.tokenizer.tokenizer import Tokenizer

ROWS, EXAMPLES = "rows.bin", "examples.jsonl"
_EXAMPLES = 100
_CHARACTERS_PER_TOKEN = 3  # of stories, or more


def write_conversations(
    folder: Path,
    corpus: Corpus,
    tokenizer: Tokenizer,
    settings: ConversationSettings,
    context_length: int,
    files: Sequence[Path] = (),
    *,
    advance: Callable[[int], None] = lambda documents: None,
) -> dict[str, Any]:
    """Write a set of conversations into `folder`, which exists; the facts for its manifest.

    Args:
        folder: see `storage.atomic.new_folder`.
        corpus: whose stories are used.
        tokenizer: of the model that is to learn from them.
        settings: how many, and of what.
        context_length: a row has one token more; what is longer is left out, and counted.
        files: JSONL files with conversations of one's own, all of which are used besides.
        advance: told how many documents are done.

    Raises:
        MissingError: a file is damaged, or a line of it no conversation.
        UsageError: nothing fits into a row.
    """
    rarity = rarity_of(islice(corpus.records("train"), RARITY_STORIES))
    own = chain.from_iterable(read_conversations(path) for path in files)
    rounds = (islice(corpus.records("train"), settings.stories) for _ in range(settings.rounds))
    longest = context_length * _CHARACTERS_PER_TOKEN // 2 - 100
    made = make_documents(
        chain.from_iterable(rounds), rarity, plain=settings.plain, longest=longest, seed=settings.seed
    )
    kinds: Counter[str] = Counter()
    tokens: Counter[str] = Counter()
    examples: list[str] = []

    def fitting(documents: Iterable[Conversation | str]) -> Iterator[Row]:
        for document in documents:
            advance(1)
            row = document_row(tokenizer, document, settings.emphasis)
            if len(row) > context_length + 1:
                kinds["too long"] += 1
                continue
            kind = PLAIN if isinstance(document, str) else document.kind
            kinds[kind] += 1
            tokens["read"] += len(row)
            tokens["learned"] += (learned := int((row >= 0).sum()))
            tokens[PLAIN] += learned if kind == PLAIN else 0
            if isinstance(document, Conversation) and document.whole and len(examples) < _EXAMPLES:
                examples.append(_example(document))
            yield row

    random = Random(settings.seed)
    count = 0
    with (folder / ROWS).open("xb") as file:
        for row in pack(fitting(chain(own, made)), context_length + 1, tokenizer.end_of_text, random):
            file.write(row.astype("<i4", copy=False).data)
            count += 1
    if count == 0:
        raise UsageError(
            f"no story fits into {context_length} tokens with a request before it", "use a longer --context-length"
        )
    atomic.write_text(folder / EXAMPLES, "".join(examples))
    atomic.write_text(folder / WORDS, "".join(f"{word}\n" for word in corpus_words(corpus)))
    return {
        "settings": asdict(settings),
        "context_length": context_length,
        "rows": count,
        "documents": dict(sorted(kinds.items())),
        "tokens": dict(tokens),
    }


def corpus_words(corpus: Corpus) -> list[str]:
    """Every word of a corpus's training stories in lower case, the most frequent first."""
    import numpy as np

    from tinytales._native import WordCounts

    counts = WordCounts()
    stories = corpus.stories("train")
    while batch := "\n".join(islice(stories, 4096)).encode():
        counts.add(np.array([0, len(batch)], dtype=np.int32).tobytes(), batch, b"\1")
    return [word for word, _ in counts.sorted()]


def _example(conversation: Conversation) -> str:
    messages = [{"role": message.role, "content": message.content} for message in conversation.messages]
    return json.dumps({"messages": messages}, ensure_ascii=False) + "\n"
