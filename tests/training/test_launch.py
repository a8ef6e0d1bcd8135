"""Runs of several processes through torchrun, as people start them, and what is left when one of them is killed."""

import os
import random
import shutil
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.command import run, start
from tinytales import pipeline
from tinytales.corpus.settings import CorpusSettings
from tinytales.storage import runs
from tinytales.tokenizer.settings import TokenizerSettings

if TYPE_CHECKING:
    import subprocess

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]  # every process imports PyTorch

FAST = {
    "OMP_NUM_THREADS": "1",
    "GLOO_SOCKET_IFNAME": "lo",
    "TINYTALES_TRAIN_CHECKPOINT_SECONDS": "0.2",
    "TINYTALES_TRAIN_PRECISION": "float32",  # in bfloat16 the order of sums shows
}
TRAIN = ("train", "demo", "--steps")


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with tokens to train on."""
    folder = tmp_path_factory.mktemp("tokens") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TINYTALES_HOME", str(folder))
        corpus = pipeline.prepare(["synthetic"], CorpusSettings(limit=300), "demo")
        pipeline.tokenize(corpus, TokenizerSettings(vocab_size=320), "demo")
    return folder


@pytest.fixture(autouse=True)
def filled(home: Path, tokens: Path) -> Iterator[None]:
    """Every test trains in a home of its own, and leaves no process behind."""
    shutil.copytree(tokens, home)
    yield
    assert wait_until(lambda: not processes_of(home)), "something still runs"


def processes_of(home: Path, *words: str) -> list[int]:
    """Processes with this home, those whose command line holds all of `words`."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            environment, line = (path / "environ").read_bytes(), (path / "cmdline").read_bytes().decode()
        except (OSError, UnicodeDecodeError):
            continue
        mine = int(path.name) != os.getpid() and f"TINYTALES_HOME={home}\0".encode() in environment
        if mine and all(word in line for word in words):
            found.append(int(path.name))
    return found


def wait_until(true: Callable[[], object], seconds: float = 250) -> bool:
    deadline = time.monotonic() + seconds
    while not (found := bool(true())) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


def losses(home: Path) -> dict[int, float]:
    (found,) = runs.find_runs(home / "models")
    return {row["step"]: row["loss"] for row in found.metrics() if "loss" in row}


def wait_for_training(process: "subprocess.Popen[str]", home: Path) -> None:
    assert wait_until(lambda: any((home / "models").glob(".demo.run/checkpoints/step-*")) or process.poll() is not None)
    assert process.poll() is None, process.communicate()[1]


def close(one: dict[int, float], two: dict[int, float]) -> bool:
    return one.keys() == two.keys() and all(abs(one[step] - two[step]) < 1e-4 for step in one)


def two_clean_lines(said: str) -> list[str]:
    assert "Traceback" not in said
    lines = said.splitlines()
    assert sum(line.startswith("error: ") for line in lines) == 1
    assert [lines[-2][:7], lines[-1][:6]] == ["error: ", "  try:"]
    return lines[-2:]


def test_two_processes_stop_and_one_goes_on(home: Path, tmp_path: Path, tokens: Path) -> None:
    process = start(home, *TRAIN, "60", "--nproc", "2", **FAST)
    wait_for_training(process, home)
    process.send_signal(signal.SIGTERM)
    out, said = process.communicate(timeout=250)
    assert (process.returncode, out) == (130, ""), said
    assert "in 2 processes" in said
    assert said.splitlines()[-1].endswith("of 60; go on with: tinytales train demo --name demo")
    alone = run(home, *TRAIN, "60", **FAST)
    assert alone.returncode == 0, alone.stderr
    whole = tmp_path / "whole"
    shutil.copytree(tokens, whole)
    assert run(whole, *TRAIN, "60", **FAST).returncode == 0
    assert close(losses(home), losses(whole))


def test_two_processes_learn_from_a_teacher_as_one_does(home: Path) -> None:
    assert run(home, *TRAIN, "10", "--name", "teacher", **FAST).returncode == 0
    taught = (*TRAIN, "10", "--seed", "1", "--teacher", "teacher", "--name")
    for name, processes in (("alone", "1"), ("both", "2")):
        done = run(home, *taught, name, "--nproc", processes, **FAST)
        assert done.returncode == 0, done.stderr
        assert "taught by teacher: 70% of each target is theirs" in done.stderr
    alone, both = (
        {row["step"]: row["loss"] for row in runs.read_metrics(home / "models" / name) if "loss" in row}
        for name in ("alone", "both")
    )
    assert close(alone, both)


