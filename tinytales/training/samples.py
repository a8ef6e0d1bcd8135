"""Growing up: what the model tells along the way, always from the same prompt and seed, told by rustgpt."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tinytales.inference.rust_engine import load_engine
from tinytales.inference.sampling import Sampling
from tinytales.model import folder as standard
from tinytales.model.gpt import GPT
from tinytales.model.weights import save_weights
from tinytales.training.job import Job

SAMPLE_SEED = 42
SAMPLE_TOKENS = 60


def is_sample_step(step: int, steps: int) -> bool:
    """Whether a sample is due: at 0, 1, 2, 4, 8, … and at the end."""
    return step & (step - 1) == 0 or step == steps


@dataclass(frozen=True)
class Teller:
    """Tells samples: the weights go through a folder of its own, since rustgpt reads folders.

    Attributes:
        folder: a standard folder whose weights are replaced each time.
        prompt: what each sample goes on from.
    """

    folder: Path
    prompt: str

    def tell(self, model: GPT) -> str:
        """What `model` tells after the prompt."""
        save_weights(model, self.folder / standard.WEIGHTS)
        sampling = Sampling(seed=SAMPLE_SEED, max_tokens=SAMPLE_TOKENS)
        return "".join(piece.text for piece in load_engine(self.folder).generate(self.prompt, sampling))


@contextmanager
def teller(job: Job, model: GPT) -> Iterator[Teller]:
    """A teller for the models of a job, which have the shape of `model`."""
    with tempfile.TemporaryDirectory(prefix="tinytales-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        job.save_model(model, folder)
        yield Teller(folder, job.sample_prompt)
