"""Logs: what is written comes back; what is torn, damaged or newer is told apart and never lost."""

import errno
import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinytales.errors import MissingError
from tinytales.story import log
from tinytales.story.library import Library, compacted
from tinytales.story.log import Line, Log, decode_line, encode_line
from tinytales.story.operations import Add, Choose, Operation, Retitle, Stand, Undo
from tinytales.story.passage import Passage
from tinytales.story.saver import Saver
from tinytales.story.story import Story

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=4,
)


def passage(name: str, parent: str | None = None) -> Passage:
    return Passage(name, parent, "user", f"{name} ")


def three(folder: Path) -> Path:
    opened = Library(folder).new("Three")
    assert opened.log is not None
    opened.log.append([Add(passage("a"))])
    opened.log.append([Add(passage("b", "a")), Add(passage("c", "b"))])
    opened.close()
    return opened.log.path


@settings(max_examples=40)
@given(st.dictionaries(st.text(max_size=4), json_values, max_size=4))
def test_every_object_comes_back_from_its_line(document: dict[str, object]) -> None:
    line = encode_line(document)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    json.loads(line)
    assert decode_line(line[:-1]) == document


@given(st.data())
def test_a_line_with_any_byte_changed_is_refused(data: st.DataObject) -> None:
    line = encode_line({"op": "title", "title": "The cat"})[:-1]
    index = data.draw(st.integers(0, len(line) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != line[index]))
    with pytest.raises(ValueError, match=r"checksum|object"):
        decode_line(line[:index] + bytes([byte]) + line[index + 1 :])


def test_lone_surrogates_do_not_stop_saving() -> None:
    assert decode_line(encode_line({"title": "a\ud800b"})[:-1]) == {"title": "a?b"}


@pytest.mark.parametrize("cut", [1, 10, 40])
def test_a_torn_last_line_is_put_aside_and_told(tmp_path: Path, cut: int) -> None:
    path = three(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])
    opened = Library(tmp_path).open(path)
    try:
        if cut == 1:  # only the line's end is missing: the operation is whole
            assert opened.story.text == "a b c "
            assert not opened.notes
        else:
            assert opened.story.text == "a b "
            assert "interrupted" in opened.notes[0]
            torn = path.with_suffix(".torn").read_bytes().rstrip(b"\n")
            assert torn
            assert whole[:-cut].endswith(torn)
        assert opened.log is not None
        opened.log.append([Retitle("Afterwards")])
    finally:
        opened.close()
    assert log.read(path).closed
    assert Library(tmp_path).entries()[0].title == "Afterwards"


def test_a_damaged_line_in_the_middle_is_passed_over_and_left(tmp_path: Path) -> None:
    path = three(tmp_path)
    raw = path.read_bytes().replace(b'"text":"b ', b'"text":"B ')
    path.write_bytes(raw)
    opened = Library(tmp_path).open(path)
    opened.close()
    assert "1 damaged" in opened.notes[0]
    assert list(opened.story.passages) == ["a", "c"]
    assert path.read_bytes() == raw


@given(junk=st.binary(max_size=200))
def test_a_file_that_is_no_story_is_refused(junk: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("junk") / "junk.jsonl"
    path.write_bytes(junk)
    with pytest.raises(MissingError):
        log.read(path)


def test_deep_nesting_is_damage_not_a_crash(tmp_path: Path) -> None:
    path = three(tmp_path)
    import zlib

    body = b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}"
    with path.open("ab") as file:
        file.write(b'{"crc":"%08x","do":%s}\n' % (zlib.crc32(body), body) + encode_line({"op": "undo"}))
    assert log.read(path).damaged == 1


def test_a_newer_story_is_read_and_never_written(tmp_path: Path) -> None:
    path = tmp_path / "future.jsonl"
    data = encode_line({"op": "story", "format": log.FORMAT + 1, "id": "x", "soul": 1})
    data += encode_line(
        {"op": "add", "passage": {"id": "a", "parent": None, "source": "user", "text": "Hi", "mood": 1}}
    )
    data += encode_line({"op": "paint", "colour": "blue"})
    path.write_bytes(data + b'{"crc":"torn')
    opened = Library(tmp_path).open(path)
    opened.close()
    assert opened.read_only
    assert "newer" in opened.notes[0]
    assert opened.story.text == "Hi"
    assert path.read_bytes() == data + b'{"crc":"torn'


