"""What can be chosen about a corpus."""

from dataclasses import dataclass

from tinytales.errors import UsageError

SYNTHETIC_STORIES = 30_000  # how many the built-in source gives where no limit is set


@dataclass(frozen=True)
class CorpusSettings:
    """Settings of one preparation.

    Attributes:
        limit: read at most so many stories, over all sources.
        valid_fraction: share of the stories in the validation split; small corpora get a larger one, see `split`.
        seed: of the synthetic stories.
    """

    limit: int | None = None
    valid_fraction: float = 0.02
    seed: int = 0

    def __post_init__(self) -> None:
        if self.limit is not None and self.limit < 1:
            raise UsageError(f"a limit of {self.limit} stories leaves none", "use 1 or more")
        if not 0 < self.valid_fraction < 0.5:
            raise UsageError(f"validation share {self.valid_fraction} is out of range", "use a share such as 0.02")
        if not 0 <= self.seed < 2**64:
            raise UsageError(f"seed {self.seed} is out of range", "use 0 to 18446744073709551615")
