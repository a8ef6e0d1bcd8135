"""A run that takes a moment: what a caller of `training.run` writes down, with numbers that count upwards as text."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

from tinytales.model.config import GPTConfig
from tinytales.model.gpt import GPT
from tinytales.storage import runs
from tinytales.tokenizer.tokenizer import Tokenizer
from tinytales.training import loop
from tinytales.training.device import Device
from tinytales.training.job import Job
from tinytales.training.optimizer import make_optimizers
from tinytales.training.run import carry_out, finish, freeze, read_frozen
from tinytales.training.schedule import Schedule
from tinytales.training.settings import TrainSettings

CPU = Device("cpu", bfloat16=False)


@dataclass
class SmallRun:
    """A job of `steps` steps under `root`; `carry_out` begins it or goes on with it."""

    root: Path
    steps: int = 40
    name: str = "small"
    checkpoint_seconds: float = 60.0
    learning_rate: float = 0.02

    @property
    def target(self) -> Path:
        return self.root / self.name

    @property
    def folder(self) -> Path:
        return runs.unfinished(self.target)

    def job(self) -> Job:
        tokenizer_file = self.root / "tokenizer.json"
        if not tokenizer_file.exists():
            self.root.mkdir(parents=True, exist_ok=True)
            tokenizer().save(tokenizer_file)
        settings = TrainSettings(learning_rate=self.learning_rate)
        end_of_text = tokenizer().end_of_text
        config = GPTConfig.shaped(vocab_size=end_of_text + 3, context_length=16, depth=1, width=64, rope_theta=10_000.0)
        return Job(
            make_model=lambda: GPT(config).initialize(0),
            make_optimizers=lambda model: make_optimizers(model, settings),
            batch=batch,
            schedule=Schedule.over(self.steps, 0.1, 0.5),
            evaluate=lambda model: float(model.embedding.detach().double().sum()),
            tokenizer_file=tokenizer_file,
            end_of_text=end_of_text,
            checkpoint_seconds=self.checkpoint_seconds,
        )

    def carry_out(self) -> GPT:
        job = self.job()
        with runs.claim(self.target) as folder:
            if read_frozen(folder) is None:
                freeze(folder, self.name, facts={"settings": {}}, lineage={})
            model = carry_out(job, folder, CPU)
            finish(job, model, folder, self.target, facts={"validation": {}})
        return model

    def rows(self) -> list[tuple[object, ...]]:
        """What the run's metrics say, without its speed."""
        folder = self.target if self.target.exists() else self.folder
        keys = ("step", "tokens", "loss", "bits_per_byte", "sample")
        return [tuple(row.get(key) for key in keys) for row in runs.read_metrics(folder)]


def losses_of(model: Path) -> list[float]:
    """The losses that a run wrote down."""
    return [row["loss"] for row in runs.read_metrics(model) if "loss" in row]


@contextmanager
def stopped_at(step: int) -> Iterator[None]:
    """Whatever trains in this block is stopped by Ctrl-C before this step."""
    train_step = loop.train_step

    def stopping(*arguments: object, **options: object) -> object:
        if options["step"] == step:
            raise KeyboardInterrupt
        return train_step(*arguments, **options)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "train_step", stopping)
        with pytest.raises(KeyboardInterrupt):
            yield


def batch(step: int) -> loop.Rows:
    """Rows that count upwards from anywhere: all but the first token can be known."""
    first = torch.randint(0, 40, (8, 1), generator=torch.Generator().manual_seed(step))
    return (first + torch.arange(17)).numpy()


def tokenizer() -> Tokenizer:
    """The smallest tokenizer there is: bytes and the special tokens."""
    from tinytales.tokenizer.train import MIN_VOCAB_SIZE, train_tokenizer

    return train_tokenizer(["ab ab ab"], MIN_VOCAB_SIZE)
