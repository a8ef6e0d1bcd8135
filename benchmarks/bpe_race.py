"""Races: every contender in a process of its own, in turn, several times; the best time counts.

A benchmark module gives `CONTENDERS`, name → a function of (file, threads) that prepares and returns the function to be
timed. Run as `python -m benchmarks.bpe_race MODULE CONTENDER FILE THREADS CALLS CLOCK`, this module times one contender
and prints what it found as JSON. The clock is "wall", or "cpu": the processor's seconds on all threads, for machines on
which other work runs.
"""

import importlib
import importlib.metadata
import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


@dataclass
class Result:
    """Times in seconds, one for each call of each process; peak memory in MB, the largest of all processes."""

    seconds: list[list[float]] = field(default_factory=list)
    peak: float = 0.0
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def cold(self) -> float:
        """Best first call."""
        return min(calls[0] for calls in self.seconds)

    @property
    def warm(self) -> float:
        """Best later call."""
        return min(seconds for calls in self.seconds for seconds in calls[1:])


def race(
    module: str,
    names: Sequence[str],
    file: Path,
    threads: int,
    *,
    rounds: int,
    calls: int,
    slow: Sequence[str] = (),
    clock: str = "wall",
) -> dict[str, Result]:
    """Run the contenders in turn, `rounds` times each with `calls` calls; those in `slow` once."""
    results: dict[str, Result] = {}
    for number in range(rounds):
        for name in names:
            if number and name in slow:
                continue
            command = [sys.executable, "-m", "benchmarks.bpe_race", module, name, file, threads, calls, clock]
            environment = {**os.environ, "RAYON_NUM_THREADS": str(threads), "OMP_NUM_THREADS": str(threads)}
            done = subprocess.run(list(map(str, command)), env=environment, capture_output=True, text=True, check=False)
            if done.returncode:
                print(f"{name}: failed\n{done.stderr[-500:]}", file=sys.stderr)
                continue
            found = json.loads(done.stdout.splitlines()[-1])
            result = results.setdefault(name, Result())
            result.seconds.append(found["seconds"])
            result.peak = max(result.peak, found["peak"])
            result.facts = found["facts"]
    return results


def versions(packages: Sequence[str]) -> str:
    """The installed versions of packages, for the record."""
    return ", ".join(f"{package} {importlib.metadata.version(package)}" for package in packages if _installed(package))


def machine() -> str:
    """What ran this, and when."""
    model = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.exists():
        lines = [line for line in information.read_text().splitlines() if line.startswith(("model name", "cpu family"))]
        model = ", ".join(sorted({line.split(":")[1].strip() for line in lines}, reverse=True))
    return f"{model}, {os.cpu_count()} processors, {platform.system()}, {datetime.now(UTC):%Y-%m-%d}"


def _installed(package: str) -> bool:
    try:
        importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


_CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}


def _one(module: str, name: str, file: Path, threads: int, calls: int, clock: str) -> None:
    now = _CLOCKS[clock]
    timed = importlib.import_module(f"benchmarks.{module}").CONTENDERS[name](file, threads)
    seconds = []
    for _ in range(calls):
        started = now()
        result = timed()
        seconds.append(now() - started)
        facts = {} if not isinstance(result, dict) else result
        del result
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak": peak, "facts": facts}))


if __name__ == "__main__":
    _one(sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]), sys.argv[6])
