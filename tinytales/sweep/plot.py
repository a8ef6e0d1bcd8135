"""Results on two logarithmic axes: in the terminal, and as SVG."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from tinytales.storage import atomic
from tinytales.sweep.fit import Fit, quantity_of
from tinytales.sweep.results import Result

NAMES = {"parameters": "parameters", "tokens": "tokens seen", "vocab_size": "vocabulary"}
_WIDTH, _HEIGHT = 60, 14


def terminal_plot(results: Sequence[Result], law: Fit) -> Iterator[str]:
    """Lines of a plot: ● a run, ◉ several in one place, · the law."""
    points = [(math.log(quantity_of(one, law.quantity)), math.log(one.bits_per_byte)) for one in results]
    left, right = min(x for x, _ in points), max(x for x, _ in points)
    line = [law.intercept + law.slope * x for x in (left, right)]
    low = min(*line, *(y for _, y in points))
    high = max(*line, *(y for _, y in points))
    low, high = low - 0.02, high + 0.02
    cells = [[" "] * _WIDTH for _ in range(_HEIGHT)]

    def place(x: float, y: float) -> tuple[int, int]:
        column = round((x - left) / (right - left) * (_WIDTH - 1))
        return round((high - y) / (high - low) * (_HEIGHT - 1)), column

    for column in range(_WIDTH):
        x = left + (right - left) * column / (_WIDTH - 1)
        row, _ = place(x, law.intercept + law.slope * x)
        cells[row][column] = "·"
    for point in points:
        row, column = place(*point)
        cells[row][column] = "◉" if cells[row][column] in "●◉" else "●"
    yield "bits per byte"
    for number, row_cells in enumerate(cells):
        value = math.exp(high - (high - low) * number / (_HEIGHT - 1))
        tick = f"{value:6.3f}" if number in (0, _HEIGHT // 2, _HEIGHT - 1) else " " * 6
        yield f"{tick} │{''.join(row_cells)}".rstrip()
    yield f"       └{'─' * _WIDTH}"
    begin, end = f"{math.exp(left):,.0f}", f"{math.exp(right):,.0f}"
    name = NAMES[law.quantity]
    yield f"        {begin}{name.center(_WIDTH - len(begin) - len(end))}{end}"


def write_svg(path: Path, results: Sequence[Result], laws: Sequence[Fit]) -> None:
    """A panel for each law: runs, means and spread of seeds, the line and what the next doubling should bring."""
    import io

    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot
    from matplotlib.ticker import StrMethodFormatter

    figure, panels = pyplot.subplots(1, len(laws), figsize=(5.2 * len(laws), 4), squeeze=False, layout="constrained")
    for axes, law in zip(panels[0], laws, strict=True):
        groups: dict[object, list[Result]] = {}
        for one in results:
            groups.setdefault(one.point, []).append(one)
        for group in groups.values():
            x = quantity_of(group[0], law.quantity)
            values = [one.bits_per_byte for one in group]
            axes.plot([x] * len(values), values, "o", color="#9db4d8", markersize=4)
            if len(values) > 1:
                axes.plot([x, x], [min(values), max(values)], color="#3f5f86", linewidth=1)
        ends = [min(quantity_of(one, law.quantity) for one in results), law.largest * 2]
        axes.plot(ends, [law(x) for x in ends], color="#a3562f", linewidth=1, label=f"exponent {law.slope:.3f}")
        low, high = law.range(ends[1])
        axes.errorbar(
            [ends[1]],
            [law(ends[1])],
            [[law(ends[1]) - low], [high - law(ends[1])]],
            fmt="s",
            color="#a3562f",
            mfc="none",
            label="next doubling",
        )
        axes.set(xscale="log", yscale="log", xlabel=NAMES[law.quantity], ylabel="bits per byte")
        axes.yaxis.set_major_formatter(StrMethodFormatter("{x:.2f}"))
        axes.yaxis.set_minor_formatter(StrMethodFormatter("{x:.2f}"))
        axes.legend(frameon=False, fontsize=8)
    data = io.BytesIO()
    figure.savefig(data, format="svg")
    pyplot.close(figure)
    atomic.write_bytes(path, data.getvalue())
