import json
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.evaluation.test_results import evaluation
from tinytales.errors import MissingError
from tinytales.evaluation.keeping import keep
from tinytales.evaluation.report.arrange import arrange
from tinytales.evaluation.report.blocks import Curve, Report, Section, Story
from tinytales.evaluation.report.collect import METRICS, collect
from tinytales.evaluation.report.html import to_html
from tinytales.evaluation.report.markdown import to_markdown
from tinytales.evaluation.report.plots import to_svg
from tinytales.evaluation.tables import Table
from tinytales.storage import manifest

EVIL = "</b><script src=//evil.example></script>\x1b]0;x\x07 & <img src='http://evil.example/a.png'> [a](http://b) `c`"
VOID = {"meta", "link", "img", "br", "hr", "input"}


class Reader(HTMLParser):
    """Collects the elements and the text of a page, and checks that each element is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    assert reader.open == []
    return reader


@pytest.fixture
def folder(home: Path) -> Path:
    """A model with a run, metrics and an evaluation, though without weights."""
    corpus = home / "corpora" / "demo"
    corpus.mkdir(parents=True)
    (corpus / "train-00000.parquet").write_text("x")
    made = manifest.seal(corpus, kind="corpus", name="demo", facts={"train_stories": 1234, "dropped": {"cut off": 5}})
    folder = home / "models" / "demo"
    folder.mkdir(parents=True)
    rows: list[dict[str, object]] = [
        {"step": step, "tokens": step * 1000, "loss": 5 - step / 50, "tokens_per_second": 2000}
        for step in range(10, 110, 10)
    ]
    rows[4]["bits_per_byte"] = 1.25
    rows.insert(5, {"step": 50, "tokens": 50_000, "prompt": "Once", "seed": 0, "sample": " a dog."})
    (folder / METRICS).write_text("".join(json.dumps(row) + "\n" for row in rows))
    facts = {"settings": {"depth": 4}, "plan": {"steps": 100}, "parameters": 886_400}
    manifest.seal(folder, kind="model", name="demo", facts=facts, lineage=made.as_parent(), file_name="run.toml")
    keep(folder, evaluation("demo", 0.9))
    return folder


def test_all_that_is_known_is_collected(folder: Path) -> None:
    run = collect(folder)
    assert run.corpus is not None
    assert run.corpus.facts["train_stories"] == 1234
    assert run.tokens is None
    assert len(run.points) == 10
    assert [point.bits_per_byte for point in run.points if point.bits_per_byte] == [1.25]
    assert [sample.text for sample in run.samples] == [" a dog."]
    assert run.evaluation == evaluation("demo", 0.9)


def test_the_report_has_a_section_for_what_is_known(folder: Path) -> None:
    report = arrange(collect(folder))
    titles = [section.title for section in report.sections]
    assert titles == ["Training", "Growing up", "Stories", "Evaluation", "Settings and lineage", "Corpus"]
    summary = dict(report.summary)
    assert summary["parameters"] == "886,400"
    assert summary["throughput"] == "2,000 tokens/s"
    assert summary["training took"] == "50 s"
    curves = [block for section in report.sections for block in section.blocks if isinstance(block, Curve)]
    assert [curve.title for curve in curves] == ["Loss", "Stories held out", "Throughput"]


def test_a_model_of_which_nothing_is_known_has_a_report_too(tmp_path: Path) -> None:
    report = arrange(collect(tmp_path))
    assert [section.title for section in report.sections] == ["Evaluation", "Settings and lineage"]
    for text in (to_html(report), to_markdown(report)):
        assert "tinytales eval" in text


@pytest.mark.parametrize("line", ["nonsense", "[]", '{"step": "1", "tokens": 2}', '{"step": 1}', "[" * 100_000])
def test_damaged_metrics_are_named(tmp_path: Path, line: str) -> None:
    (tmp_path / METRICS).write_text(line + "\n")
    with pytest.raises(MissingError, match=r"metrics\.jsonl is damaged"):
        collect(tmp_path)


def test_a_loss_that_is_no_number_leaves_a_gap(tmp_path: Path) -> None:
    (tmp_path / METRICS).write_text('{"step": 1, "tokens": 2, "loss": NaN}\n{"step": 2, "tokens": 4, "loss": 3.0}\n')
    run = collect(tmp_path)
    assert [point.loss for point in run.points] == [None, 3.0]
    to_html(arrange(run))


def test_the_page_asks_nobody_for_anything(folder: Path) -> None:
    html = to_html(arrange(collect(folder)))
    page = read(html)
    assert not set(page.tags) & {"script", "img", "link", "iframe", "object", "embed", "video", "audio", "base", "form"}
    addresses = [value for name, value in page.attributes if name in ("src", "href", "xlink:href", "data", "action")]
    assert all(value and value.startswith("#") for value in addresses)
    assert "default-src 'none'" in html
    assert "@import" not in html
    assert not re.search(r"url\((?!#)", html)
    assert page.tags.count("svg") == 3


def test_all_text_is_escaped() -> None:
    evil = Report(
        EVIL, [(EVIL, EVIL)], [Section(EVIL, [Story(EVIL, EVIL, EVIL), Table(EVIL, (EVIL, EVIL), [(EVIL, EVIL)])])]
    )
    html = to_html(evil)
    page = read(html)
    assert not set(page.tags) & {"script", "img"}
    assert "\x1b" not in html
    assert page.text.count("<script src=//evil.example>") >= 8
    markdown = to_markdown(evil)
    assert "\x1b" not in markdown
    assert not re.search(r"(?<!\\)[<`]", markdown)
    assert not re.search(r"(?<!\\)\[a", markdown)


def test_a_curve_is_one_element_and_its_text_is_text() -> None:
    curve = Curve("Loss", "tokens seen", "nats", [1000.0, 2000.0, 3000.0], [3.0, 2.0, 1.5])
    svg = to_svg(curve)
    root = ET.fromstring(svg)
    assert root.tag.endswith("svg")
    assert "tokens seen" in "".join(root.itertext())
    assert "metadata" not in svg
    assert to_svg(curve) == svg


def test_stories_keep_their_paragraphs_in_markdown() -> None:
    text = to_markdown(Report("R", [], [Section("S", [Story("Once.", " One.\n- Two.\n1. Three.", "told")])]))
    assert "> told:\n>\n> **Once.** One.\n>\n> \\- Two.\n>\n> 1\\. Three." in text
