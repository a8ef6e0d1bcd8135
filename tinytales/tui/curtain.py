"""The first thing on the screen: the name, at once, while Textual is still being imported (most of a second)."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_NAME = "t i n y t a l e s"
_ALTERNATE, _NORMAL = "\x1b[?1049h", "\x1b[?1049l"
_CLEAR, _HIDE_CURSOR, _SHOW_CURSOR = "\x1b[2J", "\x1b[?25l", "\x1b[?25h"


@contextmanager
def curtain() -> Iterator[None]:
    """Show the name on the alternate screen, and give the terminal back when the block ends.

    Whatever opens in the block draws over the name.
    """
    size = shutil.get_terminal_size()
    row, column = size.lines // 2, max(1, (size.columns - len(_NAME)) // 2)
    sys.stderr.write(f"{_ALTERNATE}{_HIDE_CURSOR}{_CLEAR}\x1b[{row};{column}H{_NAME}")
    sys.stderr.flush()
    try:
        yield
    finally:
        sys.stderr.write(f"{_NORMAL}{_SHOW_CURSOR}")
        sys.stderr.flush()
