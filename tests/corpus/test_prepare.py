"""From sources to a corpus and back, and everything that can be wrong with a source."""

import json
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from tinytales.corpus import shards
from tinytales.corpus.corpus import Corpus
from tinytales.corpus.prepare import prepare
from tinytales.corpus.settings import CorpusSettings
from tinytales.corpus.shards import SPLITS
from tinytales.errors import MissingError, TinytalesError, UsageError
from tinytales.storage import manifest

NUMBERS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]


def story(number: int) -> str:
    """A story unlike that of any other number."""
    return (
        f"{' '.join(f'{NUMBERS[int(digit)]}{place}{number}' for place, digit in enumerate(f'{number:06}'))} was glad."
    )


STORIES = [story(number) for number in range(60)]


def all_stories(folder: Path) -> list[str]:
    corpus = Corpus.open(folder)
    return [*corpus.stories("train"), *corpus.stories("valid")]


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "corpora" / "mine"


def separated(path: Path) -> None:
    path.write_text("\n<|endoftext|>\n".join(STORIES), encoding="utf-8")


def line_by_line(path: Path) -> None:
    path.write_text("\n".join(STORIES) + "\n\n", encoding="utf-8")


def json_lines(path: Path) -> None:
    path.write_text("".join(json.dumps({"id": 1, "text": story}) + "\n" for story in STORIES), encoding="utf-8")


def parquet(path: Path) -> None:
    pyarrow.parquet.write_table(pyarrow.table({"text": STORIES, "other": list(range(len(STORIES)))}), path)


WRITERS = [("a.txt", separated), ("b.txt", line_by_line), ("c.jsonl", json_lines), ("d.parquet", parquet)]


@pytest.mark.parametrize(("name", "write"), WRITERS)
def test_every_format_gives_the_same_corpus(name: str, write, tmp_path: Path, target: Path) -> None:  # type: ignore[no-untyped-def]
    write(tmp_path / name)
    made = prepare([str(tmp_path / name)], target)
    assert sorted(all_stories(target)) == sorted(STORIES)
    assert made == manifest.read(target, "corpus")
    assert made.facts["train_stories"] + made.facts["valid_stories"] == len(STORIES)
    assert made.facts["train_bytes"] == sum(len(story.encode()) for story in Corpus.open(target).stories("train"))
    manifest.check_hashes(target, made)
    assert sorted(path.name for path in target.iterdir()) == [
        "manifest.toml",
        "train-00000.parquet",
        "valid-00000.parquet",
    ]


def test_a_folder_is_read_whole_and_duplicates_go(tmp_path: Path, target: Path) -> None:
    folder = tmp_path / "texts"
    (folder / "deep").mkdir(parents=True)
    separated(folder / "a.txt")
    json_lines(folder / "deep" / "b.jsonl")
    (folder / "empty.txt").touch()
    (folder / "notes.md").write_text("not a story")
    made = prepare([str(folder)], target)
    assert sorted(all_stories(target)) == sorted(STORIES)
    assert made.facts["dropped"] == {"duplicate": len(STORIES)}


def test_stories_are_brought_into_normal_form(tmp_path: Path, target: Path) -> None:
    path = tmp_path / "a.txt"
    text = "\ufeffOne\u200b \t day,\r\n\r\n  Cafe\u0301 \x07opened.\n<|endoftext|>\n\n<|endoftext|>Two cats sat."
    path.write_bytes(text.encode())
    prepare([str(path)], target)
    assert sorted(all_stories(target)) == ["One day,\nCafé opened.", "Two cats sat."]


