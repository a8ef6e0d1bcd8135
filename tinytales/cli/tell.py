"""`tinytales tell`: stories on stdout as they are told. On the path to the first word: nothing heavy is imported."""

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from tinytales.cli import story_output
from tinytales.errors import UsageError
from tinytales.inference.rust_engine import FASTEST, load_engine
from tinytales.inference.sampling import Sampling
from tinytales.settings import resolve
from tinytales.storage.shelf import MODELS
from tinytales.terminal import note, sanitize

LONGEST_PROMPT = 100_000  # characters
LENGTHS = {"short": 120, "medium": 250, "long": 600}  # tokens; a story of TinyStories has about 200


def command(
    prompt: Annotated[str | None, typer.Argument(help="How the story begins; - reads it from a pipe.")] = None,
    model: Annotated[
        str | None, typer.Option("--model", "-m", help="A model's name or folder; else the one in use.")
    ] = None,
    count: Annotated[int, typer.Option("--count", "-n", min=1, max=64, help="Tell so many stories.")] = 1,
    interactive: Annotated[bool, typer.Option("--interactive", "-i", help="Go on line by line, choosing.")] = False,
    temperature: Annotated[
        float | None, typer.Option("--temperature", "-t", help="0 is greedy, 0.8 usual, higher is wilder.")
    ] = None,
    top_k: Annotated[int | None, typer.Option(help="Choose among the k likeliest tokens; 0 is all.")] = None,
    top_p: Annotated[float | None, typer.Option(help="Choose among the likeliest with this probability.")] = None,
    min_p: Annotated[float | None, typer.Option(help="Only tokens this many times as likely as the best.")] = None,
    repetition_penalty: Annotated[float | None, typer.Option(help="Above 1, words come again less often.")] = None,
    no_repeat_ngram: Annotated[int | None, typer.Option(help="No run of so many tokens twice; 0 is any.")] = None,
    length: Annotated[str | None, typer.Option(help="short, medium or long.")] = None,
    max_tokens: Annotated[int | None, typer.Option(help="The longest story to tell, in tokens.")] = None,
    until: Annotated[
        str | None, typer.Option(help="Stop at the end of the sentence, paragraph, or at the end.")
    ] = None,
    stop: Annotated[list[str] | None, typer.Option(help="Stop before this text; can be given again.")] = None,
    seed: Annotated[int | None, typer.Option(help="One seed tells one story; a new one if not given.")] = None,
    dtype: Annotated[str, typer.Option(help="Compute in float32, bfloat16 or int8.")] = FASTEST,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file instead.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document at the end.")] = False,
    as_jsonl: Annotated[bool, typer.Option("--jsonl", help="Print a JSON line for each token as it comes.")] = False,
) -> None:
    """Tell a story: continue PROMPT, or begin by itself."""
    if as_json + as_jsonl + (output is not None) + interactive > 1:
        raise UsageError("a story can go one way only", "give one of --json, --jsonl, --output and --interactive")
    if length is not None and length not in LENGTHS:
        raise UsageError(f"there is no length {length}", f"use one of: {', '.join(LENGTHS)}")
    flags = {
        "temperature": temperature,
        "top_k": top_k,
        "top_p": top_p,
        "min_p": min_p,
        "repetition_penalty": repetition_penalty,
        "no_repeat_ngram": no_repeat_ngram,
        "max_tokens": LENGTHS[length] if length and max_tokens is None else max_tokens,
        "until": until,
        "seed": seed,
    }
    resolved = resolve(Sampling, "tell", flags=flags)
    sampling = replace(resolved.value, stop_strings=tuple(stop or ()))
    if resolved.sources["seed"] == "default":
        sampling = replace(sampling, seed=int.from_bytes(os.urandom(4)))
    opening = sanitize(prompt or "") if interactive else read_prompt(prompt)
    engine = load_engine(MODELS.find(model), dtype)
    note(f"{engine.name} tells, seed {sampling.seed}")
    if interactive:
        from tinytales.cli.tell_lines import tell_lines

        tell_lines(engine, opening, sampling)
    elif as_json:
        story_output.print_json(engine, opening, sampling, count)
    elif as_jsonl:
        story_output.print_jsonl(engine, opening, sampling, count)
    elif output is not None:
        story_output.write_file(engine, opening, sampling, count, output)
    else:
        story_output.print_stories(engine, opening, sampling, count)


def read_prompt(prompt: str | None) -> str:
    """The opening as it was given, or from a pipe, without control characters.

    Raises:
        UsageError: it is not text, or too long.
    """
    if prompt == "-" or (prompt is None and not sys.stdin.isatty()):
        try:
            prompt = sys.stdin.read(LONGEST_PROMPT + 1).rstrip("\n")
        except UnicodeDecodeError:
            raise UsageError(
                "the prompt from the pipe is not UTF-8 text", "convert it first, e.g. with iconv"
            ) from None
    if len(prompt or "") > LONGEST_PROMPT:
        raise UsageError(f"the prompt has more than {LONGEST_PROMPT:,} characters", "use its end")
    return sanitize(prompt or "")
