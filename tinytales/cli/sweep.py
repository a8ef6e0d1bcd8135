"""`tinytales sweep`: a grid of runs, and what they say together."""

import csv
import io
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from tinytales.cli import output
from tinytales.cli.ask import agreed
from tinytales.cli.group import new_family
from tinytales.errors import MissingError, TinytalesError, UsageError
from tinytales.settings import load_preset
from tinytales.storage import atomic
from tinytales.storage.shelf import CORPORA, TOKENS
from tinytales.sweep import carry_out, shelf
from tinytales.sweep.fit import QUANTITIES, Fit, fit, seed_spread
from tinytales.sweep.grid import Grid, values_of
from tinytales.sweep.results import Result, collect
from tinytales.terminal import clock, is_live, note

ASKED_FROM = 10.0  # minutes

app = new_family("Train a grid of models, and see what size, vocabulary and data change.")

Name = Annotated[str | None, typer.Argument(help="A sweep's name; the newest if not given.")]
Json = Annotated[bool, typer.Option("--json", help="Print a JSON document.")]


@app.command("show")
def show(
    name: Name = None,
    csv_file: Annotated[Path | None, typer.Option("--csv", help="Write the results to this file.")] = None,
    svg: Annotated[Path | None, typer.Option("--output", "-o", help="Write the plots to this SVG file.")] = None,
    as_json: Json = False,
) -> None:
    """Fit and plot bits per byte against parameters, tokens and vocabulary; say what the next doubling should bring."""
    from tinytales.sweep.plot import NAMES, terminal_plot, write_svg

    grid = shelf.find(name)
    results = _results(grid)
    laws = [law for quantity in QUANTITIES if (law := fit(results, quantity)) is not None]
    if csv_file is not None:
        atomic.write_text(csv_file, _csv(results))
        print(csv_file)
    if svg is not None:
        if not laws:
            raise UsageError("nothing was varied that could be plotted", "wait for more runs, or use --csv")
        write_svg(svg, results, laws)
        print(svg)
    if as_json:
        output.print_json({"name": grid.name, "runs": [_row(one) for one in results], "fits": list(map(_fit, laws))})
    if as_json or csv_file or svg:
        return
    _table(results)
    spread = seed_spread(results)
    if spread is not None:
        print(f"\nseeds of one point lie {spread:.3f} bits per byte apart (standard deviation)")
    for law in laws:
        print()
        for line in terminal_plot(results, law):
            print(line)
        low, high = law.range(2 * law.largest)
        print(f"twice the {NAMES[law.quantity]} multiplies bits per byte by {2**law.slope:.3f}; at ", end="")
        print(f"{2 * law.largest:,.0f}: {law(2 * law.largest):.3f} expected ({low:.3f} to {high:.3f})")


@app.command("collect")
def collect_results(name: Name = None, as_json: Json = False) -> None:
    """Print the finished runs of a sweep, wherever they ran, as CSV or JSON."""
    grid = shelf.find(name)
    results = _results(grid)
    note(f"{len(results)} of {len(grid.runs())} runs are finished")
    if as_json:
        output.print_json([_row(one) for one in results])
    else:
        print(_csv(results), end="")


@app.callback(invoke_without_command=True)
def sweep(
    context: typer.Context,
    name: Annotated[str | None, typer.Option(help="Name of the sweep, and the beginning of its models' names.")] = None,
    corpus: Annotated[str | None, typer.Option(help="The corpus for --vocab-size; the newest if not given.")] = None,
    tokens_folder: Annotated[
        str | None, typer.Option("--token-folder", help="What all runs train on, without --vocab-size.")
    ] = None,
    preset: Annotated[str, typer.Option(help="Where all other settings come from.")] = "demo",
    vocab_size: Annotated[str | None, typer.Option(help="Vocabularies, e.g. 512,1024.")] = None,
    depth: Annotated[str | None, typer.Option(help="Layers, e.g. 1,2,3.")] = None,
    width: Annotated[str | None, typer.Option(help="Lengths of a token's vector.")] = None,
    minutes: Annotated[str | None, typer.Option(help="Train each run so long.")] = None,
    tokens: Annotated[str | None, typer.Option(help="Train each run on so many tokens.")] = None,
    steps: Annotated[str | None, typer.Option(help="Train each run for so many steps.")] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="Any other setting: learning_rate=0.01,0.02")
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, max=100, help="Run each point with so many seeds.")] = 1,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, max=64, help="Run so many at once.")] = 1,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Begin without asking.")] = False,
    only_print: Annotated[bool, typer.Option("--print", help="Print the commands, one a line, and run none.")] = False,
) -> None:
    """Train a model for every combination of the values given; run it again to go on after a stop."""
    if context.invoked_subcommand is not None:
        return
    load_preset(preset)
    given = {
        "vocab_size": vocab_size, "depth": depth, "width": width, "minutes": minutes, "tokens": tokens, "steps": steps,
        **_settings(settings or ()),
        "seed": ",".join(map(str, range(seeds))),
    }  # fmt: skip
    axes = {setting: values_of(values) for setting, values in given.items() if values is not None}
    if vocab_size is not None:
        source = {"corpus": CORPORA.find(corpus).name, "tokens": None}
    else:
        source = {"corpus": None, "tokens": TOKENS.find(tokens_folder).name}
    grid = Grid(name=name or f"{source['corpus'] or source['tokens']}-sweep", preset=preset, axes=axes, **source)
    shelf.keep(grid)
    if only_print:
        _print_commands(grid)
        return
    if not agreed(_question(grid, jobs), yes or _is_short(grid, jobs)):
        return
    carry_out.tokenize(grid)
    with _Board(grid, jobs) as board:
        table = carry_out.carry_out(grid, jobs, board.show)
    failed = [progress.run.name for progress in table if progress.state == "failed"]
    for run in failed:
        note(f"failed: {run}, see {shelf.log_file(grid, run)}")
    print(grid.name)
    if failed:
        raise TinytalesError(f"{len(failed)} of {len(table)} runs failed", "run the command again to try them again")


