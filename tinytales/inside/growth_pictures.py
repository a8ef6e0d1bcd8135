"""A model's growth as a picture to show others: an SVG that moves by itself, or a page with a slider."""

import json
import textwrap
from collections.abc import Sequence
from html import escape

from tinytales.inside.growth import Stage

_SECONDS = 2.5  # of each stage
_WIDTH, _HEIGHT, _LINE = 640, 320, 18
_PAPER, _INK, _ACCENT, _FAINT = "#fbf7ef", "#2b2622", "#8a4b2a", "#9db4d8"


def svg(name: str, stages: Sequence[Stage]) -> str:
    """One stage after the other, over and over, as a self-contained SVG."""
    whole = _SECONDS * len(stages)
    share = 100 / len(stages)
    style = (
        f"text{{font:14px sans-serif;fill:{_INK}}}.h{{font-weight:bold;fill:{_ACCENT}}}"
        f"g{{opacity:0;animation:s {whole}s step-end infinite}}"
        f"@keyframes s{{0%{{opacity:1}}{share:.4f}%{{opacity:0}}100%{{opacity:0}}}}"
        "@media (prefers-reduced-motion){g{animation:none}g:last-of-type{opacity:1}}"
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">',
        f"<title>{escape(name)} growing up</title><style>{style}</style>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="{_PAPER}"/>',
    ]
    for number, stage in enumerate(stages):
        parts.append(f'<g style="animation-delay:{number * _SECONDS}s">{_stage(stage, stages[-1])}</g>')
    return "\n".join([*parts, "</svg>\n"])


def _stage(stage: Stage, last: Stage) -> str:
    parts = [f'<text class="h" x="20" y="30">{escape(stage.heading)}</text>', _curve(stage, last)]
    wrapped = [line for paragraph in stage.text.split("\n") for line in textwrap.wrap(paragraph, 82)]
    room = (_HEIGHT - 130) // _LINE
    for number, line in enumerate(wrapped[:room]):
        parts.append(f'<text x="20" y="{130 + number * _LINE}">{escape(line)}</text>')
    return "".join(parts)


def _curve(stage: Stage, last: Stage) -> str:
    """The loss so far, on the axes of the whole run."""
    if len(stage.losses) < 2:
        return ""
    steps, losses = last.losses[-1].step, [one.loss for one in last.losses]
    low, high = min(losses), max(losses)
    points = " ".join(
        f"{20 + one.step / steps * (_WIDTH - 40):.1f},{100 - (one.loss - low) / (high - low or 1) * 55:.1f}"
        for one in stage.losses
    )
    return f'<polyline points="{points}" fill="none" stroke="{_FAINT}" stroke-width="2"/>'


def html(name: str, stages: Sequence[Stage]) -> str:
    """A page of its own with a slider, without anything from elsewhere."""
    data = [{"heading": stage.heading, "text": stage.text, "curve": _curve(stage, stages[-1])} for stage in stages]
    # Within a script, only what could end it must not stand.
    script = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
    title = f"{escape(name)} growing up"
    return f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
body {{ font: 16px/1.5 sans-serif; max-width: 40em; margin: 2em auto; padding: 0 1em; background: {_PAPER};
  color: {_INK} }}
h2 {{ font-size: 1em; color: {_ACCENT} }}
input {{ width: 100% }}
p {{ white-space: pre-wrap; min-height: 12em }}
</style>
<h1>{title}</h1>
<input type="range" min="0" max="{len(stages) - 1}" value="0" aria-label="Stage of the training" autofocus>
<h2 aria-live="polite"></h2><svg viewBox="0 40 {_WIDTH} 65"></svg><p></p>
<script>
const stages = {script};
const slider = document.querySelector("input");
function show() {{
  const stage = stages[slider.value];
  document.querySelector("h2").textContent = stage.heading;
  document.querySelector("svg").innerHTML = stage.curve;
  document.querySelector("p").textContent = stage.text;
}}
slider.addEventListener("input", show);
show();
</script>
</html>
"""
