"""How data leaves on stdout: tables for people, JSON for programs. What files say of themselves is sanitised."""

import json
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tinytales.terminal import sanitize

UNITS = ("bytes", "kB", "MB", "GB", "TB")


def print_json(data: object) -> None:
    """Print one JSON document."""
    print(json.dumps(data, ensure_ascii=False, indent=1))


def print_table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows below their headers, numbers to the right. On a terminal what doesn't fit a line is cut."""
    rows = list(rows)
    lines = [list(headers), *([_cell(value) for value in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    to_the_right = [bool(rows) and _is_numeric(row[index] for row in rows) for index in range(len(headers))]
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for line in lines:
        columns = zip(line, widths, to_the_right, strict=True)
        padded = (cell.rjust(room) if right else cell.ljust(room) for cell, room, right in columns)
        print("  ".join(padded).rstrip()[:width])


def print_facts(facts: Mapping[str, object]) -> None:
    """Print names and values, one pair a line; values that are None are left out."""
    shown = {name: _cell(value) for name, value in facts.items() if value is not None}
    room = max(map(len, shown), default=0)
    for name, value in shown.items():
        print(f"{name:<{room}}  {value}")


def size(count: int) -> str:
    """A number of bytes as people read it: 930 bytes, 4.1 MB."""
    amount = float(count)
    for unit in UNITS:
        if amount < 1000 or unit == UNITS[-1]:
            break
        amount /= 1000
    return f"{count} bytes" if unit == UNITS[0] else f"{amount:.1f} {unit}"


def folder_bytes(folder: Path) -> int:
    """The bytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def day(moment: str) -> str:
    """A moment in ISO 8601, to the minute."""
    return moment[:16].replace("T", " ")


def bar(share: float, width: int = 40) -> str:
    """A bar for a share from 0 to 1."""
    return "█" * max(round(share * width), share > 0)


def _cell(value: object) -> str:
    if value is None:
        return "-"
    text = f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
    return sanitize(" ".join(text.split()))


def _is_numeric(column: Iterable[object]) -> bool:
    return all(value is None or isinstance(value, (int, float)) for value in column)
