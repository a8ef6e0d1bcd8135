"""Stages of a run from its metrics, finished or not, and the pictures made of them."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.command import run, start
from tinytales.errors import MissingError
from tinytales.inside.growth import curve, find_run, lines, read_stages
from tinytales.inside.growth_pictures import html, svg

ROWS: list[dict[str, object]] = [
    {"step": 0, "tokens": 0, "prompt": "Once", "seed": 1, "sample": " x\x1b[2J<b>"},
    {"step": 2, "tokens": 200, "loss": 5.0},
    {"step": 4, "tokens": 400, "loss": 4.0, "bits_per_byte": 1.5},
    {"step": 4, "tokens": 400, "prompt": "Once", "seed": 1, "sample": "Once upon </script> & more"},
]


def write(folder: Path, rows: list[dict[str, object]], rest: str = "") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows) + rest)
    return folder


def test_stages_know_the_losses_before_them(tmp_path: Path) -> None:
    first, second = read_stages(write(tmp_path, ROWS, '{"step": 9, "tok'))
    assert (first.text, first.losses) == ("Once x[2J<b>", ())
    assert second.text == "Once upon </script> & more"
    assert [one.loss for one in second.losses] == [5.0, 4.0]
    assert second.heading == "step 4 · 400 tokens read · loss 4.00 · 1.500 bits per byte"
    assert list(lines(second, 80)) == [second.heading, "█▁", second.text]


@pytest.mark.parametrize("line", ["junk", "[]", '{"step": 1, "sample": "x"}', '{"step": "x", "loss": 1}'])
def test_a_damaged_line_is_named(tmp_path: Path, line: str) -> None:
    with pytest.raises(MissingError, match="line 2"):
        read_stages(write(tmp_path, ROWS[:1], f"{line}\n"))


def test_runs_are_found_finished_or_not(home: Path) -> None:
    with pytest.raises(MissingError, match="no run yet"):
        find_run(None)
    running = write(home / "models" / ".kid.run", ROWS)
    assert find_run(None) == find_run("kid") == running
    finished = write(home / "models" / "kid", ROWS)
    assert find_run("kid") == finished
    with pytest.raises(MissingError, match="nobody"):
        find_run("nobody")


def test_a_curve_falls_with_its_values() -> None:
    assert curve([3, 2, 1]) == "█▅▁"
    assert curve([1, 1]) == "▁▁"
    assert curve([]) == curve([float("nan")]) == ""
    assert len(curve(list(range(1000)))) == 60


def test_pictures_hold_every_stage_and_nothing_that_acts(tmp_path: Path) -> None:
    stages = read_stages(write(tmp_path, ROWS))
    picture = svg("<kid>", stages)
    groups = ElementTree.fromstring(picture).findall("{http://www.w3.org/2000/svg}g")
    assert len(groups) == 2
    assert "upon </script> & more" in "".join(groups[1].itertext())
    page = html("<kid>", stages)
    assert page.count("</script>") == 1
    assert "<kid>" not in page
    assert "http" not in page.split("<body")[0].replace("http-equiv", "")


def test_the_command_prints_stages_and_writes_pictures(home: Path, tmp_path: Path) -> None:
    write(home / "models" / "kid", ROWS)
    result = run(home, "growth")
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("step ") == 2
    assert "\x1b" not in result.stdout
    for name in ("a.svg", "a.html"):
        assert run(home, "growth", "kid", "-o", str(tmp_path / name)).stdout.strip() == str(tmp_path / name)
    assert run(home, "growth", "-o", str(tmp_path / "a.gif")).returncode == 2
    write(home / "models" / "dumb", ROWS[1:3])
    assert run(home, "growth", "dumb").returncode == 3


def test_a_run_is_followed_to_its_end(home: Path) -> None:
    running = write(home / "models" / ".kid.run", ROWS[:1])
    process = start(home, "growth", "kid", "--follow")
    assert process.stdout is not None
    assert process.stdout.readline().startswith("step 0")
    write(running, ROWS)
    running.rename(home / "models" / "kid")
    rest = process.stdout.read()
    assert process.wait(timeout=60) == 0
    assert rest.count("step 4") == 1
