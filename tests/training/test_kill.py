"""Real processes, stopped and killed at moments of chance: what they leave goes on to the same losses."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.training.small import SmallRun

# A process that has everything imported and forks one that trains for each line it reads: a start takes a moment.
NURSERY = """
import os, sys
from pathlib import Path
from tests.training.small import SmallRun

STEPS = 60
job = SmallRun(Path(sys.argv[1])).job()
job.make_optimizers(job.make_model())  # the first optimizer imports half of PyTorch
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        try:
            SmallRun(Path(line.strip()), checkpoint_seconds=0.05, steps=STEPS).carry_out()
        except KeyboardInterrupt as stop:
            os._exit(130 if str(stop) else 1)
        os._exit(0)
    print(child, flush=True)
    sys.stdin.readline()  # it keeps its id until we wait for it
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
TOP = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-c", NURSERY, str(tmp_path_factory.mktemp("nursery"))],
        cwd=TOP,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    yield process
    process.kill()
    process.communicate()


def train(nursery: "subprocess.Popen[str]", root: Path, number: signal.Signals | None, seconds: float) -> int:
    """Train in a process of its own that gets a signal after so many seconds; its exit code, negative for a signal."""
    assert nursery.stdin is not None
    assert nursery.stdout is not None
    nursery.stdin.write(f"{root}\n")
    nursery.stdin.flush()
    child = int(nursery.stdout.readline())
    if number is not None:
        time.sleep(seconds)
        os.kill(child, number)
    nursery.stdin.write("\n")
    nursery.stdin.flush()
    return int(nursery.stdout.readline())


def stop_and_go_on(nursery: "subprocess.Popen[str]", tmp_path: Path, stops: int, chance: random.Random) -> None:
    assert train(nursery, tmp_path / "first", None, 0) == 0
    started = time.monotonic()
    assert train(nursery, tmp_path / "whole", None, 0) == 0
    duration = time.monotonic() - started
    root, seen = tmp_path / "stopped", set()
    for number in range(stops):
        kind = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)[number % 3]
        code = train(nursery, root, kind, chance.uniform(0.1, 0.8) * duration)
        # One that was asked before it listened, or twice, ends at once; a finished one ends well.
        assert code in (130, 1, 0, -kind)
        seen.add(code)
        assert (root / "small").exists() == (code == 0)
        if seen == {0}:  # it was done before it was ever stopped: faster than the one that was measured
            shutil.rmtree(root)
            seen.clear()
            duration /= 2
        elif code == 0:
            break
    while not (root / "small").exists():
        assert train(nursery, root, None, 0) == 0
    assert len(seen) > 1
    assert SmallRun(root).rows() == SmallRun(tmp_path / "whole").rows()
    assert [path.name for path in root.iterdir() if path.name.startswith(".")] == []
    assert list(root.rglob("*.tmp")) == []


def test_stops_and_kills_at_any_moment_change_nothing(nursery: "subprocess.Popen[str]", tmp_path: Path) -> None:
    stop_and_go_on(nursery, tmp_path, 5, random.Random(3))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_many_stops_and_kills(nursery: "subprocess.Popen[str]", tmp_path: Path, seed: int) -> None:
    stop_and_go_on(nursery, tmp_path, 12, random.Random(seed))
