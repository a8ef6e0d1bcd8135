"""What a release needs, as far as it can be checked without one."""

import re
import tomllib
from pathlib import Path

import yaml

from tinytales._native import __version__

ROOT = Path(__file__).parent.parent
WORKFLOW = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8"))


def test_the_version_has_one_place_and_its_changes_are_listed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["dynamic"] == ["version"]
    assert (
        tomllib.loads((ROOT / "Cargo.toml").read_text(encoding="utf-8"))["workspace"]["package"]["version"]
        == __version__
    )
    assert f"\n## {__version__} " in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_wheels_are_built_for_each_system_and_tried_before_they_are_published() -> None:
    wheel = WORKFLOW["jobs"]["wheel"]
    names = {row["name"] for row in wheel["strategy"]["matrix"]["include"]}
    assert names == {"linux-x86-64", "linux-arm64", "macos-arm64", "macos-x86-64", "windows-x86-64"}
    assert any("tinytales tell" in step.get("run", "") for step in wheel["steps"])
    assert set(WORKFLOW["jobs"]["publish"]["needs"]) == {"wheel", "source"}


def test_the_rooms_named_for_contributors_are_there() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:tinytales|tests|benchmarks|\.ci)/[\w./-]+)`", text)
    assert len(named) > 8
    assert [name for name in named if not (ROOT / name).exists()] == []
