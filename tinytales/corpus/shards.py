"""Shards: the Parquet files of a corpus, `train-00000.parquet` and on, `valid-00000.parquet` and on."""

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from tinytales.corpus.story import Story
from tinytales.errors import MissingError

Split = Literal["train", "valid"]
SPLITS: tuple[Split, ...] = ("train", "valid")

STORIES_PER_SHARD = 100_000
_ROWS_PER_GROUP = 4_096


class ShardWriter:
    """Writes the stories of one split into a folder, shard after shard; a context manager."""

    def __init__(self, folder: Path, split: str, stories_per_shard: int = STORIES_PER_SHARD) -> None:
        self._folder, self._split, self._stories_per_shard = folder, split, stories_per_shard
        self._shard = self._in_shard = 0
        self._rows: list[Story] = []
        self._writer: Any = None
        self.stories = self.bytes = 0

    def write(self, story: Story) -> None:
        """Add a story; it is on the disk when the block has ended."""
        self.stories += 1
        self.bytes += len(story.text.encode())
        self._rows.append(story)
        if len(self._rows) == _ROWS_PER_GROUP:
            self._flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._flush()
        self._close()

    def _flush(self) -> None:
        import pyarrow
        import pyarrow.parquet

        if not self._rows:
            return
        schema = _schema()
        if self._writer is None:
            path = self._folder / f"{self._split}-{self._shard:05}.parquet"
            self._writer = pyarrow.parquet.ParquetWriter(path, schema, compression="zstd")
        columns = {
            "text": [story.text for story in self._rows],
            "words": [list(story.words) for story in self._rows],
            "features": [list(story.features) for story in self._rows],
            "summary": [story.summary for story in self._rows],
        }
        self._writer.write_table(pyarrow.table(columns, schema=schema))
        self._in_shard += len(self._rows)
        self._rows.clear()
        if self._in_shard >= self._stories_per_shard:
            self._close()
            self._shard, self._in_shard = self._shard + 1, 0

    def _close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None


def read_texts(path: Path) -> Iterator[str]:
    """The texts of one shard.

    Raises:
        MissingError: the file is damaged.
    """
    for (text,) in _read(path, ["text"]):
        yield text


def read_stories(path: Path) -> Iterator[Story]:
    """The stories of one shard with what is known about them; raises as `read_texts`."""
    for text, words, features, summary in _read(path, ["text", "words", "features", "summary"]):
        yield Story(text, tuple(words), tuple(features), summary)


def _read(path: Path, columns: list[str]) -> Iterator[tuple[Any, ...]]:
    import pyarrow
    import pyarrow.parquet

    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(_ROWS_PER_GROUP, columns=columns):
                yield from zip(*(column.to_pylist() for column in batch.select(columns).columns), strict=True)
    except (pyarrow.ArrowException, OSError, KeyError) as error:
        raise MissingError(f"{path} is damaged: {str(error).splitlines()[0]}", "prepare the corpus again") from error


def _schema() -> Any:
    import pyarrow

    texts = pyarrow.list_(pyarrow.string())
    return pyarrow.schema(
        [("text", pyarrow.string()), ("words", texts), ("features", texts), ("summary", pyarrow.string())]
    )
