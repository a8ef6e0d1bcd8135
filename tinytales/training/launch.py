"""Many processes: start them through torchrun, watch them, stop them, and say in one line how it ended.

The launcher needs no PyTorch. It starts `python -m torch.distributed.run` in a session of its own, whose workers are
`python -m tinytales.training.worker`. Their standard input is a pipe that the launcher holds: a byte in it asks them
to stop at the next step boundary, and its end, whatever ended the launcher, does so too. How the run ended is in
status files that the workers write, never in torchrun's exit code.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType

from tinytales.errors import MissingError, TinytalesError, UsageError
from tinytales.machine import usable_cores
from tinytales.training.processes import Processes
from tinytales.training.settings import TrainSettings

STOP_SECONDS = 60.0  # how long workers may take to reach a step boundary and write a checkpoint
_ERRORS: dict[int, type[TinytalesError]] = {1: TinytalesError, 2: UsageError, 3: MissingError}


@dataclass(frozen=True)
class Request:
    """What the workers are told: the arguments of `training.train.train`.

    Attributes:
        tokens: the token folder.
        target: the model's folder.
        settings: of the run.
        given: the fields of the settings that somebody chose.
        go_on_with: the command that goes on with the run.
    """

    tokens: str
    target: str
    settings: dict[str, object]
    given: list[str]
    go_on_with: str

    @classmethod
    def read(cls, path: Path) -> "Request":
        return cls(**json.loads(path.read_text(encoding="utf-8")))


def launch(
    tokens: Path,
    target: Path,
    settings: TrainSettings,
    processes: Processes,
    *,
    given: Collection[str] = (),
    go_on_with: str = "the same command",
) -> None:
    """Train in many processes; returns when the run is finished (on this machine's side of it).

    Raises:
        KeyboardInterrupt: it was stopped and can go on; the message says how.
        TinytalesError: it failed; what a worker said of it, or which one died without a word.
    """
    request = Request(str(tokens), str(target), asdict(settings), sorted(given), go_on_with)
    with tempfile.TemporaryDirectory(prefix="tinytales-") as name:
        folder = Path(name)
        (folder / "request.json").write_text(json.dumps(asdict(request)), encoding="utf-8")
        with (folder / "log").open("wb") as log:
            code = _watch(_command(folder, processes), processes, log.fileno())
        _conclude(folder, code, processes.here)


def _command(folder: Path, processes: Processes) -> list[str]:
    meeting = (
        ["--nnodes", str(processes.nodes), "--rdzv-backend", "c10d", "--rdzv-endpoint", str(processes.endpoint)]
        if processes.nodes > 1
        else ["--nnodes", "1", "--rdzv-backend", "c10d", "--rdzv-endpoint", "127.0.0.1:0"]
    )
    return [
        *(sys.executable, "-m", "torch.distributed.run", *meeting, "--rdzv-id", "tinytales"),
        *("--nproc-per-node", str(processes.here), "--max-restarts", "0", "--monitor-interval", "0.5"),
        *("--module", "tinytales.training.worker", str(folder)),
    ]


def _watch(command: Sequence[str], processes: Processes, log: int) -> int:
    """Run torchrun to its end, passing on a request to stop; its exit code."""
    read_end, write_end = os.pipe()
    threads = max(1, usable_cores() // processes.here)
    environment = {"OMP_NUM_THREADS": str(threads), **os.environ, "TORCH_CPP_LOG_LEVEL": "ERROR"}
    stopping = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal stopping
        if stopping:
            raise KeyboardInterrupt  # asked twice
        stopping = True
        os.write(write_end, b"s")

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    # Workers talk to people through what they get as standard output: torchrun has its own log to itself.
    torchrun = subprocess.Popen(
        command, env=environment, stdin=read_end, stdout=sys.stderr.fileno(), stderr=log, start_new_session=True
    )
    os.close(read_end)
    try:
        return torchrun.wait()
    finally:
        os.close(write_end)  # whoever still lives hears of the end
        _end(torchrun)
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(torchrun: "subprocess.Popen[bytes]") -> None:
    """See to it that torchrun is gone, which ends its workers; those hear the end of their pipe besides."""
    if torchrun.poll() is not None:
        return
    os.killpg(torchrun.pid, signal.SIGTERM)
    try:
        torchrun.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(torchrun.pid, signal.SIGKILL)
        torchrun.wait()


def _conclude(folder: Path, code: int, count: int) -> None:
    """Raise what the workers' status files say."""
    again = "run the same command again: it goes on from the last checkpoint"
    if code < 0:
        deadline = time.monotonic() + STOP_SECONDS  # without torchrun, workers end by themselves
        while len(list(folder.glob("status-*.json"))) < count and time.monotonic() < deadline:
            time.sleep(0.1)
        raise TinytalesError(f"torchrun was ended by signal {-code}", again)
    found = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("status-*.json"))]
    # A lost peer is what the others see of somebody's own error: that one is worth telling.
    failed = sorted((status for status in found if status["state"] == "failed"), key=lambda status: status["secondary"])
    if failed and not failed[0]["secondary"]:
        worst = failed[0]
        raise _ERRORS.get(worst["code"], TinytalesError)(worst["what"], worst["hint"])
    if len(found) < count:
        raise TinytalesError(f"{count - len(found)} of {count} processes died without a word", again)
    for status in found:
        if status["state"] == "stopped":
            raise KeyboardInterrupt(status["what"])
    if failed:
        raise TinytalesError(failed[0]["what"], failed[0]["hint"])
    if code != 0:
        raise TinytalesError(f"torchrun ended with code {code}", again)
