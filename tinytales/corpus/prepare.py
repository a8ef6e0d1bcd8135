"""From sources to a corpus: read and clean, choose, split, write.

Memory stays bounded: stories are read, cleaned and kept in chunks on the disk; choosing takes about 400 bytes a story
(hash, MinHash signature and index) whatever its length.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

from tinytales import terminal
from tinytales.corpus import chunks
from tinytales.corpus.choose import Choice, choose
from tinytales.corpus.chunks import ChunkFacts
from tinytales.corpus.settings import CorpusSettings
from tinytales.corpus.shards import SPLITS, ShardWriter, Split
from tinytales.corpus.sources.source import Confirm, Source, open_sources
from tinytales.corpus.split import HASHES, valid_threshold
from tinytales.corpus.story import Story
from tinytales.corpus.work import work_folder
from tinytales.errors import TinytalesError, UsageError
from tinytales.machine import usable_cores
from tinytales.parallel import in_order
from tinytales.storage import atomic, manifest
from tinytales.storage.manifest import Manifest

FEWEST_STORIES = 2  # one to train on, one to measure with


def prepare(
    sources: Sequence[str],
    target: Path,
    settings: CorpusSettings | None = None,
    *,
    workers: int | None = None,
    confirm: Confirm | None = None,
) -> Manifest:
    """Make a corpus from `sources` in the new folder `target`.

    The same sources and settings give the same files, whatever the number of workers, and whether or not earlier runs
    were interrupted.

    Args:
        sources: `synthetic`, `tinystories`, `hf:OWNER/NAME[:COLUMN]`, files or folders, read in this order.
        target: where the corpus will stand; it must not exist.
        settings: what to read, keep and change.
        workers: threads that work at once; all cores that the process may use if None.
        confirm: asked before a large download with a sentence that names its size; None goes ahead.

    Raises:
        MissingError: a source is missing, empty or damaged; the message names the file and the place in it.
        UsageError: a source is of an unknown kind, or too few stories are left to split.
        TinytalesError: the disk is full or can't be written to, or the Hub can't be reached.
        FileExistsError: `target` exists.
    """
    settings = settings or CorpusSettings()
    workers = workers or usable_cores()
    opened = open_sources(sources, settings, workers, confirm)
    if target.exists():
        raise FileExistsError(target)
    try:
        with work_folder(target.parent, opened, settings) as work:
            paths, facts = _clean(opened, work, settings, workers)
            choice = choose(paths, settings, workers)
            _check_enough(choice, facts)
            with atomic.new_folder(target) as folder:
                counts = _write(paths, choice, folder, settings, workers)
                report = _report(opened, settings, facts, choice)
                return manifest.seal(folder, kind="corpus", name=target.name, facts={**report, **counts})
    except FileExistsError:
        raise
    except OSError as error:
        raise TinytalesError(f"can't write the corpus: {error}", "free some space, or set TINYTALES_HOME") from error


def _clean(
    sources: Sequence[Source], work: Path, settings: CorpusSettings, workers: int
) -> tuple[list[Path], list[ChunkFacts]]:
    """Read and clean all sources into chunks, going on after those that an earlier run finished."""
    paths = sorted(work.glob("*.arrow"))
    facts = [chunks.read_facts(path) for path in paths]
    if facts:
        terminal.note(f"going on after {sum(fact.stories for fact in facts):,} stories of an interrupted run")
    cleaner = chunks.make_cleaner(settings)

    def clean(item: tuple[list[Story], int, int]) -> tuple[bytes, int]:
        stories, source, read = item
        packed = chunks.clean(stories, cleaner, settings.mojibake, source, read)
        return packed, sum(len(story.text) for story in stories)

    sizes = [source.bytes for source in sources]
    total = None if settings.limit or None in sizes else sum(size or 0 for size in sizes)
    with terminal.progress("reading and cleaning", total, "bytes") as bar:
        bar.advance(sum(fact.bytes for fact in facts))
        for packed, characters in in_order(clean, _raw(sources, facts, settings.limit), workers):
            path = work / f"{len(paths):07}.arrow"
            atomic.write_bytes(path, packed)
            paths.append(path)
            facts.append(chunks.read_facts(path))
            bar.advance(characters)
    return paths, facts


def _raw(
    sources: Sequence[Source], done: Sequence[ChunkFacts], limit: int | None
) -> Iterator[tuple[list[Story], int, int]]:
    """Groups of stories, each with the number of its source and how many stories of that were read with it."""
    left = None if limit is None else limit - sum(fact.stories for fact in done)
    for number, source in enumerate(sources):
        if done and number < done[-1].source:
            continue
        read = done[-1].read if done and number == done[-1].source else 0
        for stories in chunks.gather(islice(source.stories(read), left)):
            read += len(stories)
            left = None if left is None else left - len(stories)
            yield stories, number, read


def _check_enough(choice: Choice, facts: Sequence[ChunkFacts]) -> None:
    stories = len(choice.hashes)
    if stories < FEWEST_STORIES:
        dropped = _sum(fact.dropped for fact in facts) + choice.dropped
        why = "".join(f", {count:,} {reason}" for reason, count in dropped.most_common(3))
        raise UsageError(
            f"{stories} {'story is' if stories == 1 else 'stories are'} too few to split"
            f" (of {sum(fact.stories for fact in facts):,} read{why})",
            f"at least {FEWEST_STORIES} different ones are needed, and some thousands to train on",
        )


def _write(
    paths: Sequence[Path], choice: Choice, folder: Path, settings: CorpusSettings, workers: int
) -> dict[str, int]:
    """Deal the stories out to the splits; where chance gives one side nothing, it gets the story nearest to it."""
    import numpy as np

    threshold = min(valid_threshold(len(choice.hashes), settings.valid_fraction), HASHES - 1)
    threshold = min(max(threshold, int(choice.hashes.min()) + 1), int(choice.hashes.max()))

    def deal(item: tuple[Path, Any]) -> dict[Split, Any]:
        batch, keep = chunks.read(item[0]), item[1]
        valid = batch.column("hash").to_numpy() < np.uint64(threshold)
        return {"train": batch.filter(_mask(keep & ~valid)), "valid": batch.filter(_mask(keep & valid))}

    with ExitStack() as stack:
        bar = stack.enter_context(terminal.progress("writing", len(choice.hashes), "stories"))
        writers = {split: stack.enter_context(ShardWriter(folder, split)) for split in SPLITS}
        for dealt in in_order(deal, zip(paths, choice.keep, strict=True), workers):
            for split, batch in dealt.items():
                writers[split].write(batch)
                bar.advance(batch.num_rows)
    return {
        f"{split}_{what}": count
        for split, writer in writers.items()
        for what, count in (("stories", writer.stories), ("bytes", writer.bytes))
    }


def _mask(keep: Any) -> Any:
    import pyarrow

    return pyarrow.array(keep)


def _report(
    sources: Sequence[Source], settings: CorpusSettings, facts: Sequence[ChunkFacts], choice: Choice
) -> dict[str, Any]:
    """What the manifest says of how the corpus came about."""
    return {
        "sources": [source.fingerprint for source in sources],
        "settings": {key: value for key, value in asdict(settings).items() if value is not None},
        "read_stories": sum(fact.stories for fact in facts),
        "read_bytes": sum(fact.bytes for fact in facts),
        "different_words": choice.words,
        "dropped": dict(_sum(fact.dropped for fact in facts) + choice.dropped),
        "changed": dict(_sum(fact.changed for fact in facts)),
        "coverage": choice.coverage,
        "origins": {source.name: source.facts for source in sources if source.facts},
    }


def _sum(counts: Iterator[dict[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for count in counts:
        total.update(count)
    return total
