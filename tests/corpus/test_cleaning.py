"""Dirty stories come out clean; each step can be switched off and is counted."""

import json
from pathlib import Path

import ftfy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.corpus.reference import normalize
from tinytales._native import StoryCleaner
from tinytales.corpus.corpus import Corpus
from tinytales.corpus.mojibake import could_be_broken, repair, without_surrogates
from tinytales.corpus.prepare import prepare
from tinytales.corpus.settings import CorpusSettings
from tinytales.errors import MissingError, UsageError

DATA = Path(__file__).parent / "data"
OFF = CorpusSettings(
    mojibake=False,
    quotes=False,
    fragments=False,
    min_ascii=0.0,
    min_words=0,
    cut_off=False,
    near_duplicates=0.0,
)


def stories(folder: Path) -> list[str]:
    corpus = Corpus.open(folder)
    return sorted([*corpus.stories("train"), *corpus.stories("valid")])


@pytest.mark.parametrize("workers", [1, 2])
def test_dirty_stories_come_out_as_their_golden_file(tmp_path: Path, workers: int) -> None:
    made = prepare([str(DATA / "dirty.jsonl")], tmp_path / "clean", CorpusSettings(max_words=150), workers=workers)
    golden = json.loads((DATA / "clean.json").read_text(encoding="utf-8"))
    assert stories(tmp_path / "clean") == golden["stories"]
    for what in ("dropped", "changed"):
        assert made.facts[what] == golden[what]


def test_every_step_can_be_switched_off(tmp_path: Path) -> None:
    made = prepare([str(DATA / "dirty.jsonl")], tmp_path / "raw", OFF)
    assert made.facts["dropped"] == {"duplicate": 2}
    assert any("’" in story for story in stories(tmp_path / "raw"))
    assert any("â€™" in story for story in stories(tmp_path / "raw"))


BROKEN_PIECES = st.sampled_from(
    [text.encode().decode(codec, "replace") for text in "’“”—é à…çñ" for codec in ("cp1252", "latin-1", "mac_roman")]
)


@given(
    st.lists(st.one_of(st.text("abc '", max_size=4), st.sampled_from("’“”–—…éàñüÃÂ"), BROKEN_PIECES), max_size=8).map(
        "".join
    )
)
def test_repair_asks_ftfy_whenever_it_could_help(line: str) -> None:
    line = line.replace("\n", " ")
    assert repair(line) == ftfy.fix_encoding(line)
    if not could_be_broken(line):
        assert ftfy.fix_encoding(line) == line


@settings(max_examples=50)
@given(st.text(max_size=60).map(lambda text: text.replace("\n", " ")))
def test_repair_equals_ftfy_on_any_text(line: str) -> None:
    line = without_surrogates(line)
    assert repair(line) == ftfy.fix_encoding(line)


@given(st.one_of(st.text(max_size=80), st.text("aé\u0301 \n\r\t\x85\u2028\u200b\x07K\u212b\u3000\xa0", max_size=40)))
def test_the_normal_form_is_that_of_the_reference(text: str) -> None:
    cleaner = StoryCleaner(quotes=False, fragments=False, min_ascii=0.0, min_words=0, max_words=0, cut_off=False)
    text = without_surrogates(text)
    _, data, _, reasons, _ = cleaner.clean([text])
    assert data.decode() == normalize(text)
    assert bool(reasons[0]) == (normalize(text) == "")


WORDS = [
    "sun",
    "moon",
    "tree",
    "bird",
    "song",
    "river",
    "stone",
    "cloud",
    "apple",
    "boat",
    "lamp",
    "cake",
    "door",
    "hill",
    "frog",
    "king",
    "bell",
    "leaf",
    "rope",
    "fish",
]


def long_story(number: int) -> list[str]:
    """120 words in an order that no other number shares."""
    state = number * 2_654_435_761 + 1
    words = []
    for _ in range(120):
        state = (state * 6_364_136_223_846_793_005 + 1_442_695_040_888_963_407) % 2**64
        words.append(WORDS[state >> 33 & 15 if state >> 60 else state >> 40 & 7] + str(state >> 50 & 7))
    return words


def test_near_copies_go_and_the_earliest_stays(tmp_path: Path) -> None:
    originals = [long_story(number) for number in range(400)]
    copies = []
    for number, words in enumerate(originals[::4]):
        copy = list(words)
        for place in range(number % 5 + 1):  # one to five words changed
            copy[(number * 7 + place * 23) % 120] = "changed"
        copies.append(copy)
    text = "\n".join(" ".join(words) + "." for words in [*originals, *copies])
    (tmp_path / "a.txt").write_text(text)
    made = [prepare([str(tmp_path / "a.txt")], tmp_path / f"out{workers}", workers=workers) for workers in (1, 2)]
    assert made[0].facts["dropped"] == {"near duplicate": len(copies)}
    assert stories(tmp_path / "out1") == sorted(" ".join(words) + "." for words in originals)
    assert made[0].files == made[1].files


def test_only_stories_in_simple_words_stay(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(
        "The cats were running to the big houses.\nThe dog barked happily at the moon.\n"
        "The philosopher contemplated epistemology.\n"
    )
    made = prepare([str(path)], tmp_path / "basic", CorpusSettings(vocabulary="basic"))
    assert made.facts["dropped"] == {"vocabulary": 1}
    assert len(stories(tmp_path / "basic")) == 2
    tolerant = CorpusSettings(vocabulary="basic", unknown_words=0.8)
    assert prepare([str(path)], tmp_path / "all", tolerant).facts["dropped"] == {}
    (tmp_path / "words.txt").write_text("the philosopher contemplate epistemology cat be run to big house\nwere")
    own = CorpusSettings(vocabulary=str(tmp_path / "words.txt"))
    prepare([str(path)], tmp_path / "own", own)
    assert len(stories(tmp_path / "own")) == 2


def test_the_most_frequent_words_can_be_the_vocabulary(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    frequent = [f"the cat saw the dog {number * 'and '}again." for number in range(30)]
    path.write_text("\n".join([*frequent, "the zebra saw an okapi again."]))
    settings = CorpusSettings(vocabulary="6", near_duplicates=0.0, unknown_words=0.0)
    made = prepare([str(path)], tmp_path / "few", settings)
    assert made.facts["dropped"] == {"vocabulary": 1}
    assert made.facts["coverage"] == {"500": 1.0, "1000": 1.0, "1500": 1.0, "2000": 1.0}


@pytest.mark.parametrize(
    ("vocabulary", "error"), [("0", UsageError), ("-3", UsageError), ("nowhere.txt", MissingError)]
)
def test_a_vocabulary_that_is_none_is_refused(tmp_path: Path, vocabulary: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        prepare([str(DATA / "dirty.jsonl")], tmp_path / "out", CorpusSettings(vocabulary=vocabulary))
    assert not list(tmp_path.iterdir())
