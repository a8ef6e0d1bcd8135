"""`tinytales mid-train`: a model to one that answers."""

from pathlib import Path
from typing import Annotated

import typer

from tinytales.chat.settings import ConversationSettings
from tinytales.settings import resolve
from tinytales.training.settings import BOUNDS, MidTrainSettings


def command(
    model: Annotated[
        str | None, typer.Argument(help="A model's name; the newest that wasn't taught yet if not given.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="Name of the new model; the old one's and -chat if not given.")
    ] = None,
    preset: Annotated[str | None, typer.Option(help="Settings to start from, e.g. demo.")] = None,
    conversations: Annotated[
        list[Path] | None,
        typer.Option(help='A file with conversations of your own, {"messages": [...]} a line; can be given again.'),
    ] = None,
    stories: Annotated[int | None, typer.Option(help="Make conversations from so many stories.")] = None,
    rounds: Annotated[
        int | None, typer.Option(help="Use each of them so often, every time with another request.")
    ] = None,
    emphasis: Annotated[
        int | None, typer.Option(help="An asked word, where it first comes, weighs so many times as much as the rest.")
    ] = None,
    plain: Annotated[float | None, typer.Option(help="Share of stories alone; at least 0.4.")] = None,
    start: Annotated[
        str | None, typer.Option(help="full-rate: before the base's learning rate came down; or its end.")
    ] = None,
    context_length: Annotated[int | None, typer.Option(help="Tokens that the model sees; the base's.")] = None,
    minutes: Annotated[float | None, typer.Option(help="Train so long.")] = None,
    tokens_seen: Annotated[float | None, typer.Option("--tokens", help="Train on so many tokens.")] = None,
    epochs: Annotated[float | None, typer.Option(help="Train for so many passes; 1 if nothing is given.")] = None,
    steps: Annotated[int | None, typer.Option(help="Train for so many steps.")] = None,
    batch_tokens: Annotated[int | None, typer.Option(help="Tokens of one step; the base's.")] = None,
    rate: Annotated[float | None, typer.Option(help="Share of the base's learning rates.")] = None,
    dropout: Annotated[float | None, typer.Option(help="Share left out at random while training; the base's.")] = None,
    teacher: Annotated[
        list[str] | None, typer.Option(help="A model of the same tokens to learn stories from besides; give several.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Of the conversations and their order.")] = None,
    resume: Annotated[
        bool | None,
        typer.Option("--resume/--fresh", help="Go on with a stopped run (the default if there is one), or begin anew."),
    ] = None,
) -> None:
    """Teach a model to answer requests in plain words, with conversations made from the stories that it knows."""
    from tinytales import pipeline

    flags = {
        "start": start,
        "context_length": context_length,
        "minutes": minutes,
        "tokens": tokens_seen,
        "epochs": epochs,
        "steps": steps,
        "batch_tokens": batch_tokens,
        "rate": rate,
        "dropout": dropout,
        "teachers": ",".join(teacher) if teacher else None,
        "seed": seed,
    }
    settings = resolve(MidTrainSettings, "mid-train", flags=flags, preset=preset, exclusive=BOUNDS)
    of_conversations = {"stories": stories, "rounds": rounds, "emphasis": emphasis, "plain": plain, "seed": seed}
    talk = resolve(ConversationSettings, "conversations", flags=of_conversations, preset=preset)
    folder = pipeline.base_for(model)
    made = pipeline.mid_train(
        folder,
        settings.value,
        talk.value,
        name or f"{folder.name}{pipeline.TAUGHT}",
        given=settings.chosen(preset=preset is not None) | talk.chosen(preset=preset is not None),
        files=conversations or (),
        resume=resume,
    )
    print(made)