def test_one_stops_and_two_go_on(home: Path, tmp_path: Path, tokens: Path) -> None:
    process = start(home, *TRAIN, "200", **FAST)
    wait_for_training(process, home)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=250) == 130
    both = run(home, *TRAIN, "200", "--nproc", "2", **FAST)
    assert both.returncode == 0, both.stderr
    assert both.stdout.strip().endswith("models/demo")
    whole = tmp_path / "whole"
    shutil.copytree(tokens, whole)
    assert run(whole, *TRAIN, "200", **FAST).returncode == 0
    assert close(losses(home), losses(whole))


@pytest.mark.parametrize(
    ("words", "which", "says"),
    [
        (("training.worker",), 0, "1 of 2 processes died without a word"),
        (("training.worker",), 1, "1 of 2 processes died without a word"),
        (("torch.distributed.run",), 0, "torchrun was ended by signal 9"),
    ],
)
def test_a_part_that_is_killed_ends_all_with_one_line(
    home: Path, words: tuple[str, ...], which: int, says: str
) -> None:
    process = start(home, *TRAIN, "100000", "--nproc", "2", **FAST)
    wait_for_training(process, home)
    time.sleep(random.Random(which).random())
    workers = [pid for pid in processes_of(home, *words) if words[0] == "torch.distributed.run" or is_worker(pid)]
    os.kill(sorted(workers)[which], signal.SIGKILL)
    _, said = process.communicate(timeout=250)
    assert process.returncode == 1
    assert says in two_clean_lines(said)[0]
    assert wait_until(lambda: not processes_of(home))
    go_on_to_the_end(home)


def is_worker(pid: int) -> bool:
    return "torch.distributed.run" not in Path(f"/proc/{pid}/cmdline").read_bytes().decode()


def test_when_the_launcher_is_killed_the_workers_save_and_end(home: Path) -> None:
    process = start(home, *TRAIN, "100000", "--nproc", "2", **FAST)
    wait_for_training(process, home)
    process.kill()
    process.communicate()
    assert wait_until(lambda: not processes_of(home))
    go_on_to_the_end(home)


def test_a_process_that_falls_silent_is_lost(home: Path) -> None:
    process = start(home, *TRAIN, "100000", "--nproc", "2", TINYTALES_TRAIN_SILENCE_SECONDS="8", **FAST)
    wait_for_training(process, home)
    workers = [pid for pid in processes_of(home, "training.worker") if is_worker(pid)]
    os.kill(max(workers), signal.SIGSTOP)
    _, said = process.communicate(timeout=250)
    assert process.returncode == 1
    assert "1 of 2 processes died without a word" in two_clean_lines(said)[0]


def test_two_nodes_train_together_and_one_that_dies_stops_the_other(home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(home, other)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        endpoint = f"127.0.0.1:{free.getsockname()[1]}"
    nodes = ("--nnodes", "2", "--rdzv-endpoint", endpoint)
    both = [start(each, *TRAIN, "100000", *nodes, **FAST) for each in (home, other)]
    homes = (home, other)
    assert wait_until(lambda: any(list(each.glob("models/.demo.run/checkpoints/step-*")) for each in homes))
    leads = next(index for index, each in enumerate(homes) if (each / "models" / ".demo.run").exists())
    for pid in processes_of(homes[1 - leads], "training.worker"):
        os.kill(pid, signal.SIGKILL)
    both[1 - leads].kill()
    both[1 - leads].communicate()
    _, said = both[leads].communicate(timeout=250)
    assert both[leads].returncode == 1
    assert "another process of the run died or fell silent" in two_clean_lines(said)[0]
    assert wait_until(lambda: not processes_of(home) and not processes_of(other))
    go_on_to_the_end(homes[leads])


def go_on_to_the_end(home: Path) -> None:
    """A run that was killed can be gone on with: shorten it, since its end is far, and see it to its end."""
    path = home / "models" / ".demo.run" / runs.RUN
    (found,) = runs.find_runs(home / "models")
    steps = int(found.checkpoints[-1].name.removeprefix("step-")) + 20
    path.write_text(path.read_text().replace("steps = 100000", f"steps = {steps}"))
    again = run(home, "train", "demo", **FAST)
    assert again.returncode == 0, again.stderr
    assert "going on from step" in again.stderr
    assert max(losses(home)) == steps
