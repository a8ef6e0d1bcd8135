"""Datasets of the Hub, from a stand-in on this machine."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest
from huggingface_hub import constants

from tests.corpus.stand_in_hub import COMMIT, Hub, serve
from tests.corpus.test_prepare import all_stories, story
from tinytales.corpus.prepare import prepare
from tinytales.corpus.settings import CorpusSettings
from tinytales.corpus.sources import hub as hub_sources
from tinytales.corpus.sources import hub_client
from tinytales.corpus.sources.hub import RemoteFile, data_files, incomplete, parse_name
from tinytales.errors import MissingError, TinytalesError, UsageError
from tinytales.storage import manifest

TINYSTORIES = "roneneldan/TinyStories"

SCRIPT = """
import sys
from pathlib import Path
from huggingface_hub import constants
from tinytales.corpus.prepare import prepare
constants.DOWNLOAD_CHUNK_SIZE = 4096
prepare(["tinystories"], Path(sys.argv[1]))
"""


def parquet(stories: list[str], column: str = "text") -> bytes:
    sink = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table({column: stories}), sink, compression="none")
    return sink.getvalue()


@pytest.fixture
def hub() -> Iterator[Hub]:
    shards = {
        f"data/train-{number:05}-of-00003-abc.parquet": parquet([story(number * 500 + row) for row in range(500)])
        for number in range(3)
    }
    files = {"README.md": b"# TinyStories", "data/validation-00000-of-00001-abc.parquet": parquet(["Not this."])}
    gpt4 = {"TinyStoriesV2-GPT4-train.txt": "\n<|endoftext|>\n".join(story(number) for number in range(50)).encode()}
    own = {
        "notes/dataset_infos.json": b"{}",
        "train.jsonl": b"\n".join(json.dumps({"tale": story(number)}).encode() for number in range(40)),
        "test.jsonl": b'{"tale": "Not this."}',
    }
    repositories = {TINYSTORIES: {**files, **shards, **gpt4}, "someone/tales": own, "someone/pictures": {"a.png": b"x"}}
    with serve(Hub(repositories)) as hub:
        yield hub


@pytest.fixture
def online(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """The Hub as this process sees it; huggingface_hub reads the environment when it is imported."""
    monkeypatch.setattr(constants, "ENDPOINT", hub.url)
    template = hub.url + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(hub_client, "_FIRST_PAUSE", 0.01)
    return hub


def test_tinystories_comes_whole_through_dropped_connections(hub: Hub, tmp_path: Path) -> None:
    hub.drops, hub.failures = 2, 1
    environment = {**os.environ, "HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path / "hf")}
    target = tmp_path / "corpora" / "new"
    command = [sys.executable, "-c", SCRIPT, str(target)]
    subprocess.run(command, env=environment, check=True, timeout=200)
    assert sorted(all_stories(target)) == sorted(story(number) for number in range(1500))
    facts = manifest.read(target, "corpus").facts
    origin = {"repository": TINYSTORIES, "revision": COMMIT, "licence": "cdla-sharing-1.0"}
    assert facts["origins"] == {"tinystories": origin}
    assert any("bytes=" in request for request in hub.requests)  # went on in the middle
    assert not any("validation" in request for request in hub.requests)


def test_what_was_downloaded_is_used_offline(online: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = prepare(["tinystories"], tmp_path / "first")
    online.requests.clear()
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert prepare(["tinystories"], tmp_path / "second").files == first.files
    assert not online.requests


def test_a_limit_downloads_only_what_it_needs(online: Hub, tmp_path: Path) -> None:
    made = prepare(["tinystories"], tmp_path / "new", CorpusSettings(limit=100))
    assert made.facts["read_stories"] == 100
    downloads = {request.split()[1] for request in online.requests if request.startswith("GET /datasets")}
    assert len(downloads) == 1


def test_the_gpt4_stories_are_another_source(online: Hub, tmp_path: Path) -> None:
    assert prepare(["tinystories-gpt4"], tmp_path / "new").facts["read_stories"] == 50


def test_other_datasets_files_and_columns(online: Hub, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match='no "text"'):
        prepare(["hf:someone/tales"], tmp_path / "new")
    assert prepare(["hf:someone/tales:tale"], tmp_path / "new").facts["read_stories"] == 40


def test_a_large_download_is_asked_about(online: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_sources, "_ASK_ABOVE", 1_000)
    asked: list[str] = []

    def refuse(question: str) -> bool:
        asked.append(question)
        return False

    with pytest.raises(TinytalesError, match="nothing was downloaded"):
        prepare(["tinystories"], tmp_path / "new", confirm=refuse)
    assert asked == ["tinystories is a download of 0.0 GB. Go ahead?"]
    assert not any(request.startswith("GET /datasets") for request in online.requests)
    assert not list(tmp_path.glob("*new*"))


def test_what_is_not_there_is_said(online: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="the Hub has no dataset nobody/nothing"):
        prepare(["hf:nobody/nothing"], tmp_path / "new")
    with pytest.raises(UsageError, match="someone/pictures has no data files"):
        prepare(["hf:someone/pictures"], tmp_path / "new")
    online.failures = 100
    with pytest.raises(TinytalesError, match="can't be reached or broke off"):
        prepare(["tinystories"], tmp_path / "new")
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(TinytalesError, match="can't be reached or broke off"):
        prepare(["tinystories"], tmp_path / "new")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(MissingError, match="roneneldan/TinyStories is not in the cache"):
        prepare(["tinystories"], tmp_path / "new")


def test_names_of_datasets() -> None:
    assert parse_name("stories.txt", "text") is None
    assert parse_name("hf:a/b", "text").column == "text"  # type: ignore[union-attr]
    assert parse_name("hf:a/b-c.d:story text", "text").column == "story text"  # type: ignore[union-attr]
    for name in ("hf:", "hf:a", "hf:a/b/c", "hf:../etc", "hf:a/b:"):
        with pytest.raises(UsageError):
            parse_name(name, "text")


def test_the_right_files_are_chosen() -> None:
    def chosen(*paths: str) -> list[str]:
        return [file.path for file in data_files([RemoteFile(path, 1) for path in paths], "")]

    assert chosen("b.parquet", "a.parquet", "c.jsonl", "README.md") == ["a.parquet", "b.parquet"]
    assert chosen("data/train.csv", "data/test.csv", "config.json") == ["data/train.csv"]
    assert chosen("validation.parquet") == ["validation.parquet"]
    assert chosen("stories.txt.gz", "requirements.txt") == ["stories.txt.gz"]
    assert incomplete(["a-0-of-2.parquet", "a-1-of-2.parquet"]) is None
    assert incomplete(["a-0-of-2.parquet"]) == "a-0-of-2.parquet"