def test_the_validation_split_is_small_and_never_takes_from_train(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    before: set[str] = set()
    for count in (2, 3, 10, 100, 900, 3_000, 8_000):
        stories = [story(number) for number in range(count)]
        path.write_text("\n".join(stories))
        prepare([str(path)], tmp_path / f"corpus-{count}")
        corpus = Corpus.open(tmp_path / f"corpus-{count}")
        train, valid = set(corpus.stories("train")), set(corpus.stories("valid"))
        assert train
        assert valid
        assert train | valid == set(stories)
        assert not before & valid
        before = train
    assert 0.015 < len(valid) / 8_000 < 0.025


def test_synthetic_stories_keep_what_is_known_about_them(target: Path) -> None:
    made = prepare(["synthetic"], target, CorpusSettings(limit=300, seed=5))
    records = list(Corpus.open(target).records("train"))
    assert made.facts["train_stories"] == len(records) > 250
    assert sum(bool(record.words) for record in records) > 200
    assert all(record.features and record.summary for record in records)


def test_a_corpus_can_be_a_source(target: Path, tmp_path: Path) -> None:
    prepare(["synthetic"], target, CorpusSettings(limit=50))
    prepare([str(target / "train-00000.parquet")], tmp_path / "again")
    records = Corpus.open(tmp_path / "again").records("train")
    assert all(record.summary for record in records)


def test_the_same_input_gives_the_same_files(tmp_path: Path) -> None:
    made = [prepare(["synthetic"], tmp_path / name, CorpusSettings(limit=200)) for name in "ab"]
    assert made[0].files == made[1].files


def test_the_limit_counts_over_all_sources(tmp_path: Path, target: Path) -> None:
    line_by_line(tmp_path / "a.txt")
    made = prepare([str(tmp_path / "a.txt"), "synthetic"], target, CorpusSettings(limit=70))
    assert made.facts["train_stories"] + made.facts["valid_stories"] == 70


def make_bad_source(tmp_path: Path, kind: str) -> Path:
    path = tmp_path / kind
    match kind:
        case "missing.txt":
            pass
        case "empty.txt" | "story.docx":
            path.write_bytes(b"" if kind == "empty.txt" else b"x")
        case "folder":
            path.mkdir()
            (path / "picture.png").write_bytes(b"\x89PNG")
        case "zeros.txt":
            path.write_bytes(b"One day.\nAnd\0then\n")
        case "latin.txt":
            path.write_bytes("One day.\nA café.\n".encode("latin-1"))
        case "long.txt":
            path.write_bytes(b"a" * (16 * 2**20 + 2))
        case "cut.parquet":
            parquet(path)
            path.write_bytes(path.read_bytes()[:-20])
        case "rotten.parquet":
            parquet(path)
            data = bytearray(path.read_bytes())
            data[30:-600] = b"\xff" * len(data[30:-600])
            path.write_bytes(data)
        case "column.parquet":
            pyarrow.parquet.write_table(pyarrow.table({"story": STORIES}), path)
        case "junk.jsonl":
            path.write_text('{"text": "One day."}\n{"text": \n')
        case "column.jsonl":
            path.write_text('{"text": "One day."}\n{"story": "One day."}\n')
        case "number.jsonl":
            path.write_text('{"text": 7}\n')
        case "one.txt":
            path.write_text("Only one story.\nOnly one story.\n")
    return path


@pytest.mark.parametrize(
    ("kind", "error", "what"),
    [
        ("missing.txt", MissingError, "no file or folder"),
        ("empty.txt", MissingError, "is empty"),
        ("story.docx", UsageError, "of a kind that can't be read"),
        ("folder", MissingError, "holds no file that can be read"),
        ("zeros.txt", MissingError, r"zeros\.txt, line 2: not a text"),
        ("latin.txt", MissingError, r"latin\.txt, line 2, byte 6: not UTF-8"),
        ("long.txt", MissingError, r"long\.txt, line 1: longer than"),
        ("cut.parquet", MissingError, r"cut\.parquet is damaged"),
        ("rotten.parquet", MissingError, r"rotten\.parquet is damaged"),
        ("column.parquet", UsageError, 'no column "text"'),
        ("junk.jsonl", MissingError, r"junk\.jsonl, line 2: not JSON"),
        ("column.jsonl", UsageError, r'column\.jsonl, line 2: no "text"'),
        ("number.jsonl", UsageError, r"number\.jsonl, line 1"),
        ("one.txt", UsageError, "1 story is too few"),
    ],
)
def test_bad_sources_are_named_and_leave_nothing(
    kind: str, error: type[TinytalesError], what: str, tmp_path: Path, target: Path
) -> None:
    path = make_bad_source(tmp_path, kind)
    with pytest.raises(error, match=what) as caught:
        prepare([str(path)], target)
    assert caught.value.hint
    assert not target.parent.exists() or not list(target.parent.iterdir())


def test_no_source_is_a_usage_error(target: Path) -> None:
    with pytest.raises(UsageError, match="no source"):
        prepare([], target)


@pytest.mark.parametrize("settings", [{"limit": 0}, {"valid_fraction": 0.0}, {"valid_fraction": 0.9}, {"seed": -1}])
def test_settings_out_of_range_are_usage_errors(settings: dict[str, float]) -> None:
    with pytest.raises(UsageError):
        CorpusSettings(**settings)  # type: ignore[arg-type]


def test_an_existing_folder_is_never_overwritten(target: Path) -> None:
    target.mkdir(parents=True)
    with pytest.raises(FileExistsError):
        prepare(["synthetic"], target, CorpusSettings(limit=10))
    assert list(target.iterdir()) == []


def test_a_corpus_with_a_damaged_shard_is_named(target: Path) -> None:
    prepare(["synthetic"], target, CorpusSettings(limit=50))
    shard = target / "train-00000.parquet"
    data = bytearray(shard.read_bytes())
    data[100:200] = bytes(100)
    shard.write_bytes(data)
    with pytest.raises(MissingError, match=r"train-00000\.parquet is damaged"):
        list(Corpus.open(target).stories("train"))
    shard.unlink()
    with pytest.raises(MissingError, match=r"train-00000\.parquet is missing"):
        Corpus.open(target)


def test_columns_hold_the_stories_in_their_order(tmp_path: Path, target: Path) -> None:
    json_lines(tmp_path / "a.jsonl")
    prepare([str(tmp_path / "a.jsonl")], target)
    corpus = Corpus.open(target)
    for split in SPLITS:
        texts = [text for column in corpus.columns(split) for text in column.to_pylist()]
        assert texts == list(corpus.stories(split))
    for shard in corpus.shards("train"):
        whole = bytearray(shard.read_bytes())
        whole[len(whole) // 4] ^= 0xFF
        shard.write_bytes(whole)
    with pytest.raises(MissingError, match=r"train-00000\.parquet is damaged"):
        list(corpus.columns("train"))


def test_an_even_sample_takes_every_so_manieth_array(
    tmp_path: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards, "_ROWS_PER_GROUP", 7)
    monkeypatch.setattr(shards, "_STORIES_PER_SHARD", 20)  # of 7, 7 and 6
    json_lines(tmp_path / "a.jsonl")
    prepare([str(tmp_path / "a.jsonl")], target)
    corpus = Corpus.open(target)
    arrays = [column.to_pylist() for column in corpus.columns("train")]
    assert len(arrays) > 6
    for every in (2, 3, len(arrays)):
        assert [column.to_pylist() for column in corpus.columns("train", every=every)] == arrays[::every]
