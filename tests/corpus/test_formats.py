"""JSON, CSV and packed files, and what can be wrong with them."""

import csv
import gzip
import json
from pathlib import Path

import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinytales.corpus.sources import readers, streams
from tinytales.corpus.sources.files import FileSource, readable_files
from tinytales.errors import MissingError, TinytalesError, UsageError

STORIES = ["One day,\nTim ran.", 'He said, "Hi, [you] {all}!"', "Café, 3 \\ backslash"]


def read(path: Path, column: str = "text") -> list[str]:
    return [story.text for file in readable_files(path) for story in FileSource(file, column).stories()]


def write(path: Path) -> None:
    if path.name.startswith("rows.csv"):
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([["id", "text"], *enumerate(STORIES)])
    elif path.name.startswith("objects.json"):
        path.write_text(json.dumps([{"id": 1, "text": story} for story in STORIES], indent=2), encoding="utf-8")
    elif path.name.startswith("texts.json"):
        path.write_text(json.dumps(STORIES, ensure_ascii=False), encoding="utf-8")
    else:
        path.write_text("\n<|endoftext|>\n".join(STORIES), encoding="utf-8")


def pack(path: Path, packing: str) -> Path:
    packed = path.with_name(f"{path.name}.{'gz' if packing == 'gzip' else 'zst'}")
    with pyarrow.CompressedOutputStream(str(packed), packing) as stream:
        stream.write(path.read_bytes())
    return packed


@pytest.mark.parametrize("name", ["rows.csv", "objects.json", "texts.json", "plain.txt"])
@pytest.mark.parametrize("packing", [None, "gzip", "zstd"])
def test_every_format_gives_the_same_stories(tmp_path: Path, name: str, packing: str | None) -> None:
    path = tmp_path / name
    write(path)
    path = pack(path, packing) if packing else path
    assert [story.strip() for story in read(path)] == STORIES


@given(st.lists(st.text(max_size=30), max_size=30), st.sampled_from([None, 2]))
@settings(max_examples=50)
def test_json_is_read_as_the_json_module_reads_it(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], indent: int
) -> None:
    path = tmp_path_factory.mktemp("json") / "a.json"
    path.write_text(json.dumps(texts, indent=indent))
    assert read(path) == [text for text in texts if text and not text.isspace()]


def test_long_json_is_read_across_blocks(tmp_path: Path) -> None:
    texts = [f"story {number} " + "é" * (number % 977) for number in range(2_000)]
    (tmp_path / "a.json").write_text(json.dumps(texts, ensure_ascii=False), encoding="utf-8")
    assert read(tmp_path / "a.json") == texts


def test_another_column_can_be_named(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"story": "One day."}\n')
    assert read(tmp_path / "a.jsonl", "story") == ["One day."]


def damaged(tmp_path: Path, kind: str) -> Path:
    path = tmp_path / kind
    match kind:
        case "cut.txt.gz":
            path.write_bytes(gzip.compress(b"One day.\n" * 9_999)[:-30])
        case "junk.txt.gz":
            path.write_bytes(b"not packed at all" * 50)
        case "junk.txt.zst":
            path.write_bytes(b"\x28\xb5\x2f\xfd" + b"\xff" * 500)
        case "bomb.txt.gz":
            path.write_bytes(gzip.compress(b"One day there was a bomb.\n" * 100_000, 9))
        case "cut.json":
            path.write_text('["One day.", "Two')
        case "object.json":
            path.write_text('{"text": "One day."}')
        case "number.json":
            path.write_text('["One day.", 12]')
        case "column.csv":
            path.write_text("id,story\n1,One day.\n")
        case "huge.csv":
            path.write_text('text\n"' + "aaaaaaaaa\n" * 20_000)
        case "utf16.txt":
            path.write_text("One day.\n", encoding="utf-16")
        case "mixed.txt":
            path.write_bytes("Café.\n".encode() + "Café.\n".encode("cp1252"))
        case "mixed.json":
            path.write_bytes('["Café", "'.encode() + "Café".encode("cp1252") + b'"]')
    return path


@pytest.mark.parametrize(
    ("kind", "error", "what"),
    [
        ("cut.txt.gz", MissingError, r"cut\.txt\.gz, after .* unpacked bytes: damaged"),
        ("junk.txt.gz", MissingError, r"junk\.txt\.gz, after 0 unpacked bytes: damaged"),
        ("junk.txt.zst", MissingError, r"junk\.txt\.zst, after 0 unpacked bytes: damaged"),
        ("bomb.txt.gz", MissingError, "unpacks to more than 200 times its size"),
        ("cut.json", MissingError, r"cut\.json, element 2: not JSON"),
        ("object.json", UsageError, "not a JSON array"),
        ("number.json", UsageError, r"number\.json, element 2"),
        ("column.csv", UsageError, 'no column "text"'),
        ("huge.csv", MissingError, r"huge\.csv, line .*: a story is longer"),
        ("utf16.txt", MissingError, "is UTF-16"),
        ("mixed.txt", MissingError, r"mixed\.txt, line 2, byte 4: not UTF-8"),
        ("mixed.json", MissingError, r"mixed\.json, near byte .*: not UTF-8"),
    ],
)
def test_damage_is_named_with_its_place(
    tmp_path: Path, kind: str, error: type[TinytalesError], what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "ALWAYS_ALLOWED", 2**20)
    monkeypatch.setattr(readers, "MAX_LINE", 2**17)
    with pytest.raises(error, match=what):
        read(damaged(tmp_path, kind))


def test_a_long_text_is_read_in_blocks(tmp_path: Path) -> None:
    """Stories and the numbers of lines don't depend on where a block ends."""
    stories = [f"{'é' * (number % 977)}\n\n\u2028{number}\x0b" for number in range(2_000)]
    (tmp_path / "long.txt").write_text(readers.SEPARATOR.join(stories), encoding="utf-8", newline="")
    assert read(tmp_path / "long.txt") == stories
    lines = [f"{number} {'x' * (number % 991)}" for number in range(2_000)]
    (tmp_path / "lines.txt").write_text("\n".join(lines), encoding="utf-8", newline="")
    assert [line.removesuffix("\n") for line in read(tmp_path / "lines.txt")] == lines
    damaged = "\n".join(lines).encode().replace(b"\n1503 x", b"\n1503\xff")
    (tmp_path / "lines.txt").write_bytes(damaged)
    with pytest.raises(MissingError, match="line 1504, byte 5: not UTF-8"):
        read(tmp_path / "lines.txt")
