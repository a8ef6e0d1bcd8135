"""The names that nanochat's users know, and the fast ones beside them."""

import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import tiktoken

from tests.tokenizer.stories import ODD_TEXTS, make_stories
from tinytales.tokenizer import rustbpe

STORIES = make_stories(300)
GPT4_LIKE = (
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,2}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"
)


@pytest.fixture(scope="module")
def trained() -> rustbpe.Tokenizer:
    tokenizer = rustbpe.Tokenizer()
    tokenizer.train_from_iterator(iter(STORIES), 380)
    return tokenizer


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "stories.txt"
    path.write_text("<|endoftext|>".join(STORIES), encoding="utf-8", newline="")
    return path


@pytest.mark.parametrize("pattern", [None, GPT4_LIKE])
def test_tiktoken_reads_what_it_gives(pattern: str | None) -> None:
    tokenizer = rustbpe.Tokenizer()
    tokenizer.train_from_iterator(STORIES, 350, pattern=pattern)
    encoding = tiktoken.Encoding(
        "test",
        pat_str=tokenizer.get_pattern(),
        mergeable_ranks=dict(tokenizer.get_mergeable_ranks()),
        special_tokens={},
    )
    assert tokenizer.vocab_size == encoding.n_vocab == 350
    for text in ODD_TEXTS:
        assert tokenizer.encode(text) == encoding.encode_ordinary(text)
        assert tokenizer.decode(tokenizer.encode(text)) == text
    assert tokenizer.batch_encode(ODD_TEXTS) == [tokenizer.encode(text) for text in ODD_TEXTS]
    assert tokenizer.batch_encode([]) == []
    assert tokenizer.batch_encode(["a\ud83d"]) == [tokenizer.encode("a\ufffd")]


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_files_and_threads_train_the_same(trained: rustbpe.Tokenizer, file: Path, threads: int) -> None:
    from_files, from_iterator = rustbpe.Tokenizer(), rustbpe.Tokenizer()
    from_files.train_from_files([str(file)], 380, threads=threads)
    from_iterator.train_from_iterator(reversed(STORIES), 380, threads=threads)
    assert from_files.get_mergeable_ranks() == trained.get_mergeable_ranks()
    assert from_iterator.get_mergeable_ranks() == trained.get_mergeable_ranks()


@pytest.mark.parametrize("wide", [False, True])
def test_files_are_encoded_document_by_document(trained: rustbpe.Tokenizer, file: Path, wide: bool) -> None:
    ids, ends = trained.encode_files([file, file], wide=wide)
    assert ids.dtype == (np.uint32 if wide else np.uint16)
    assert len(ends) == 2 * len(STORIES)
    expected = [token for story in [*STORIES, *STORIES] for token in trained.encode(story)]
    assert ids.tolist() == expected
    assert ends[-1] == len(expected)
    whole, one = trained.encode_files([file], separator=None)
    assert one.tolist() == [len(whole)]


def test_arrays_are_written_in_place(trained: rustbpe.Tokenizer) -> None:
    for kind in (np.uint16, np.uint32):
        out = np.full(10_000, 7, dtype=kind)
        count, ends = trained.encode_into(["Once upon", "a time"], out)
        assert out[:count].tolist() == trained.encode("Once upon") + trained.encode("a time")
        assert ends.tolist() == [len(trained.encode("Once upon")), count]
        assert set(out[count:].tolist()) == {7}
    with pytest.raises(ValueError, match="too little room"):
        trained.encode_into(["Once upon a time"], np.empty(2, dtype=np.uint16))
    readonly = np.empty(10, dtype=np.uint16)
    readonly.flags.writeable = False
    for unfit in (readonly, np.empty((10, 2), dtype=np.uint16)[:, 0], np.empty(10, dtype=np.int64)):
        with pytest.raises((ValueError, TypeError)):
            trained.encode_into(["x"], unfit)  # type: ignore[arg-type]


def test_wrong_input(tmp_path: Path) -> None:
    tokenizer = rustbpe.Tokenizer()
    for size in (255, 65537):
        with pytest.raises(ValueError, match="vocab_size"):
            tokenizer.train_from_iterator(["x"], size)
    with pytest.raises(ValueError, match="pattern"):
        tokenizer.train_from_iterator(["x"], 300, pattern="(")
    with pytest.raises(FileNotFoundError):
        tokenizer.train_from_files([tmp_path / "none.txt"], 300)
    (tmp_path / "junk.txt").write_bytes(b"\xff" * 100)
    with pytest.raises(ValueError, match=r"junk\.txt is no UTF-8"):
        tokenizer.train_from_files([tmp_path / "junk.txt"], 300)
    with pytest.raises(ValueError, match="UTF-8"):
        tokenizer.encode_files([tmp_path / "junk.txt"])
    assert tokenizer.vocab_size == 256


def test_a_pattern_that_gives_up_is_an_error() -> None:
    tokenizer = rustbpe.Tokenizer()
    with pytest.raises(ValueError, match="pattern"):
        tokenizer.train_from_iterator(["a" * 5000], 300, pattern=r"(a|aa|aaa)+(?=b)(?!c)|(?=(a*)*\1b).")


def test_progress_is_told_and_may_stop_it(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_text("Some words that are here again and again.\n" * 1_000_000)
    tokenizer = rustbpe.Tokenizer()
    told: list[int] = []

    def stop(done: int) -> None:
        told.append(done)
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        tokenizer.train_from_files([path] * 50, 300, progress=stop)
    assert len(told) == 1
    assert 0 < told[0] < 50 * path.stat().st_size


@pytest.fixture
def interruptible() -> Iterator[None]:
    """SIGINT raises KeyboardInterrupt, also where the tests run in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_ends_it(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_text("Some words that are here again and again.\n" * 1_000_000)
    timer = threading.Timer(0.3, lambda: signal.raise_signal(signal.SIGINT))
    timer.start()
    done: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        rustbpe.Tokenizer().train_from_files([path] * 100, 300, progress=done.append)
    assert not done or done[-1] < 50 * path.stat().st_size


def test_other_threads_run_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_text("Some words that are here again and again.\n" * 300_000)
    ticks = 0
    running = True

    def tick() -> None:
        nonlocal ticks
        while running:
            ticks += 1
            time.sleep(0.001)

    thread = threading.Thread(target=tick)
    thread.start()
    before = ticks
    rustbpe.Tokenizer().train_from_files([path] * 10, 300)
    during = ticks - before
    running = False
    thread.join()
    assert during > 1
