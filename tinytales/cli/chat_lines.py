"""`tinytales chat` without a message: a conversation line by line, for people and for screen readers.

Nothing is redrawn or coloured; input and output are plain lines.
"""

from typing import TYPE_CHECKING

from tinytales.chat.answer import Session
from tinytales.cli.chat import LONGEST_REQUEST, remark
from tinytales.errors import TinytalesError
from tinytales.inference.sampling import Sampling
from tinytales.terminal import note, sanitize

if TYPE_CHECKING:
    from tinytales.chat.answer import Answer
    from tinytales.chat.model import ChatModel

HELP = (
    'Ask for a story: "Tell me a story about a brave cat and a lost ball, with a happy ending." Then: "Go on."\n'
    "/again  answer the last request in another way\n"
    "/new    forget what was said and begin anew\n"
    "/save   keep the last story in your library\n"
    "/help   this\n"
    "/quit   end (also: end of input, Ctrl-D)"
)


def chat_lines(model: "ChatModel", sampling: Sampling, best_of: int) -> None:
    """Talk with the one who types, until they end it."""
    session = Session(model, sampling, best_of)
    note("ask for a story, or /help")
    while (line := _read()) is not None:
        try:
            match line.lower():
                case "":
                    continue
                case "/quit" | "/q" | "/exit":
                    return
                case "/help" | "/?":
                    note(HELP)
                case "/new":
                    session.forget()
                    note("a new conversation")
                case "/again" if session.messages:
                    _show(model, session.again())
                case "/save" if session.messages:
                    note(f"kept in your library: {save(session.request, session.reply, model.name)}")
                case "/again" | "/save":
                    note("nothing was said yet")
                case command if command.startswith("/"):
                    note(f"there is no {line.split()[0]}; /help lists what there is")
                case _:
                    _show(model, session.ask(line[:LONGEST_REQUEST]))
        except TinytalesError as error:
            note(f"{error.what}; {error.hint}")


def save(request: str, text: str, teller: str) -> str:
    """Keep a story in the library; its name there."""
    from dataclasses import replace

    from tinytales.story.library import Library
    from tinytales.story.operations import Add, Close
    from tinytales.story.passage import written
    from tinytales.story.titles import title_from

    opened = Library.home().new(title_from(text))
    passage = replace(written(None, "model", sanitize(text)), model=teller, finish="end", request=request)
    assert opened.log is not None, "a new story can be written to"
    try:
        opened.log.append([Add(passage), Close(True)])
        return opened.log.path.stem
    finally:
        opened.close()


def _show(model: "ChatModel", found: "Answer") -> None:
    print(sanitize(found.text), flush=True)
    remark(model, found)


def _read() -> str | None:
    try:
        return " ".join(sanitize(input("> ")).split())
    except EOFError:
        return None
