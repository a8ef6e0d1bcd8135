"""`tinytales next`: what comes next in a text, how sure the model is, and how each word surprised it."""

import json
import math
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer

from tinytales.cli.tell import read_prompt
from tinytales.inference.sampling import Sampling
from tinytales.inference.scoring import Scorer
from tinytales.inside.layers import layers, probability
from tinytales.inside.odds import Chance, bar, bytes_label, chances_of, label, percent
from tinytales.inside.surprise import heat_lines, words
from tinytales.settings import resolve
from tinytales.storage.shelf import MODELS
from tinytales.terminal import columns, has_colours, note

GUESSES = 3  # of each layer
_WORD = 12  # cells of a token in a list


def command(
    text: Annotated[str | None, typer.Argument(help="The text so far; - reads it from a pipe.")] = None,
    model: Annotated[str | None, typer.Option("--model", "-m", help="A model's name or folder.")] = None,
    count: Annotated[int, typer.Option("--count", "-n", min=1, max=1000, help="Show so many tokens.")] = 10,
    show_layers: Annotated[bool, typer.Option("--layers", help="Show the best guesses of each layer.")] = False,
    temperature: Annotated[
        float | None, typer.Option("--temperature", "-t", help="0 is greedy, 0.8 usual, higher is wilder.")
    ] = None,
    top_k: Annotated[int | None, typer.Option(help="Choose among the k likeliest tokens; 0 is all.")] = None,
    top_p: Annotated[float | None, typer.Option(help="Choose among the likeliest with this probability.")] = None,
    min_p: Annotated[float | None, typer.Option(help="Only tokens this many times as likely as the best.")] = None,
    repetition_penalty: Annotated[float | None, typer.Option(help="Above 1, words come again less often.")] = None,
    no_repeat_ngram: Annotated[int | None, typer.Option(help="No run of so many tokens twice; 0 is any.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Show what comes next after TEXT, before and after the sampling settings, and how TEXT surprised the model."""
    from tinytales.inference.rust_engine import load_engine

    flags = {
        "temperature": temperature,
        "top_k": top_k,
        "top_p": top_p,
        "min_p": min_p,
        "repetition_penalty": repetition_penalty,
        "no_repeat_ngram": no_repeat_ngram,
    }
    sampling = resolve(Sampling, "tell", flags=flags).value
    text = read_prompt(text)
    engine = load_engine(MODELS.find(model))
    if as_json:
        print(json.dumps(_document(engine, text, sampling, count, show_layers), ensure_ascii=False))
        return
    note(f"{engine.name} reads")
    for line in _lines(engine, text, sampling, count, show_layers):
        print(line, flush=True)


def _lines(engine: Scorer, text: str, sampling: Sampling, count: int, show_layers: bool) -> Iterator[str]:
    if text:
        found = words(engine.score(text))
        total = sum(word.bits for word in found)
        yield from heat_lines(found, columns(), colours=has_colours())
        yield f"{total:.1f} bits of surprise in all, {total / len(text.encode()):.2f} for each byte"
        yield ""
    yield from _bars(chances_of(engine.candidates(text, sampling, count)), sampling)
    if show_layers:
        yield ""
        yield from _layers(engine, text)


def _bars(chances: Sequence[Chance], sampling: Sampling) -> Iterator[str]:
    width = (columns() - _WORD - 2 * len("  100%  ")) // 2
    settings = f"temperature {sampling.temperature:g}, top-p {sampling.top_p:g}"
    settings += f", top-k {sampling.top_k}" if sampling.top_k else ""
    yield f"{'next':<{_WORD}}  {'the model':<{width + 6}} {settings}"
    for chance in chances:
        word = label(chance.alternative.text)[:_WORD]
        after = percent(chance.probability) if chance.probability else " ---"
        yield (
            f"{word:<{_WORD}} {percent(chance.before)} {bar(chance.before, width)}  "
            f"{after} {bar(chance.probability, width)}"
        ).rstrip()


def _layers(engine: Scorer, text: str) -> Iterator[str]:
    found = layers(engine.layer_guesses(text, GUESSES))
    yield "layer   its best guesses"
    for layer in found:
        guesses = "  ".join(
            f"{bytes_label(guess.data)[:_WORD]} {percent(probability(guess))}" for guess in layer.guesses
        )
        appears = layer.settled and (layer.number == 0 or not found[layer.number - 1].settled)
        name = "words" if layer.number == 0 else str(layer.number)
        yield f"{name:<7} {guesses}{'   ← the answer, from here on' if appears else ''}"


def _document(engine: Scorer, text: str, sampling: Sampling, count: int, show_layers: bool) -> dict[str, Any]:
    document: dict[str, Any] = {
        "model": engine.name,
        "text": text,
        "words": [{"text": word.text, "bits": word.bits} for word in words(engine.score(text))],
        "next": [
            {
                "token": one.token,
                "text": one.data.decode(errors="replace"),
                "probability": math.exp(one.logprob),
                "chance": one.chance,
            }
            for one in engine.candidates(text, sampling, count)
        ],
    }
    if show_layers:
        document["layers"] = [
            {
                "layer": layer.number,
                "guesses": [
                    {
                        "token": guess.token,
                        "text": guess.data.decode(errors="replace"),
                        "probability": probability(guess),
                    }
                    for guess in layer.guesses
                ],
            }
            for layer in layers(engine.layer_guesses(text, GUESSES))
        ]
    return document
