"""What a run does, as `train` and `mid-train` write it down for `training.run`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tinytales.model.gpt import GPT
from tinytales.training.distillation import Teaching
from tinytales.training.loop import Batch
from tinytales.training.optimizer import Optimizer
from tinytales.training.saving import save_model
from tinytales.training.schedule import Schedule

EVALUATIONS = 5  # in a run, evenly spread, the last at its end


@dataclass(frozen=True)
class Job:
    """What a run does, decided before it starts. It must be the same when the run goes on after a stop.

    Attributes:
        make_model: the model as the run begins, on the CPU: fresh weights, or `load_model` of a finished model or of
            one of its checkpoints.
        make_optimizers: its optimizers; the learning rates that they hold are the schedule's full ones, and all that
            they remember is tensors in their `state`.
        batch: the rows of a step, (rows, length + 1) token ids, a function of the step alone; see `loop.run`. The
            loss is divided by the weight of its targets.
        schedule: share of the full learning rate by step, and how many steps there are.
        evaluate: bits per byte on a few stories held out, for `metrics.jsonl`.
        tokenizer_file: the `tokenizer.json` that goes into the model's folder.
        end_of_text: id of `<|endoftext|>`.
        also_ends: ids that end a generation too, e.g. `<|im_end|>`.
        compiled: whether the model's loss is compiled, where it can be.
        teaching: what teachers expect of the rows, if there are any.
        micro_rows: at most so many rows go through the model at once; all of a batch if None.
        sample_prompt: what the samples along the way go on from.
        checkpoint_seconds: at most so much work is lost to a crash; more where writing takes long.
        go_on_with: the command that goes on with the run, for whoever stops it.
    """

    make_model: Callable[[], GPT]
    make_optimizers: Callable[[GPT], Sequence[Optimizer]]
    batch: Batch
    schedule: Schedule
    evaluate: Callable[[GPT], float]
    tokenizer_file: Path
    end_of_text: int
    also_ends: tuple[int, ...] = ()
    compiled: bool = False
    teaching: Teaching | None = None
    micro_rows: int | None = None
    sample_prompt: str = "Once upon a time"
    checkpoint_seconds: float = 60.0
    go_on_with: str = "the same command"

    @property
    def evaluation_steps(self) -> set[int]:
        """Where bits per byte are measured."""
        return {max(1, round(self.schedule.steps * share / EVALUATIONS)) for share in range(1, EVALUATIONS + 1)}

    @property
    def last_full_step(self) -> int:
        """The last step before the learning rate comes down: whoever trains on begins there."""
        return self.schedule.steps - self.schedule.warmdown_steps

    def save_model(self, model: GPT, folder: Path) -> None:
        """Write the standard folder's files into `folder`."""
        save_model(
            model,
            folder,
            tokenizer_file=self.tokenizer_file,
            end_of_text=self.end_of_text,
            also_ends=self.also_ends,
        )
