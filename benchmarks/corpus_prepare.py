"""`prepare` on much text: bytes a second, peak memory, the share of each step, and whether planted copies are found.

    uv run python -m benchmarks.corpus_prepare STORIES [--megabytes 1000] [--workers 2] [--folder FOLDER]

The text is STORIES (separated by lines of `<|endoftext|>`), then as many megabytes of distinct stories recombined from
its sentences, then near-copies of some of STORIES: one word in forty is another one. It stands in a temporary folder
(in FOLDER) and goes when the benchmark ends. All cleaning is on.
"""

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.bpe_race import machine
from benchmarks.bpe_text import SEPARATOR, recombine
from tinytales import terminal
from tinytales.corpus.corpus import Corpus
from tinytales.corpus.prepare import prepare

PLANTED = 1_000


def near_copies(stories: Path, count: int) -> list[str]:
    """Near-copies of `count` long enough stories."""
    chance = random.Random(3)
    texts = [text.strip() for text in stories.read_text(encoding="utf-8").split(SEPARATOR)]
    copies = []
    for text in chance.sample([text for text in texts if len(text.split()) >= 80], count):
        words = text.split(" ")
        for place in chance.sample(range(len(words) - 1), max(1, len(words) // 40)):
            words[place] = "Pumpernickel"
        copies.append(" ".join(words))
    return copies


def work(target: str, workers: str, *files: str) -> None:
    """Prepare, and print the seconds of each step and the peak memory in MB."""
    steps: dict[str, float] = {}

    @contextmanager
    def timed(label: str, *_: object) -> Iterator[terminal.Progress]:
        started = time.perf_counter()
        with terminal.PlainProgress(label, None, "") as bar:
            yield bar
        steps[label] = time.perf_counter() - started

    terminal.progress = timed  # type: ignore[assignment]
    started = time.perf_counter()
    prepare(files, Path(target), workers=int(workers))
    steps["all"] = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"steps": steps, "peak": peak}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("stories", type=Path)
    parser.add_argument("--megabytes", type=float, default=1000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folder = Path(name)
        recombined, planted = folder / "recombined.txt", folder / "planted.txt"
        recombine(arguments.stories, recombined, arguments.megabytes)
        copies = near_copies(arguments.stories, PLANTED)
        planted.write_text(f"\n{SEPARATOR}\n".join(copies), encoding="utf-8")
        files = [arguments.stories, recombined, planted]
        size = sum(file.stat().st_size for file in files) / 1e6
        code = "import sys; from benchmarks.corpus_prepare import work; work(*sys.argv[1:])"
        command = [sys.executable, "-c", code, folder / "corpus", arguments.workers, *files]
        done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, text=True, check=True)
        found = json.loads(done.stdout)
        corpus = Corpus.open(folder / "corpus")
        planted_texts = set(copies)
        left = sum(text in planted_texts for text in [*corpus.stories("train"), *corpus.stories("valid")])
        facts = corpus.manifest.facts
    seconds = found["steps"].pop("all")
    print(f"{machine()}; {arguments.workers} workers")
    print(f"{size:,.0f} MB, {facts['read_stories']:,} stories: {size / seconds:.1f} MB/s, peak {found['peak']:,.0f} MB")
    print(f"dropped: {facts['dropped']}; {PLANTED - left} of {PLANTED} planted near-copies found")
    for label, step in found["steps"].items():
        print(f"{label}: {step / seconds:.0%}")


if __name__ == "__main__":
    main()
