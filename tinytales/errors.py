"""Errors made for people: one line that says what is wrong, one that says what to do.

Any room raises them; only `tinytales.cli.main` catches them, prints both lines and exits with the class's code.
"""


class TinytalesError(Exception):
    """Something failed that its user can understand and act on."""

    exit_code = 1

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint


class UsageError(TinytalesError):
    """The command or a setting is wrong."""

    exit_code = 2


class MissingError(TinytalesError):
    """A model, corpus or token folder is missing or damaged."""

    exit_code = 3
