"""The survey and the sample of a corpus, against plain Python over all of its stories."""

from collections import Counter
from pathlib import Path

import pytest

from tests.tokenizer.stories import make_stories
from tinytales.corpus import shards
from tinytales.corpus.corpus import Corpus
from tinytales.corpus.prepare import prepare
from tinytales.corpus.settings import CorpusSettings
from tinytales.corpus.survey import BIN, sample, survey
from tinytales.errors import MissingError


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Corpus:
    # Several shards of several row groups, as a large corpus has.
    monkeypatch.setattr(shards, "_ROWS_PER_GROUP", 16)
    monkeypatch.setattr(shards, "_STORIES_PER_SHARD", 48)
    stories = [*make_stories(150), "Naïve café. " * 40 + "The end.", "Up it went. " * 60]
    (tmp_path / "stories.txt").write_text("\n<|endoftext|>\n".join(stories), encoding="utf-8")
    prepare([str(tmp_path / "stories.txt")], tmp_path / "corpus", CorpusSettings(near_duplicates=0))
    return Corpus.open(tmp_path / "corpus")


def test_the_survey_counts_what_is_there(corpus: Corpus) -> None:
    stories = [story for split in shards.SPLITS for story in corpus.stories(split)]
    lengths = [len(story.split()) for story in stories]
    told: list[float] = []
    found = survey(corpus, told.append)
    assert len(corpus.shards("train")) > 1
    assert (found.stories, found.words, found.longest) == (len(stories), sum(lengths), max(lengths))
    assert sum(told) == len(stories)
    assert found.bytes == sum(len(story.encode()) for story in stories)
    assert {first: count for first, count in found.lengths.items() if count} == Counter(n // BIN * BIN for n in lengths)
    frequencies = dict(found.frequencies)
    for word in ("once", "tom", "café"):
        plain = sum(
            story.lower().replace(".", " ").replace(",", " ").replace('"', " ").split().count(word) for story in stories
        )
        assert frequencies[word] >= plain > 0


def test_a_sample_is_drawn_from_everywhere_without_repeats(corpus: Corpus) -> None:
    everything = list(corpus.stories("train"))
    drawn = [story.text for story in sample(corpus, "train", 60, seed=5)]
    assert len(drawn) == 60
    assert not Counter(drawn) - Counter(everything)
    assert len({everything.index(text) // 16 for text in drawn}) > 5
    assert Counter(story.text for story in sample(corpus, "train", 10_000, seed=5)) == Counter(everything)


def test_a_damaged_shard_is_named(corpus: Corpus) -> None:
    path = corpus.shards("train")[0]
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(MissingError, match=r"train-00000\.parquet is damaged"):
        sample(corpus, "train", 1, seed=0)
    with pytest.raises(MissingError, match=r"train-00000\.parquet is damaged"):
        survey(corpus)
