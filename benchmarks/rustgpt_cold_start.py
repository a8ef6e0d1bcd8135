"""How long `tinytales tell` takes from the shell: to its first word, and as a whole.

    python -m benchmarks.rustgpt_cold_start [RUNS]

A model of 6.1M parameters with random weights and a tokenizer trained on built-in stories tells 200 tokens. Medians of
RUNS (20) runs, beside `import torch` alone.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.rustgpt_model import CONFIG, save

PROMPT = "Once upon a time"


def make_model(folder: Path) -> None:
    from tinytales.corpus.synthetic.generator import Generator
    from tinytales.tokenizer.train import train_tokenizer

    save(folder)
    texts = (story.text for story in Generator().stories(0, 5000))
    train_tokenizer(texts, CONFIG["vocab_size"]).save(folder / "tokenizer.json")


def tell(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Seconds from the start of the process to the first byte after the prompt, and to its end."""
    started = time.perf_counter()
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, bufsize=0
    ) as process:
        assert process.stdout is not None
        seen, first = 0, 0.0
        while chunk := process.stdout.read(65536):
            seen += len(chunk)
            if not first and seen > len(PROMPT):
                first = time.perf_counter() - started
    if process.returncode:
        raise RuntimeError(f"{command} failed")
    return first, time.perf_counter() - started


def main(runs: int = 20) -> None:
    program = shutil.which("tinytales") or "tinytales"
    with tempfile.TemporaryDirectory() as name:
        make_model(Path(name) / "models" / "bench")
        environment = {**os.environ, "TINYTALES_HOME": name}
        command = [program, "tell", PROMPT, "--max-tokens", "200", "--temperature", "0.8", "--seed", "2"]
        told = [tell(command, environment) for _ in range(runs)]
        first, whole = (statistics.median(times) for times in zip(*told, strict=True))
        print(f"tinytales tell: first word after {first * 1e3:.0f} ms, whole process {whole * 1e3:.0f} ms")
        for code in ("import torch", "pass"):
            times = []
            for _ in range(max(3, runs // 4)):
                started = time.perf_counter()
                subprocess.run([sys.executable, "-c", code], check=True)
                times.append(time.perf_counter() - started)
            print(f"python -c '{code}': {statistics.median(times) * 1e3:.0f} ms")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
