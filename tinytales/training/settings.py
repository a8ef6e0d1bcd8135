"""What a training run can be told. Must not know PyTorch: the command line reads it at start."""

from dataclasses import dataclass, replace

from tinytales.errors import UsageError
from tinytales.model.config import GPTConfig

BOUNDS = ("minutes", "tokens", "epochs", "steps")
FREE = (
    "checkpoint_seconds",
    "silence_seconds",
)  # may change when a stopped run goes on: they don't change what it computes
PRECISIONS = ("auto", "float32", "bfloat16")
DROPOUT = 0.1  # of a run that would learn its text by heart
BY_HEART = 6.0  # passes times parameters for each token of the corpus


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
        dropout: share of what each block adds that is left out at random, in training only; see `regularised` for None.
        teachers: names of models to learn from beside the text, with commas between them; see `training.distillation`.
        trust: the share of each target that is the teachers', where there are any; the rest is the text's.
        warmup: share of the steps in which the learning rate rises.
        warmdown: share of the steps, at the end, in which it falls to zero.
        seed: decides fresh weights and the order of stories.
        sample_prompt: what the samples along the way go on from; empty: the model begins by itself.
        checkpoint_seconds: a crash loses at most so much work, or fifty times as much as writing a checkpoint takes.
        precision: of products: "float32", "bfloat16", or "auto" for what the hardware is faster with.
        compile: whether PyTorch's compiler makes the step: up to a minute before the first one, each faster after it.
        silence_seconds: of many processes, one that the others don't hear from for so long is taken for lost.
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
    weight_decay: float = 0.1
    dropout: float | None = None
    teachers: str = ""
    trust: float = 0.7
    warmup: float = 0.02
    warmdown: float = 0.6
    seed: int = 0
    sample_prompt: str = "Once upon a time"
    checkpoint_seconds: float = 60.0
    precision: str = "auto"
    compile: bool = False
    silence_seconds: float = 600.0

    def __post_init__(self) -> None:
        given = [bound for bound in BOUNDS if getattr(self, bound) is not None]
        if len(given) > 1:
            raise UsageError(f"a run can't be bound by {' and '.join(given)} at once", "give one of them")
        for name in (*given, "depth", "context_length", "rope_theta", "batch_tokens", "learning_rate"):
            if not getattr(self, name) > 0:
                raise UsageError(f"{name.replace('_', ' ')} is {getattr(self, name)}", "use a number above 0")
        if self.precision not in PRECISIONS:
            raise UsageError(f"there is no precision {self.precision}", f"choose from: {', '.join(PRECISIONS)}")
        if self.dropout == 1:
            raise UsageError("dropout is 1", "use a share below 1")
        for name in ("momentum", "warmup", "warmdown", "dropout", "trust"):
            if not 0 <= (getattr(self, name) or 0) <= 1:
                raise UsageError(f"{name} is {getattr(self, name)}", "use a share between 0 and 1")

    @property
    def teacher_names(self) -> tuple[str, ...]:
        """The names in `teachers`."""
        return tuple(filter(None, (name.strip() for name in self.teachers.split(","))))

    def regularised(self, passes: float, parameters: int, tokens: int) -> "TrainSettings":
        """These settings with a dropout, where none is given.

        A model that is large for its text and sees it often learns it by heart, unless it is kept from that; one that
        isn't only loses by it (`benchmarks/README.md`, "Little text, many passes"). Teachers keep from it too.

        Args:
            passes: over the corpus.
            parameters: of the model.
            tokens: of the corpus.
        """
        if self.dropout is not None:
            return self
        by_heart = passes * parameters / tokens >= BY_HEART and not self.teacher_names
        return replace(self, dropout=DROPOUT if by_heart else 0.0)

    def model(self, vocab_size: int) -> GPTConfig:
        """The shape of the model to train."""
        return GPTConfig.shaped(
            vocab_size=vocab_size,
            context_length=self.context_length,
            depth=self.depth,
            width=self.width or 128 * self.depth,
            rope_theta=self.rope_theta,
        )


STARTS = ("full-rate", "end")


@dataclass(frozen=True)
class MidTrainSettings:
    """Settings of one mid-training, beside those that its base was trained with.

    Attributes:
        start: where it begins: at the base's last checkpoint of the full learning rate ("full-rate"; the end where the
            base kept none), which loses what the base learned while its rate came down, or at its end ("end").
        context_length: tokens the model sees; the base's when None.
        minutes: bound by time.
        tokens: bound by tokens seen.
        epochs: bound by passes over the rows.
        steps: bound by optimizer steps. Exactly one bound may be given; `epochs` of 1 holds otherwise.
        batch_tokens: tokens of one optimizer step; the base's when None.
        rate: share of the base's full learning rates.
        dropout: as in `TrainSettings`; the base's when None.
        teachers: as in `TrainSettings`, of the stories in the rows.
        trust: as in `TrainSettings`.
        warmup: share of the steps in which the learning rate rises.
        warmdown: share of the steps, at the end, in which it falls to zero.
        seed: decides the order of rows.
        checkpoint_seconds: as in `TrainSettings`.
    """

    start: str = "full-rate"
    context_length: int | None = None
    minutes: float | None = None
    tokens: float | None = None
    epochs: float | None = None
    steps: int | None = None
    batch_tokens: int | None = None
    rate: float = 0.7
    dropout: float | None = None
    teachers: str = ""
    trust: float = 0.7
    warmup: float = 0.02
    warmdown: float = 0.98
    seed: int = 0
    checkpoint_seconds: float = 60.0

    def __post_init__(self) -> None:
        if self.start not in STARTS:
            raise UsageError(f"mid-training can't start at {self.start}", f"choose from: {', '.join(STARTS)}")
        if not 0 < self.rate <= 10:
            raise UsageError(f"a share of {self.rate} of the learning rate is out of range", "use a share such as 0.5")

    def after(self, base: TrainSettings) -> TrainSettings:
        """The settings of the run, on a base that was trained with `base`."""
        bounds = {bound: getattr(self, bound) for bound in BOUNDS}
        if not any(bounds.values()):
            bounds["epochs"] = 1.0
        return replace(
            base,
            **bounds,
            context_length=self.context_length or base.context_length,
            batch_tokens=self.batch_tokens or base.batch_tokens,
            learning_rate=base.learning_rate * self.rate,
            embedding_learning_rate=base.embedding_learning_rate * self.rate,
            dropout=base.dropout if self.dropout is None else self.dropout,
            teachers=self.teachers,
            trust=self.trust,
            warmup=self.warmup,
            warmdown=self.warmdown,
            seed=self.seed,
            checkpoint_seconds=self.checkpoint_seconds,
        )
