"""What can be chosen about conversations made from stories. On the start-up path: nothing heavy is imported."""

from dataclasses import dataclass

from tinytales.errors import UsageError

FEWEST_PLAIN = 0.4
MOST_EMPHASIS = 1_000


@dataclass(frozen=True)
class ConversationSettings:
    """Settings of one set of conversations.

    Attributes:
        stories: so many of the corpus's stories are used.
        rounds: how often each of them is, every time with another request.
        plain: share of what is learned that is stories alone, so that telling them isn't lost; at least 0.4.
        emphasis: how many times as much an asked word, where it first comes, weighs as the rest of an answer; and the
            words of an end that make it happy or sad, where that is asked for.
        seed: decides what is asked, and how.
    """

    stories: int = 20_000
    rounds: int = 1
    plain: float = 0.42
    emphasis: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("stories", "rounds", "emphasis"):
            if getattr(self, name) < 1:
                raise UsageError(f"{name} is {getattr(self, name)}", "use 1 or more")
        if self.emphasis > MOST_EMPHASIS:
            raise UsageError(f"an emphasis of {self.emphasis:,} is out of range", f"use 1 to {MOST_EMPHASIS:,}")
        if not FEWEST_PLAIN <= self.plain <= 1:
            raise UsageError(f"a share of {self.plain} plain stories is out of range", f"use {FEWEST_PLAIN} to 1")


@dataclass(frozen=True)
class ChatSettings:
    """Settings of answering.

    Attributes:
        best_of: so many takes are told, and the one is given that fulfils the request best.
        temperature: logits are divided by it; 0 takes the likeliest token.
        top_p: only the likeliest tokens that together reach this probability.
        max_tokens: an answer has at most so many.
    """

    best_of: int = 8
    temperature: float = 0.8
    top_p: float = 0.95
    max_tokens: int = 1000

    def __post_init__(self) -> None:
        if not 1 <= self.best_of <= 64:
            raise UsageError(f"the best of {self.best_of} takes can't be told", "use 1 to 64")
