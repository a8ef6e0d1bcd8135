"""Questions before something large or final happens."""

import sys

from tinytales.errors import UsageError
from tinytales.terminal import note


def ask(question: str, otherwise: str = "say --yes to go ahead") -> bool:
    """Ask on the terminal, and take anything but yes for no.

    Raises:
        UsageError: there is nobody to ask; `otherwise` is the hint.
    """
    if not sys.stdin.isatty():
        raise UsageError(question, otherwise)
    note(f"{question} [y/N]")
    return input().strip().lower() in ("y", "yes")


def agreed(question: str, yes: bool) -> bool:
    """Whether to go ahead: the person said so before (`yes`), or says so now; raises as `ask`."""
    if yes or ask(question):
        return True
    note("nothing was changed")
    return False
