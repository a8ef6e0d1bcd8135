"""`tinytales tell`: a story on stdout, as it is told. On the path to the first word, so nothing heavy is imported."""

import json
import secrets
import sys
from dataclasses import replace
from typing import Annotated

import typer

from tinytales.errors import UsageError
from tinytales.inference.engine import Engine, Piece
from tinytales.inference.sampling import Sampling
from tinytales.settings import resolve
from tinytales.storage.shelf import MODELS
from tinytales.terminal import note, sanitize

LONGEST_PROMPT = 100_000  # characters


def command(
    prompt: Annotated[str | None, typer.Argument(help="How the story begins; - reads it from a pipe.")] = None,
    model: Annotated[
        str | None, typer.Option("--model", "-m", help="A model's name or folder; the newest if not given.")
    ] = None,
    temperature: Annotated[
        float | None, typer.Option("--temperature", "-t", help="0 is greedy, 0.8 usual, higher is wilder.")
    ] = None,
    top_k: Annotated[int | None, typer.Option(help="Choose among the k likeliest tokens; 0 is all.")] = None,
    top_p: Annotated[float | None, typer.Option(help="Choose among the likeliest with this probability.")] = None,
    max_tokens: Annotated[int | None, typer.Option(help="The longest story to tell, in tokens.")] = None,
    seed: Annotated[int | None, typer.Option(help="One seed tells one story; a new one if not given.")] = None,
    dtype: Annotated[str, typer.Option(help="How to compute: float32.")] = "float32",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object at the end instead.")] = False,
) -> None:
    """Tell a story: continue PROMPT, or begin by itself."""
    from tinytales.inference.rust_engine import load_engine

    flags = {"temperature": temperature, "top_k": top_k, "top_p": top_p, "max_tokens": max_tokens, "seed": seed}
    resolved = resolve(Sampling, "tell", flags=flags)
    sampling = resolved.value
    if resolved.sources["seed"] == "default":
        sampling = replace(sampling, seed=secrets.randbelow(2**32))
    opening = read_prompt(prompt)
    engine = load_engine(MODELS.find(model), dtype)
    note(f"{engine.name} tells, seed {sampling.seed}")
    if as_json:
        print(json.dumps(tell_whole(engine, opening, sampling), ensure_ascii=False))
    else:
        tell_streaming(engine, opening, sampling)


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


def tell_streaming(engine: Engine, opening: str, sampling: Sampling) -> None:
    """Print the opening and the story's pieces as they come."""
    out = sys.stdout
    out.write(opening)
    out.flush()
    for piece in engine.generate(opening, sampling):
        out.write(sanitize(piece.text))
        out.flush()
    out.write("\n")


def tell_whole(engine: Engine, opening: str, sampling: Sampling) -> dict[str, object]:
    """The finished story as data."""
    pieces: list[Piece] = list(engine.generate(opening, sampling))
    return {
        "text": opening + "".join(piece.text for piece in pieces),
        "prompt": opening,
        "tokens": sum(piece.finish != "stopped" for piece in pieces),
        "finish": pieces[-1].finish,
        "seed": sampling.seed,
        "model": engine.name,
    }
