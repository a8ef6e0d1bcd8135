"""`tinytales guess`: Shannon's game, line by line."""

import random
import secrets
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from tinytales.errors import MissingError, UsageError
from tinytales.inference.sampling import Sampling
from tinytales.inside.guess import Game, Guesser, Round, begin
from tinytales.inside.odds import bar, chances_of, label, percent
from tinytales.inside.vocabularies import of_model
from tinytales.storage.shelf import MODELS
from tinytales.terminal import note, sanitize

_BARS = 5
_CHOSEN_FROM = 1000  # stories held out, at most
_LONGEST_FILE = 1_000_000  # bytes


def command(
    file: Annotated[Path | None, typer.Argument(help="A story of yours; one held out if not given.")] = None,
    model: Annotated[str | None, typer.Option("--model", "-m", help="A model's name or folder.")] = None,
    known: Annotated[int, typer.Option(min=0, help="So many words are shown at the beginning.")] = 4,
    rounds: Annotated[int, typer.Option("--rounds", "-n", min=1, help="Guess so many words.")] = 20,
    seed: Annotated[int | None, typer.Option(help="Chooses the story; a new one if not given.")] = None,
) -> None:
    """Guess the next word of a story the model has never seen; the model guesses too. Who predicts better?"""
    from tinytales.inference.rust_engine import load_engine

    folder = MODELS.find(model)
    if file is not None:
        story = _read(file)
    else:
        seed = secrets.randbelow(2**32) if seed is None else seed
        story = random.Random(seed).choice(list(islice(of_model(folder).stories("valid"), _CHOSEN_FROM)))
    game = begin(sanitize(story), known)
    if game.over:
        raise UsageError("the story has no word left to guess", "use a longer one, or a smaller --known")
    engine = load_engine(folder)
    note(f"{engine.name} plays against you: type the next word; q ends")
    for line in _play(game, engine, rounds):
        print(line, flush=True)


def _play(game: Game, engine: Guesser, rounds: int) -> Iterator[str]:
    for _ in range(rounds):
        if game.over:
            break
        yield f"\n{game.text} …"
        try:
            answer = sanitize(input("> ")).strip()
        except EOFError:
            break
        if answer.lower() == "q":
            break
        yield from _bars(game, engine)
        yield _said(game.play(answer, engine))
    yield ""
    yield from _scores(game)


def _bars(game: Game, engine: Guesser) -> Iterator[str]:
    for chance in chances_of(engine.candidates(game.text, Sampling(temperature=1, top_p=1), _BARS)):
        yield f"  {label(chance.alternative.text)[:12]:<12} {percent(chance.before)} {bar(chance.before, 24)}".rstrip()


def _said(round_: Round) -> str:
    yours = "you had it" if round_.reader_hit else "not your word"
    return f"{round_.word}: {yours}; the model's guess was {sanitize(round_.model_guess)}, {round_.model_bits:.1f} bits"


def _scores(game: Game) -> Iterator[str]:
    for name, score in (("you", game.reader), ("the model", game.model)):
        if score.rounds:
            mean = score.bits / score.rounds
            yield f"{name:<9}  {score.hits} of {score.rounds} words, {score.bits:.1f} bits, {mean:.1f} a word"


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > _LONGEST_FILE:
            raise UsageError(f"{path} is too long for a game", "use a file with one story")
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise MissingError(f"{path} is missing", "check the path") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8 text", "convert it first, e.g. with iconv") from None
