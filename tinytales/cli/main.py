"""The entry point: the fastest questions first, then Typer, and every error turned into lines for people."""

import os
import sys
from collections.abc import Sequence

from tinytales.errors import TinytalesError

INTERRUPTED = 130
_FULL_DISK = 28  # errno.ENOSPC


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `tinytales` and exit with its code."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in arguments[:1]
    try:
        code = run(arguments[1:] if debug else arguments)
        sys.stdout.flush()
    except KeyboardInterrupt as stop:
        code = INTERRUPTED
        print(f"\n{stop}" if str(stop) else "\ninterrupted", file=sys.stderr)
    except BrokenPipeError:
        # Whoever read us has heard enough. Python would complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except Exception as error:
        if debug:
            raise
        code = tell_error(error)
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code."""
    if arguments == ["--version"]:
        from tinytales._native import __version__

        print(f"tinytales {__version__}")
        return 0
    if "_TINYTALES_COMPLETE" in os.environ or arguments[:1] in (["--install-completion"], ["--show-completion"]):
        from tinytales.cli.group import run_completion

        run_completion(arguments)
        return 0
    if not arguments:
        from tinytales.tui.run import run as open_session

        open_session()
        return 0
    if arguments[0] in ("-h", "--help"):
        from tinytales.cli.help import top_level_help

        print(top_level_help())
        return 0
    from tinytales.cli.group import run_command

    return run_command(arguments)


def tell_error(error: Exception) -> int:
    """Say what is wrong and what to do, in two lines on stderr; the exit code."""
    from tinytales.terminal import note

    match error:
        case TinytalesError():
            what, hint, code = error.what, error.hint, error.exit_code
        case OSError(errno=number) if number == _FULL_DISK:
            what, hint, code = "the disk is full", "make room and run the command again: finished stages are kept", 1
        case OSError():
            what, hint, code = str(error), "check the path and its permissions", 1
        case MemoryError():
            what, hint, code = "there is not enough memory", "use a smaller model or batch", 1
        case _:
            what = f"something broke inside tinytales: {type(error).__name__}: {error}"
            hint, code = "see the traceback with: tinytales --debug …, and please report it", 1
    note(f"error: {' '.join(what.split())}")
    note(f"  try: {hint}")
    return code