def test_operations_of_a_newer_version_stay_where_they_are(tmp_path: Path) -> None:
    path = three(tmp_path)
    unknown = encode_line({"op": "paint", "colour": "blue", "passage": "a"})
    with path.open("ab") as file:
        file.write(unknown + b'{"torn')
    opened = Library(tmp_path).open(path)
    assert not opened.read_only
    assert opened.log is not None
    opened.log.append([Undo()])
    opened.close()
    assert unknown in path.read_bytes()
    assert Library(tmp_path).entries()[0].text == "a b "


def test_a_second_opener_only_reads(tmp_path: Path) -> None:
    path = three(tmp_path)
    library = Library(tmp_path)
    first = library.open(path)
    second = library.open(path)
    assert not first.read_only
    assert second.read_only
    assert "another window" in second.notes[0]
    first.close()
    third = library.open(path)
    assert not third.read_only
    third.close()


def test_the_lock_outlives_a_rewrite(tmp_path: Path) -> None:
    path = three(tmp_path)
    with path.open("ab") as file:
        file.write(b"torn")
    first = Library(tmp_path).open(path)
    assert first.notes
    assert Library(tmp_path).open(path).read_only
    first.close()


def test_where_readers_stood_is_compacted_away_and_nothing_else(tmp_path: Path) -> None:
    path = three(tmp_path)
    writer = Log(path, log.read(path).header)
    for name in ["a", "b", "c"] * 40:
        writer.append([Stand(name)])
    writer.append([Undo(), Stand("a")])
    writer.close()
    before = log.read(path)
    opened = Library(tmp_path).open(path)
    opened.close()
    after = log.read(path)
    assert len(after.lines) < 10 < len(before.lines)
    assert Story(before.operations).cursor == Story(after.operations).cursor == "a"


@given(st.lists(st.sampled_from([Stand("a"), Stand("b"), Undo(), Choose("a", None), Choose("a", "b")]), max_size=12))
def test_compaction_changes_nothing(operations: list[Operation]) -> None:
    start: list[Operation] = [Add(passage("a")), Add(passage("b", "a"))]
    lines = [Line(b"", operation) for operation in [*start, *operations]]
    long, short = Story(line.operation for line in lines), Story(line.operation for line in compacted(lines))
    assert (long.path, long.can_undo, long.can_redo) == (short.path, short.can_undo, short.can_redo)
    assert {*long.passages} == {*short.passages}


def test_a_full_disk_is_told_and_made_good_when_there_is_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = three(tmp_path)
    before = path.read_bytes()
    writer = Log(path, log.read(path).header)
    real, full = os.write, [True]

    def write(descriptor: int, data: bytes) -> int:
        if full[0] and len(data) < 20:  # the first half of the line still fits
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(descriptor, data[: len(data) // 2] if full[0] else data)

    monkeypatch.setattr(os, "write", write)
    saver = Saver(writer.append)
    saver.save(Add(passage("d", "c")))
    _until(lambda: saver.state.error != "")
    assert saver.state.pending == 1
    assert path.read_bytes() == before
    full[0] = False
    saver.save(Retitle("Room again"))
    state = saver.close()
    assert (state.pending, state.error) == (0, "")
    entry = Library(tmp_path).entries()[0]
    assert (entry.text, entry.title) == ("a b c d ", "Room again")


def test_a_story_that_was_taken_away_is_told(tmp_path: Path) -> None:
    path = three(tmp_path)
    opened = Library(tmp_path).open(path)
    assert opened.log is not None
    opened.log.append([Retitle("x")])
    path.unlink()
    with pytest.raises(FileNotFoundError):
        opened.log.append([Retitle("y")])
    opened.close()


def _until(condition: object, seconds: float = 5.0) -> None:
    import time

    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.005)
