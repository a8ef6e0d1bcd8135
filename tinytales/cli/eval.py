"""`tinytales eval`: how good a model is, or which of two is better."""

import json
from typing import Annotated

import typer

from tinytales.settings import resolve
from tinytales.storage.shelf import CORPORA, MODELS
from tinytales.terminal import note, sanitize


def command(
    model: Annotated[str | None, typer.Argument(help="A model's name or folder; the newest if not given.")] = None,
    other: Annotated[str | None, typer.Argument(help="Another one to compare it with.")] = None,
    corpus: Annotated[
        str | None, typer.Option(help="The corpus to measure against; the one that the model learned from.")
    ] = None,
    held_out: Annotated[
        str | None, typer.Option(help="Predict the stories of this file, not those that the corpus holds out.")
    ] = None,
    stories: Annotated[int | None, typer.Option(help="Predict at most so many held-out stories; 1000.")] = None,
    seeds: Annotated[int | None, typer.Option(help="Tell so many stories from each beginning; 10.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Measure MODEL: how well it predicts stories, what it knows, how its own stories are. With OTHER, compare two."""
    from tinytales.evaluation import tables
    from tinytales.evaluation.evaluate import EvalSettings, compare, evaluate
    from tinytales.evaluation.keeping import keep
    from tinytales.evaluation.reference import find_corpus
    from tinytales.evaluation.results import Comparison, Evaluation
    from tinytales.inference.rust_engine import load_engine

    settings = resolve(EvalSettings, "eval", flags={"stories": stories, "seeds": seeds}).value
    folder = MODELS.find(model)
    engine = load_engine(folder)
    corpus_folder = find_corpus(folder) if corpus is None else CORPORA.find(corpus)
    found: Evaluation | Comparison
    if other is None:
        first = found = evaluate(engine, corpus_folder, settings, held_out)
        shown = tables.evaluation_tables(first)
    else:
        found = compare(engine, load_engine(MODELS.find(other)), corpus_folder, settings, held_out)
        first, shown = found.models[0], tables.comparison_tables(found)
    if path := keep(folder, first):
        note(f"kept for `tinytales report` in {path}")
    if as_json:
        print(json.dumps(found.to_document(), indent=2, ensure_ascii=False))
    else:
        text = "\n\n".join([*map(tables.as_text, shown), tables.describe(first.conditions)])
        print(sanitize(text))
