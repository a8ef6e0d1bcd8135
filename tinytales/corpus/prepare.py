"""From sources to a corpus: read, normalise, drop duplicates, split, write.

Two passes: the first brings all stories into their normal form in one temporary file, the second knows how many there
are, so that it can split them.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from itertools import islice
from pathlib import Path

from tinytales import terminal
from tinytales.corpus.normalize import normalize
from tinytales.corpus.settings import CorpusSettings
from tinytales.corpus.shards import SPLITS, ShardWriter, read_stories
from tinytales.corpus.sources.source import Source, open_sources
from tinytales.corpus.split import story_hash, valid_threshold
from tinytales.corpus.story import Story
from tinytales.errors import TinytalesError, UsageError
from tinytales.storage import atomic, manifest
from tinytales.storage.manifest import Manifest

FEWEST_STORIES = 2  # one to train on, one to measure with


def prepare(sources: Sequence[str], target: Path, settings: CorpusSettings | None = None) -> Manifest:
    """Make a corpus from `sources` in the new folder `target`.

    Args:
        sources: `synthetic`, files or folders, read in this order.
        target: where the corpus will stand; it must not exist.
        settings: what to read and how to split it.

    Raises:
        MissingError: a source is missing, empty or damaged; the message names the file and the place in it.
        UsageError: a source is of an unknown kind, or the sources have too few stories to split.
        TinytalesError: the disk is full or can't be written to.
        FileExistsError: `target` exists.
    """
    settings = settings or CorpusSettings()
    opened = open_sources(sources, settings)
    try:
        with atomic.new_folder(target) as folder:
            return _write(opened, folder, target.name, settings)
    except FileExistsError:
        raise
    except OSError as error:
        raise TinytalesError(f"can't write the corpus: {error}", "free some space, or set TINYTALES_HOME") from error


def _write(sources: Sequence[Source], folder: Path, name: str, settings: CorpusSettings) -> Manifest:
    dropped: Counter[str] = Counter()
    with ShardWriter(folder, "all", stories_per_shard=2**62) as writer:
        for story in _distinct(_read(sources, settings), dropped):
            writer.write(story)
    if writer.stories < FEWEST_STORIES:
        raise UsageError(
            f"{writer.stories} {'story is' if writer.stories == 1 else 'stories are'} too few to split",
            f"at least {FEWEST_STORIES} different ones are needed, and some thousands to train on",
        )
    spool = folder / "all-00000.parquet"
    counts = _split(spool, folder, valid_threshold(writer.stories, settings.valid_fraction))
    spool.unlink()
    facts = {
        "sources": [source.fingerprint for source in sources],
        "settings": {key: value for key, value in asdict(settings).items() if value is not None},
        "dropped": dict(dropped),
        **counts,
    }
    return manifest.seal(folder, kind="corpus", name=name, facts=facts)


def _read(sources: Sequence[Source], settings: CorpusSettings) -> Iterator[Story]:
    sizes = [source.bytes for source in sources]
    total = None if None in sizes else sum(size for size in sizes if size)
    stories = (story for source in sources for story in source.stories() if not story.text.isspace() and story.text)
    with terminal.progress("reading stories", total, "bytes") as bar:
        for number, story in enumerate(islice(stories, settings.limit), start=1):
            bar.advance(len(story.text), f"{number:,} stories")
            yield story


def _distinct(stories: Iterator[Story], dropped: Counter[str]) -> Iterator[Story]:
    seen: set[int] = set()
    for story in stories:
        text = normalize(story.text)
        if not text:
            continue
        digest = story_hash(text)
        if digest in seen:
            dropped["duplicate"] += 1
            continue
        seen.add(digest)
        yield Story(text, story.words, story.features, story.summary)


def _split(spool: Path, folder: Path, threshold: int) -> dict[str, int]:
    """Deal the stories of `spool` out; where chance gives one side nothing, it gets the story nearest to it."""
    hashes = [story_hash(story.text) for story in read_stories(spool)]
    threshold = min(max(threshold, min(hashes) + 1), max(hashes))
    with ExitStack() as stack:
        writers = {split: stack.enter_context(ShardWriter(folder, split)) for split in SPLITS}
        for story, digest in zip(read_stories(spool), hashes, strict=True):
            writers["valid" if digest < threshold else "train"].write(story)
    return {
        f"{split}_{what}": count
        for split, writer in writers.items()
        for what, count in (("stories", writer.stories), ("bytes", writer.bytes))
    }
