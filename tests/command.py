"""Run `tinytales` as people do: a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

SMALL = {
    "TINYTALES_PREPARE_LIMIT": "300",
    "TINYTALES_TOKENIZE_VOCAB_SIZE": "320",
    "TINYTALES_TRAIN_DEPTH": "1",
    "TINYTALES_TRAIN_WIDTH": "64",
    "TINYTALES_TRAIN_CONTEXT_LENGTH": "64",
    "TINYTALES_TRAIN_BATCH_TOKENS": "512",
    "TINYTALES_MID_TRAIN_STEPS": "3",
    "TINYTALES_CONVERSATIONS_STORIES": "60",
}
"""Variables that make every stage a matter of a moment; how long to train is left to the command."""


def environment(home: Path, **variables: str) -> dict[str, str]:
    """This process's environment with a home folder of its own."""
    return {**os.environ, "TINYTALES_HOME": str(home), "NO_COLOR": "1", **SMALL, **variables}


def start(home: Path, *arguments: str, **variables: str) -> "subprocess.Popen[str]":
    """Start `tinytales` with its three streams as pipes."""
    return subprocess.Popen(
        [sys.executable, "-m", "tinytales", *arguments],
        env=environment(home, **variables),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def run(home: Path, *arguments: str, given: str = "", **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run `tinytales` to its end with `given` on its standard input."""
    process = start(home, *arguments, **variables)
    out, err = process.communicate(given, timeout=200)
    return subprocess.CompletedProcess(arguments, process.returncode, out, err)
