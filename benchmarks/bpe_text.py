"""Text for the BPE benchmarks: any amount of distinct stories, recombined from the sentences of given ones.

    uv run python benchmarks/bpe_text.py STORIES OUTPUT --megabytes 200

STORIES holds stories separated by <|endoftext|> lines. Each new story takes its paragraphs' lengths from one of them
and its sentences from all of them, by a seeded choice; so words keep their frequencies and no story is there twice.
"""

import argparse
import random
import re
from pathlib import Path

SEPARATOR = "<|endoftext|>"


def recombine(source: Path, target: Path, megabytes: float, seed: int = 0) -> None:
    """Write `megabytes` MB of stories made from those of `source`."""
    stories = [story.strip() for story in source.read_text(encoding="utf-8").split(SEPARATOR)]
    shapes = [[len(split_sentences(part)) for part in story.split("\n")] for story in stories if story]
    sentences = [sentence for story in stories for part in story.split("\n") for sentence in split_sentences(part)]
    chance = random.Random(seed)
    left = megabytes * 1e6
    with target.open("w", encoding="utf-8", newline="\n") as file:
        while left > 0:
            parts = [" ".join(chance.choices(sentences, k=count)) for count in chance.choice(shapes)]
            story = "\n".join(parts) + f"\n{SEPARATOR}\n"
            file.write(story)
            left -= len(story.encode())


def split_sentences(text: str) -> list[str]:
    return [sentence for sentence in re.split(r"(?<=[.!?])\s+", text) if sentence]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("stories", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--megabytes", type=float, required=True)
    arguments = parser.parse_args()
    recombine(arguments.stories, arguments.output, arguments.megabytes)
