"""What stands around the story: facts at the top, a question beneath, the keys that help now. Pure."""

from collections.abc import Callable, Sequence

from tinytales.inference.engine import Engine
from tinytales.tui.marks import Tail
from tinytales.tui.session import Session
from tinytales.tui.stage import Stage

Hint = tuple[str, str, str]  # an action, its key, what it does

ENDINGS = ("Another ending", "What happens next", "End it here", "A new story")
AFTER_THE_END = ("Read it", "Make a booklet", "A new story")
_SHORT = {
    "go_on": "go on", "write": "your words", "retake": "new take", "step_back": "step back", "takes": "four takes",
    "map": "map", "words": "other words", "undo": "undo", "library": "library",
}  # fmt: skip


def facts(session: Session, stage: Stage, engine: Engine | None, used: int, *, trouble: bool) -> list[str]:
    """For the line at the top, the most important first.

    Args:
        session: the open story.
        stage: what is being told of it.
        engine: the model, if it has been loaded.
        used: the tokens of the model's context that the story takes.
        trouble: whether the model can't be loaded.
    """
    name = engine.name if engine else "no model" if trouble else "waking the model…"
    context = f"context {min(100, round(100 * used / engine.context_length))}%" if engine else ""
    rate = f"{stage.rate:,.0f} tokens/s" if stage.rate else ""
    return [_saved_mark(session, stage), name, context, rate]


def question(session: Session, stage: Stage) -> Tail:
    """What is asked beneath the story."""
    if stage.pick is not None:
        return Tail("Which word?", tuple(option.strip() for option in stage.pick.options))
    if stage.busy:
        return Tail()
    if session.story.finished and session.at_end:
        return Tail("❦  The end.", AFTER_THE_END)
    if session.ended:
        return Tail("The story has come to its end.", ENDINGS)
    waiting = len(session.story.children(session.story.cursor))
    if session.at_end and waiting:
        if waiting == 1:
            return Tail("1 take waits here: ↓ brings it back")
        return Tail(f"{waiting} takes wait here: ↓ goes on with the last of them")
    return Tail("" if session.story.path else "space: the model begins  ·  enter: you do")


def hints(session: Session, stage: Stage, key: Callable[[str], str]) -> Sequence[Hint]:
    """What helps now, in order; `key` knows the key of an action."""
    if stage.pick is not None:
        return [("", "1-4", "pick a word"), ("go_on", key("go_on"), "the teller's"), ("close", "esc", "stop here")]
    if stage.busy:
        paused = stage.reveal is not None and stage.reveal.paused
        do = ("go_on", key("go_on"), "go on" if paused else "pause")
        return [do, ("close", key("close"), "stop here"), ("pace", key("pace"), "faster"),
                ("write", key("write"), "your words"), ("app.help", key("help"), "keys")]  # fmt: skip
    found = [(name, key(name), label) for name, label in _SHORT.items()]
    found.insert(4, ("app.help", key("help"), "keys"))
    if session.here is not None:
        takes = session.story.takes(session.here.id)
        if len(takes) > 1:
            found.insert(2, ("take(1)", "←→", f"take {takes.index(session.here.id) + 1} of {len(takes)}"))
    return found


def _saved_mark(session: Session, stage: Stage) -> str:
    if session.opened.read_only:
        return "read only"
    state = session.saving
    if state.error:
        return f"✗ not saved: {state.error}"
    if stage.telling is not None:
        return "… telling"
    if state.pending:
        return "… saving"
    return "✓ saved" if session.story.path else ""
