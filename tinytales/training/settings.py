"""What a training run can be told. Must not know PyTorch: the command line reads it at start."""

from dataclasses import dataclass

from tinytales.errors import UsageError
from tinytales.model.config import GPTConfig

BOUNDS = ("minutes", "tokens", "epochs", "steps")
FREE = ("checkpoint_seconds",)  # may change when a stopped run goes on: they don't change what it computes


@dataclass(frozen=True)
class TrainSettings:
    """Settings of one run.

    Attributes:
        depth: layers; the one dial.
        width: length of the residual stream; 128 × depth when None.
        context_length: tokens the model sees; also the length of a training row.
        rope_theta: base of the rotary frequencies.
        minutes: bound by time, turned into steps by a short measurement before the run.
        tokens: bound by tokens seen.
        epochs: bound by passes over the corpus.
        steps: bound by optimizer steps. Exactly one bound may be given; `minutes` holds otherwise.
        batch_tokens: tokens of one optimizer step.
        learning_rate: Muon's, for matrices.
        embedding_learning_rate: AdamW's, for embedding and norms.
        momentum: Muon's.
        weight_decay: decoupled, on matrices.
        warmup: share of the steps in which the learning rate rises.
        warmdown: share of the steps, at the end, in which it falls to zero.
        seed: decides fresh weights and the order of stories.
        checkpoint_seconds: a crash loses at most so much work, or fifty times as much as writing a checkpoint takes.
    """

    depth: int = 3
    width: int | None = None
    context_length: int = 1024
    rope_theta: float = 10_000.0
    minutes: float | None = None
    tokens: float | None = None
    epochs: float | None = None
    steps: int | None = None
    batch_tokens: int = 4096
    learning_rate: float = 0.02
    embedding_learning_rate: float = 0.006
    momentum: float = 0.95
    weight_decay: float = 0.0
    warmup: float = 0.02
    warmdown: float = 0.6
    seed: int = 0
    checkpoint_seconds: float = 60.0

    def __post_init__(self) -> None:
        given = [bound for bound in BOUNDS if getattr(self, bound) is not None]
        if len(given) > 1:
            raise UsageError(f"a run can't be bound by {' and '.join(given)} at once", "give one of them")
        for name in (*given, "depth", "context_length", "rope_theta", "batch_tokens", "learning_rate"):
            if not getattr(self, name) > 0:
                raise UsageError(f"{name.replace('_', ' ')} is {getattr(self, name)}", "use a number above 0")
        for name in ("momentum", "warmup", "warmdown"):
            if not 0 <= getattr(self, name) <= 1:
                raise UsageError(f"{name} is {getattr(self, name)}", "use a share between 0 and 1")

    def model(self, vocab_size: int) -> GPTConfig:
        """The shape of the model to train."""
        return GPTConfig.shaped(
            vocab_size=vocab_size,
            context_length=self.context_length,
            depth=self.depth,
            width=self.width or 128 * self.depth,
            rope_theta=self.rope_theta,
        )
