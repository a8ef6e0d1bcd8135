"""The synthetic stories beside real ones: copies, words, runs of four words, lengths; and how fast they are made.

    uv run python -m benchmarks.corpus_synthetic REAL_STORIES [--stories 100000] [--workers 2]

REAL_STORIES holds stories separated by lines of `<|endoftext|>`. The more text, the fewer of its four-word runs are
new, so their share is counted on the same number of words of both.
"""

import argparse
import re
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.bpe_race import machine
from tinytales.corpus.settings import CorpusSettings
from tinytales.corpus.sources.synthetic import SyntheticSource

SEPARATOR = "<|endoftext|>"
RUN = 4
SAME_WORDS = 1_000_000
SHARES = (0.01, 0.25, 0.5, 0.75, 0.99)

_WORD = re.compile(r"[a-z]+(?:'[a-z]+)*")


def figures(stories: Sequence[str]) -> dict[str, str]:
    """What is to be compared, by name."""
    used: set[str] = set()
    runs: set[tuple[str, ...]] = set()
    lengths, counted = [], 0
    for story in stories:
        words = _WORD.findall(story.lower())
        used.update(words)
        lengths.append(len(words))
        if counted < SAME_WORDS:
            new = [tuple(words[start : start + RUN]) for start in range(len(words) - RUN + 1)]
            runs.update(new)
            counted += len(new)
    lengths.sort()
    return {
        "stories": f"{len(stories):,}",
        "exact copies": f"{1 - len(set(stories)) / len(stories):.3%}",
        "different words": f"{len(used):,}",
        f"different {RUN}-word runs, in {SAME_WORDS:,}": f"{len(runs) / counted:.1%}",
        f"words a story, at {', '.join(f'{share:.0%}' for share in SHARES)} of them": ", ".join(
            str(lengths[int(share * (len(lengths) - 1))]) for share in SHARES
        ),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("real", type=Path)
    parser.add_argument("--stories", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    source = SyntheticSource(CorpusSettings(), arguments.stories, arguments.workers)
    started = time.perf_counter()
    made = [story.text for story in source.stories()]
    seconds = time.perf_counter() - started
    real = [text.strip() for text in arguments.real.read_text(encoding="utf-8").split(SEPARATOR)]
    ours, theirs = figures(made), figures([text for text in real if text])
    print(f"{machine()}; {len(made) / seconds:,.0f} stories/s on {arguments.workers} workers\n")
    print("| | synthetic | real |\n|---|---|---|")
    for name, value in ours.items():
        print(f"| {name} | {value} | {theirs[name]} |")


if __name__ == "__main__":
    main()
