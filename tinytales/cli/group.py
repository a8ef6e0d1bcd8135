"""The Typer side of the entry point: a command's module is imported only when that command is asked for."""

import importlib
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

import typer
import typer.main
from typer.exceptions import TyperException

from tinytales.cli.commands import COMMANDS, Command
from tinytales.cli.help import command_help
from tinytales.errors import UsageError

PROGRAM = "tinytales"
CONTEXT = {"help_option_names": ["-h", "--help"]}


def run_command(arguments: Sequence[str]) -> int:
    """Run the command that `arguments` begin with; its exit code.

    Raises:
        UsageError: there is no such command, or its arguments are wrong.
    """
    command = find(arguments[0])
    program = f"{PROGRAM} {command.name}"
    family = _app_of(command)
    parser = _with_help(typer.main.get_command(family or new_app([command])))
    given = list(arguments[1:])
    if family is not None and not given:
        given = [str(family.registered_commands[0].name)]
    try:
        # Not `parser.main`: it would end the process itself on a broken pipe or Ctrl-C.
        with parser.make_context(program, given) as context:
            parser.invoke(context)
    except typer.Exit as end:
        return end.exit_code
    except TyperException as error:
        raise UsageError(error.format_message(), f"{program} --help") from error
    except typer.Abort:
        raise KeyboardInterrupt from None
    return 0


def run_completion(arguments: Sequence[str]) -> None:
    """Answer a shell that completes, or install the completion: this needs every command."""
    new_app(COMMANDS, completion=True)(args=list(arguments), prog_name=PROGRAM)


def find(name: str) -> Command:
    """The command called `name`."""
    for command in COMMANDS:
        if command.name == name:
            return command
    import difflib

    close = difflib.get_close_matches(name, [command.name for command in COMMANDS], n=1)
    hint = f"{PROGRAM} {close[0]}" if close else f"{PROGRAM} --help"
    raise UsageError(f"there is no command called {name}", hint)


def new_app(commands: Iterable[Command], *, completion: bool = False) -> typer.Typer:
    """A Typer app of some commands; that of a single one takes its arguments directly."""
    app = typer.Typer(context_settings=CONTEXT, add_completion=completion, pretty_exceptions_enable=False)
    for command in commands:
        if (family := _app_of(command)) is not None:
            app.add_typer(family, name=command.name)
        else:
            app.command(command.name)(importlib.import_module(command.module).command)
    return app


def _with_help(parser: Any) -> Any:
    """The parser with our help: Typer's takes a fifth of a second, to import Rich's Markdown."""
    parser.get_help = partial(command_help, parser)
    for member in getattr(parser, "commands", {}).values():
        _with_help(member)
    return parser


def _app_of(command: Command) -> typer.Typer | None:
    """The Typer app of a command that is a family of them (`models list`, `models show`, …); None for a single one."""
    family = getattr(importlib.import_module(command.module), "app", None)
    return family if isinstance(family, typer.Typer) else None


def new_family(summary: str) -> typer.Typer:
    """A Typer app for a family of commands; by itself its name does what the first of them does."""
    return typer.Typer(help=summary, context_settings=CONTEXT, add_completion=False, pretty_exceptions_enable=False)
