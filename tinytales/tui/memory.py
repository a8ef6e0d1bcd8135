"""What the session remembers of its reader from one time to the next: colours, pace, how stories are told.

It is kept in a file of its own beside the settings, which are the reader's to write, and holds only what was chosen
otherwise than they say. Must not know how anything looks.
"""

import tomllib
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tinytales import paths
from tinytales.errors import UsageError
from tinytales.storage import atomic
from tinytales.story.telling import LENGTHS
from tinytales.tui.reveal import PACES
from tinytales.tui.session import Manner

_CHOICES: dict[str, tuple[object, ...]] = {"length": LENGTHS, "pace": PACES, "pick_words": (False, True)}
_SAMPLING = ("temperature", "top_p", "top_k")


def file() -> Path:
    """Where it is kept."""
    return paths.settings_file().with_name("session.toml")


@dataclass(frozen=True)
class Memory:
    """See the module.

    Attributes:
        path: where it is kept.
        usual: how stories are told where nothing else was chosen.
        fixed: fields of the sampling settings that a variable sets for now; what was chosen for them waits.
    """

    path: Path
    usual: Manner
    fixed: Collection[str] = ()

    def recall(self) -> tuple[str, Manner]:
        """The theme that was chosen ("" if none was), and the manner.

        What can't be understood is passed over: taste is no reason to stop.
        """
        document = self._read()
        theme = document.get("theme")
        chosen = {
            name: document[name]
            for name, values in _CHOICES.items()
            if document.get(name) in values and type(document[name]) is type(values[0])
        }
        sampling = self.usual.sampling
        for name in _SAMPLING:
            value = document.get(name)
            if name not in self.fixed and type(value) is type(getattr(sampling, name)):
                changes: dict[str, Any] = {name: value}
                try:
                    sampling = replace(sampling, **changes)
                except UsageError:
                    continue
        return theme if isinstance(theme, str) else "", replace(self.usual, sampling=sampling, **chosen)

    def remember(self, theme: str, manner: Manner) -> None:
        """Keep these.

        Raises:
            OSError: they can't be written.
        """
        document: dict[str, Any] = {"theme": theme} if theme else {}
        document |= {name: getattr(manner, name) for name in _CHOICES}
        document |= {name: getattr(manner.sampling, name) for name in _SAMPLING}
        usual = vars(self.usual) | vars(self.usual.sampling)
        document = {name: value for name, value in document.items() if value != usual.get(name)}
        if document != self._read():
            import tomli_w

            atomic.write_text(self.path, tomli_w.dumps(document))

    def _read(self) -> dict[str, Any]:
        try:
            return tomllib.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
