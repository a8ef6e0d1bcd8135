"""Muon and AdamW in one run: the same model, stories, batch and time; bits per byte on stories held out.

    uv run python -m benchmarks.training_optimizers [TOKENS] [--minutes 10] [--seeds 3] [--shape 4x128]

AdamW's learning rate is swept with the first seed, and the best goes on with the others; Muon's is the default. Each
contender gets as many steps as fit into the time, by what its own step takes.
"""

import argparse
from collections.abc import Sequence
from statistics import mean, stdev

from benchmarks.training_runs import Optimizers, adamw, run, settings_of
from tinytales.training.optimizer import make_optimizers

RATES = (0.001, 0.002, 0.004, 0.008, 0.016)  # AdamW's


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tokens", nargs="?")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--shape", default="4x128", help="layers x width")
    arguments = parser.parse_args()
    depth, width = map(int, arguments.shape.split("x"))

    def runs(label: str, make: Optimizers, seeds: Sequence[int]) -> list[float]:
        found = []
        for seed in seeds:
            settings = settings_of(depth=depth, width=width, seed=seed)
            result = run(arguments.tokens, settings, minutes=arguments.minutes, make=make)
            print(f"{label}, seed {seed}: {result.steps:,} steps, {result.bits_per_byte:.4f}", flush=True)
            found.append(result.bits_per_byte)
        return found

    swept = {rate: runs(f"AdamW at {rate}", adamw(rate), [0])[0] for rate in RATES}
    best = min(swept, key=swept.__getitem__)
    theirs = [swept[best], *runs(f"AdamW at {best}", adamw(best), range(1, arguments.seeds))]
    ours = runs("Muon and AdamW", make_optimizers, range(arguments.seeds))
    print(
        f"{arguments.shape}: Muon {mean(ours):.4f}, AdamW at {best} {mean(theirs):.4f}: {mean(ours) / mean(theirs):.3f}"
    )
    if arguments.seeds > 1:
        print(f"spread of the seeds: {stdev(ours):.4f} and {stdev(theirs):.4f}")


if __name__ == "__main__":
    main()
