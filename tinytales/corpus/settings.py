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
        column: which column or key of a file holds the story.
        mojibake: repair text that was decoded wrongly ("donâ€™t").
        quotes: turn typographic quotes, dashes and ellipses into ASCII.
        fragments: drop stories with markup such as `<|im_start|>` or with lost characters.
        min_ascii: drop stories with a smaller share of ASCII characters; 0 keeps stories in any script.
        min_words: drop shorter stories.
        max_words: drop longer stories; 0 keeps any length. At 200, a third of TinyStories' text goes.
        cut_off: drop stories that don't end in final punctuation.
        near_duplicates: drop stories that share at least this part of their three-word runs with an earlier one;
            0 keeps all but exact duplicates.
        vocabulary: keep only stories in simple words: how many of the corpus's most frequent ones, a file with a word a
            line, or "basic" for the built-in list; empty keeps all.
        unknown_words: share of a story's words that may lie outside the vocabulary.
        features: what all synthetic stories must have, e.g. "dialogue, twist".
        words: file with words that synthetic stories should be about.
    """

    limit: int | None = None
    valid_fraction: float = 0.02
    seed: int = 0
    column: str = "text"
    mojibake: bool = True
    quotes: bool = True
    fragments: bool = True
    min_ascii: float = 0.5
    min_words: int = 3
    max_words: int = 0
    cut_off: bool = True
    near_duplicates: float = 0.6
    vocabulary: str = ""
    unknown_words: float = 0.02
    features: str = ""
    words: str = ""

    def __post_init__(self) -> None:
        if self.limit is not None and self.limit < 1:
            raise UsageError(f"a limit of {self.limit} stories leaves none", "use 1 or more")
        if not 0 < self.valid_fraction < 0.5:
            raise UsageError(f"validation share {self.valid_fraction} is out of range", "use a share such as 0.02")
        if not 0 <= self.seed < 2**64:
            raise UsageError(f"seed {self.seed} is out of range", "use 0 to 18446744073709551615")
        for name in ("min_ascii", "unknown_words"):
            if not 0 <= getattr(self, name) <= 1:
                raise UsageError(f"{name} {getattr(self, name)} is out of range", "use a share from 0 to 1")
        if self.near_duplicates != 0 and not 0.5 <= self.near_duplicates <= 1:
            raise UsageError(f"near_duplicates {self.near_duplicates} is out of range", "use 0.5 to 1, or 0 for off")
        if self.min_words < 0 or self.max_words < 0:
            raise UsageError("a story can't have less than no words", "use 0 or more")
        if 0 < self.max_words < self.min_words:
            raise UsageError(f"no story has {self.min_words} to {self.max_words} words", "raise max_words")

    @property
    def feature_list(self) -> list[str]:
        """The features asked for, each by itself."""
        return [feature.strip() for feature in self.features.split(",") if feature.strip()]
