"""Curves as SVG, drawn by matplotlib. Nothing else imports it: it takes a second to load."""

import io
import re
from typing import Any

from tinytales.evaluation.report.blocks import Curve

INCHES = (7.2, 3.0)


def to_svg(curve: Curve) -> str:
    """An `<svg>` element, without what only a file needs; text stays text."""
    import matplotlib
    from matplotlib.figure import Figure
    from matplotlib.ticker import EngFormatter

    settings: dict[Any, Any] = {
        "svg.fonttype": "none",
        "svg.hashsalt": curve.title,
        "font.family": "sans-serif",
        "font.size": 9,
    }
    with matplotlib.rc_context(settings):
        # Not pyplot: it keeps figures in global state and looks for a screen.
        figure = Figure(figsize=INCHES, layout="constrained")
        axes = figure.add_subplot()
        axes.plot(curve.x, curve.y, color="#2f6f9f", linewidth=1.4, marker="o" if curve.marked else None, markersize=4)
        axes.set_xlabel(curve.x_label)
        axes.set_ylabel(curve.y_label)
        axes.xaxis.set_major_formatter(EngFormatter(sep=""))
        axes.grid(visible=True, color="#dddddd", linewidth=0.6)
        axes.spines[["top", "right"]].set_visible(False)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    svg = buffer.getvalue()
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    return svg.replace('xmlns:xlink="http://www.w3.org/1999/xlink"', "").replace("xlink:href", "href").strip()
