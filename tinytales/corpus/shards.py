"""Shards: the Parquet files of a corpus, `train-00000.parquet` and on, `valid-00000.parquet` and on."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from tinytales.corpus.story import Story
from tinytales.errors import MissingError

Split = Literal["train", "valid"]
SPLITS: tuple[Split, ...] = ("train", "valid")
COLUMNS = ["text", "words", "features", "summary"]

_STORIES_PER_SHARD = 100_000
_ROWS_PER_GROUP = 4_096
_SHARDS_AT_ONCE = 2


class ShardWriter:
    """Writes the stories of one split into a folder, shard after shard; a context manager.

    Shards are written beside each other by threads, two at once, so that not more than three are in memory.
    """

    def __init__(self, folder: Path, split: Split) -> None:
        self._folder, self._split = folder, split
        self._shards = self._waiting_stories = 0
        self._waiting: list[Any] = []
        self._pool = ThreadPoolExecutor(_SHARDS_AT_ONCE)
        self._running: deque[Future[None]] = deque()
        self.stories = self.bytes = 0

    def write(self, stories: Any) -> None:
        """Add an Arrow record batch of stories; they are on the disk when the block has ended."""
        import pyarrow
        import pyarrow.compute

        stories = stories.select(COLUMNS).replace_schema_metadata(None)
        self.stories += stories.num_rows
        self.bytes += pyarrow.compute.sum(pyarrow.compute.binary_length(stories.column("text"))).as_py() or 0
        self._waiting.append(stories)
        self._waiting_stories += stories.num_rows
        while self._waiting_stories >= _STORIES_PER_SHARD:
            table = pyarrow.Table.from_batches(self._waiting)
            self._start(table.slice(0, _STORIES_PER_SHARD))
            self._waiting = table.slice(_STORIES_PER_SHARD).to_batches()
            self._waiting_stories -= _STORIES_PER_SHARD

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        import pyarrow

        with self._pool:
            if error is None:
                if self._waiting_stories:
                    self._start(pyarrow.Table.from_batches(self._waiting))
                for running in self._running:
                    running.result()

    def _start(self, table: Any) -> None:
        if len(self._running) == _SHARDS_AT_ONCE:
            self._running.popleft().result()
        path = self._folder / f"{self._split}-{self._shards:05}.parquet"
        self._shards += 1
        self._running.append(self._pool.submit(_write_shard, path, table))


def _write_shard(path: Path, table: Any) -> None:
    import pyarrow.parquet

    # LZ4 takes half as much room again as zstd, and is read half as fast again: `tokenize` mostly reads.
    options = {"use_dictionary": False, "write_statistics": False, "write_page_checksum": True}
    with pyarrow.parquet.ParquetWriter(path, table.schema, compression="lz4", **options) as writer:
        for start in range(0, table.num_rows, _ROWS_PER_GROUP):
            # Where a table's batches end would show in the file.
            writer.write_table(table.slice(start, _ROWS_PER_GROUP).combine_chunks())


def groups(path: Path) -> int:
    """How many groups of rows a shard has; raises as `read_texts`."""
    import pyarrow.parquet

    with _damage_told(path), pyarrow.parquet.ParquetFile(path) as file:
        return int(file.num_row_groups)


def read_column(path: Path, group: int) -> Any:
    """The texts of one group of rows as a chunked Arrow array of strings; raises as `read_texts`."""
    import pyarrow.parquet

    with _damage_told(path), pyarrow.parquet.ParquetFile(path, page_checksum_verification=True) as file:
        return file.read_row_group(group, columns=["text"], use_threads=False).column("text")


def read_texts(path: Path) -> Iterator[str]:
    """The texts of one shard.

    Raises:
        MissingError: the file is damaged.
    """
    for (text,) in _read(path, ["text"]):
        yield text


def read_stories(path: Path) -> Iterator[Story]:
    """The stories of one shard with what is known about them; raises as `read_texts`."""
    for text, words, features, summary in _read(path, COLUMNS):
        yield Story(text, tuple(words), tuple(features), summary)


def _read(path: Path, columns: list[str]) -> Iterator[tuple[Any, ...]]:
    import pyarrow.parquet

    with _damage_told(path), pyarrow.parquet.ParquetFile(path, page_checksum_verification=True) as file:
        for batch in file.iter_batches(_ROWS_PER_GROUP, columns=columns):
            yield from zip(*(column.to_pylist() for column in batch.select(columns).columns), strict=True)


@contextmanager
def _damage_told(path: Path) -> Iterator[None]:
    import pyarrow

    try:
        yield
    except (pyarrow.ArrowException, OSError, KeyError) as error:
        raise MissingError(f"{path} is damaged: {str(error).splitlines()[0]}", "prepare the corpus again") from error