class _Board:
    """Shows how the runs stand: a table on a terminal, a line for each change elsewhere."""

    def __init__(self, grid: Grid, jobs: int) -> None:
        self._grid, self._jobs = grid, jobs
        self._told: dict[str, str] = {}
        self._live: Any = None

    def __enter__(self) -> "_Board":
        if is_live():
            from rich.console import Console
            from rich.live import Live

            self._live = Live(console=Console(stderr=True), auto_refresh=False)
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()

    def show(self, table: Sequence[carry_out.Progress]) -> None:
        """Show what changed."""
        measured = {one.name: one.bits_per_byte for one in collect(self._grid)}
        done = sum(progress.state in ("done", "failed") for progress in table)
        left = carry_out.seconds_left(table, self._jobs)
        title = f"{done} of {len(table)} runs" + (f", about {clock(left)} left" if left else "")
        if self._live is not None:
            self._live.update(_live_table(title, table, measured), refresh=True)
            return
        for progress in table:
            if self._told.get(progress.run.name) != progress.state and progress.state != "waiting":
                bits = measured.get(progress.run.name)
                result = f", {bits:.3f} bits per byte" if bits is not None else ""
                note(f"{progress.run.label}: {progress.state}{result} ({title})")
            self._told[progress.run.name] = progress.state


def _live_table(title: str, table: Sequence[carry_out.Progress], measured: dict[str, float]) -> Any:
    from rich.table import Table

    drawn = Table("run", "state", "bits per byte", "took", title=title)
    for progress in table:
        bits, took = measured.get(progress.run.name), progress.seconds
        drawn.add_row(
            progress.run.label, progress.state, f"{bits:.3f}" if bits is not None else "", clock(took) if took else ""
        )
    return drawn


def _settings(given: Sequence[str]) -> dict[str, str]:
    found = {}
    for text in given:
        key, sign, values = text.partition("=")
        if not sign:
            raise UsageError(f"--set {text} names no values", "say it so: --set learning_rate=0.01,0.02")
        found[key.strip().replace("-", "_")] = values
    return found


def _is_short(grid: Grid, jobs: int) -> bool:
    minutes = grid.minutes()
    return minutes is not None and minutes / jobs <= ASKED_FROM


def _question(grid: Grid, jobs: int) -> str:
    minutes, count = grid.minutes(), len(grid.runs())
    if minutes is None:
        return f"{count} runs take a time that only the first will tell: begin?"
    return f"{count} runs take {clock(minutes * 60 / jobs)} and more, {jobs} at a time: begin?"


def _print_commands(grid: Grid) -> None:
    for command in grid.tokenizations():
        note(f"first: {shlex.join(['tinytales', *command])}")
    for run in grid.runs():
        variables = [f"{key}={shlex.quote(value)}" for key, value in run.variables.items()]
        print(" ".join([*variables, shlex.join(["tinytales", *run.command])]))


def _results(grid: Grid) -> list[Result]:
    results = collect(grid)
    if not results:
        raise MissingError(f"no run of the sweep {grid.name} is finished", "go on with it: the same command again")
    return results


def _table(results: Sequence[Result]) -> None:
    settings = [key for key in results[0].values if len({one.values[key] for one in results}) > 1]
    rows = [
        (*(one.values[key] for key in settings), one.parameters, one.tokens, f"{one.bits_per_byte:.3f}")
        for one in results
    ]
    output.print_table([*settings, "parameters", "tokens seen", "bits per byte"], rows)


def _row(one: Result) -> dict[str, object]:
    return {
        "name": one.name,
        **one.values,
        "parameters": one.parameters,
        "tokens_seen": one.tokens,
        "bits_per_byte": one.bits_per_byte,
    }


def _fit(law: Fit) -> dict[str, object]:
    double = 2 * law.largest
    low, high = law.range(double)
    return {
        "quantity": law.quantity,
        "exponent": law.slope,
        "deviation": law.deviation,
        "next_doubling": {"at": double, "bits_per_byte": law(double), "low": low, "high": high},
    }


def _csv(results: Sequence[Result]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(_row(results[0])), lineterminator="\n")
    writer.writeheader()
    writer.writerows(map(_row, results))
    return text.getvalue()
