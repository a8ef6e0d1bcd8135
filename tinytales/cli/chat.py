"""`tinytales chat`: asks a mid-trained model for stories in plain words, once or line by line."""

import json
import secrets
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from tinytales.chat.settings import ChatSettings
from tinytales.cli.story_output import Printer
from tinytales.errors import UsageError
from tinytales.inference.sampling import Sampling
from tinytales.settings import resolve
from tinytales.terminal import note, sanitize

if TYPE_CHECKING:
    from tinytales.chat.answer import Answer
    from tinytales.chat.model import ChatModel

LONGEST_REQUEST = 10_000  # characters


def command(
    message: Annotated[
        str | None, typer.Argument(help="What to ask for; - reads it from a pipe. Without it, line by line.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", "-m", help="A model's name or folder; the newest that answers if not given."),
    ] = None,
    best_of: Annotated[int | None, typer.Option(help="Tell so many and give the one that fits best.")] = None,
    temperature: Annotated[
        float | None, typer.Option("--temperature", "-t", help="0 is greedy, 0.8 usual, higher is wilder.")
    ] = None,
    top_p: Annotated[float | None, typer.Option(help="Choose among the likeliest with this probability.")] = None,
    max_tokens: Annotated[int | None, typer.Option(help="The longest answer, in tokens.")] = None,
    seed: Annotated[int | None, typer.Option(help="One seed gives one answer; a new one if not given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Ask for a story in plain words: MESSAGE is answered once; without it, go on line by line."""
    from tinytales.chat.model import find_chat_model, load_chat_model
    from tinytales.inference.rust_engine import FASTEST

    flags = {"best_of": best_of, "temperature": temperature, "top_p": top_p, "max_tokens": max_tokens}
    settings = resolve(ChatSettings, "chat", flags=flags).value
    sampling = Sampling(
        temperature=settings.temperature,
        top_p=settings.top_p,
        max_tokens=settings.max_tokens,
        seed=secrets.randbelow(2**32) if seed is None else seed,
    )
    request = read_request(message)
    found = load_chat_model(find_chat_model(model), FASTEST)
    note(f"{found.name} answers, seed {sampling.seed}")
    if request is None:
        if as_json:
            raise UsageError("--json is for one answer", "give the message too")
        from tinytales.cli.chat_lines import chat_lines

        chat_lines(found, sampling, settings.best_of)
    else:
        answer_once(found, request, sampling, settings.best_of, as_json=as_json)


def answer_once(model: "ChatModel", request: str, sampling: Sampling, best_of: int, *, as_json: bool = False) -> None:
    """Print the answer to one request, as text or as JSON."""
    from tinytales.chat.answer import answer
    from tinytales.tokenizer.chat_template import Message

    messages = [Message("user", request)]
    if as_json:
        print(
            json.dumps(
                document(model, request, answer(model, messages, sampling, best_of), sampling.seed), ensure_ascii=False
            )
        )
        return
    printer = Printer()
    found = answer(model, messages, sampling, best_of, show=lambda text: printer.write(sanitize(text)))
    if best_of > 1:
        printer.write(sanitize(found.text))
    printer.end()
    remark(model, found)


def remark(model: "ChatModel", found: "Answer") -> None:
    """Say what of the request didn't come, and which of its words the model has never met."""
    unseen = unseen_of(model, found)
    missing = [word for word in found.missing if word not in unseen]
    if unseen:
        note(f"this model has never met: {', '.join(unseen)}")
    if missing and not found.refused:
        note(f"not in this story: {', '.join(missing)}; another try may have {'it' if len(missing) == 1 else 'them'}")


def unseen_of(model: "ChatModel", found: "Answer") -> tuple[str, ...]:
    """The asked words that the model has never met; none where nobody wrote down what it met."""
    from tinytales.chat.asking import unseen_words

    return unseen_words(found.asked.words, model.seen) if model.seen else ()


def document(model: "ChatModel", request: str, found: "Answer", seed: int) -> dict[str, object]:
    """An answer as JSON."""
    return {
        "text": sanitize(found.text),
        "request": request,
        "asked": {"words": found.asked.words, "ending": found.asked.ending or None, "dialogue": found.asked.dialogue},
        "found": found.found,
        "missing": found.missing,
        "never_met": unseen_of(model, found),
        "refused": found.refused,
        "finish": found.finish,
        "seed": seed,
        "take": found.take,
        "takes": found.takes,
        "model": model.name,
    }


def read_request(message: str | None) -> str | None:
    """The request as it was given, or from a pipe, without control characters; None for a session.

    Raises:
        UsageError: it is not text, empty, or too long.
    """
    if message is None and sys.stdin.isatty():
        return None
    if message == "-" or message is None:
        try:
            message = sys.stdin.read(LONGEST_REQUEST + 1)
        except UnicodeDecodeError:
            raise UsageError(
                "the request from the pipe is not UTF-8 text", "convert it first, e.g. with iconv"
            ) from None
    if len(message) > LONGEST_REQUEST:
        raise UsageError(f"the request has more than {LONGEST_REQUEST:,} characters", "ask in fewer words")
    message = " ".join(sanitize(message).split())
    if not message:
        raise UsageError("there is no request", 'ask for something: tinytales chat "Tell me a story about a cat."')
    return message
