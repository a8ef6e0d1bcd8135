"""`tinytales tokens`: the pieces of a text, in boxes, for each vocabulary asked for."""

import json
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from tinytales.cli.tell import read_prompt
from tinytales.errors import UsageError
from tinytales.inside.odds import bytes_label
from tinytales.inside.pieces import Cut, boxes, cut, merges, spaced_words
from tinytales.inside.vocabularies import Vocabulary, find_vocabulary
from tinytales.terminal import columns


def command(
    text: Annotated[str | None, typer.Argument(help="What to cut; - reads it from a pipe.")] = None,
    model: Annotated[
        list[str] | None,
        typer.Option("--model", "-m", help="A model or token folder; can be given again to compare."),
    ] = None,
    show_merges: Annotated[bool, typer.Option("--merges", help="Show how each word is built, merge by merge.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list, an object for each vocabulary.")] = False,
) -> None:
    """Show the pieces of TEXT: what a model reads and writes instead of letters or words."""
    text = read_prompt(text)
    if not text:
        raise UsageError("there is no text to cut", 'give one: tinytales tokens "Once upon a time"')
    vocabularies = [find_vocabulary(name) for name in model] if model else [find_vocabulary(None)]
    if as_json:
        print(json.dumps([_document(text, one, show_merges) for one in vocabularies], ensure_ascii=False))
        return
    for number, vocabulary in enumerate(vocabularies):
        if number:
            print()
        for line in _lines(text, vocabulary, show_merges):
            print(line, flush=True)


def _lines(text: str, vocabulary: Vocabulary, show_merges: bool) -> Iterator[str]:
    yield f"{vocabulary.name}, a vocabulary of {vocabulary.tokenizer.vocab_size:,}"
    found = cut(text, vocabulary)  # a word that no story holds is looked for in all of them
    yield from boxes(found, columns())
    yield _counts(found)
    if found.unknown_words:
        yield f"never in its corpus (═): {', '.join(found.unknown_words)}"
    if show_merges:
        for word in spaced_words(text):
            yield ""
            yield from _merge_lines(word, vocabulary)


def _counts(cut: Cut) -> str:
    count = len(cut.tokens)
    return (
        f"{count:,} {'piece' if count == 1 else 'pieces'} for {cut.bytes:,} bytes, {cut.bytes / count:.2f} bytes each"
    )


def _merge_lines(word: str, vocabulary: Vocabulary) -> Iterator[str]:
    letters = " ".join(bytes_label(bytes([byte])) for byte in word.encode())
    steps = merges(word, vocabulary.tokenizer)
    width = len(letters)
    yield letters
    for step in steps:
        parts = " ".join(bytes_label(part) for part in step.parts)
        made = bytes_label(vocabulary.tokenizer.token_bytes(step.token))
        yield f"{parts:<{width}}  merge {step.token - 255:,}: {made}"


def _document(text: str, vocabulary: Vocabulary, show_merges: bool) -> dict[str, Any]:
    found = cut(text, vocabulary)
    document: dict[str, Any] = {
        "name": found.name,
        "vocab_size": found.vocab_size,
        "tokens": [
            {"id": token.id, "text": token.data.decode(errors="replace"), "bytes": token.data.hex()}
            for token in found.tokens
        ],
        "count": len(found.tokens),
        "bytes": found.bytes,
        "bytes_per_token": found.bytes / len(found.tokens),
        "unknown_words": found.unknown_words,
    }
    if show_merges:
        document["merges"] = {
            word: [
                {"token": step.token, "parts": [part.decode(errors="replace") for part in step.parts]}
                for step in merges(word, vocabulary.tokenizer)
            ]
            for word in spaced_words(text)
        }
    return document
