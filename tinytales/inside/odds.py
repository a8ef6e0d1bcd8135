"""What comes next, and how likely, under the settings at hand; the parts of which a line of it is made."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tinytales.inference.engine import Alternative, Engine
from tinytales.inference.sampling import Sampling
from tinytales.inference.scoring import Candidate
from tinytales.terminal import sanitize


@dataclass(frozen=True)
class Chance:
    """A token that may come next. `probability` is after the sampling settings; 0 means that they rule it out."""

    alternative: Alternative
    probability: float

    @property
    def before(self) -> float:
        """Its probability before the sampling settings: the model's own."""
        return math.exp(min(0.0, self.alternative.logprob))


def chances_of(candidates: Sequence[Candidate]) -> list[Chance]:
    """The chances of candidates, which an engine knows exactly."""
    return [
        Chance(Alternative(one.token, one.data.decode(errors="replace"), one.logprob), one.chance) for one in candidates
    ]


def alternatives_after(engine: Engine, text: str, sampling: Sampling, many: int) -> Sequence[Alternative]:
    """The likeliest tokens after `text`, at most `many`."""
    one = replace(sampling, max_tokens=1)
    return next((piece.alternatives for piece in engine.generate(text, one, alternatives=many)), ())


def chances(alternatives: Sequence[Alternative], sampling: Sampling) -> list[Chance]:
    """What temperature, top-k and top-p make of the likeliest tokens.

    The tail below the given ones counts as tokens that are each as likely as the last given one, so that probabilities
    stay honest where only some are known.
    """
    if not alternatives:
        return []
    if sampling.temperature == 0:
        return [Chance(one, float(index == 0)) for index, one in enumerate(alternatives)]
    best, last = alternatives[0].logprob, alternatives[-1].logprob
    tail = max(0.0, 1.0 - sum(math.exp(one.logprob) for one in alternatives)) / math.exp(last)
    weights = [math.exp((one.logprob - best) / sampling.temperature) for one in alternatives]
    weights.append(tail * weights[-1])
    probabilities = [weight / sum(weights) for weight in weights]
    kept, reached = [], 0.0
    for index, probability in enumerate(probabilities[:-1]):
        inside = reached < sampling.top_p and (sampling.top_k == 0 or index < sampling.top_k)
        kept.append(probability if inside else 0.0)
        reached += probability
    whole_tail = reached < sampling.top_p and sampling.top_k == 0
    total = sum(kept) + (probabilities[-1] if whole_tail else 0.0) or 1.0
    return [Chance(one, value / total) for one, value in zip(alternatives, kept, strict=True)]


def label(text: str) -> str:
    """A token's text for a list: spaces at its ends are seen, and so are line breaks."""
    text = sanitize(text).replace("\t", " ").replace("\n", "⏎")
    return f"·{text[1:]}" if text.startswith(" ") else text or "∅"


def bytes_label(data: bytes) -> str:
    """A token's bytes for a list: as `label`, and in hexadecimal what is no text, or none that a terminal may see."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return f"<{data.hex(' ')}>"
    return label(text) if sanitize(text) == text else f"<{data.hex(' ')}>"


def bar(share: float, width: int) -> str:
    """A bar of `share` (0 to 1) of `width` cells, to the eighth of a cell."""
    eighths = round(max(0.0, min(1.0, share)) * width * 8)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (" ▏▎▍▌▋▊▉"[rest] if rest else "")).ljust(width)


def percent(share: float) -> str:
    """A share as people say it, four cells wide."""
    if share and share < 0.01:
        return " <1%"
    return f"{share:4.0%}"
