"""How the next token is chosen."""

from dataclasses import dataclass

from tinytales.errors import UsageError


@dataclass(frozen=True)
class Sampling:
    """Settings of one generation.

    Attributes:
        temperature: logits are divided by it; 0 takes the likeliest token (greedy).
        top_k: only the k likeliest tokens may be chosen; 0 means all.
        top_p: only the likeliest tokens that together reach this probability (Holtzman et al., 2020); 1 means all.
        seed: one seed tells one story.
        max_tokens: stop after so many new tokens.
    """

    temperature: float = 0.8
    top_k: int = 0
    top_p: float = 0.95
    seed: int = 0
    max_tokens: int = 400

    def __post_init__(self) -> None:
        if not 0 <= self.temperature <= 100:
            raise UsageError(f"temperature {self.temperature} is out of range", "0 is greedy, 0.8 usual, 1.5 wild")
        if self.top_k < 0:
            raise UsageError(f"top-k {self.top_k} is negative", "use 0 for all tokens")
        if not 0 < self.top_p <= 1:
            raise UsageError(f"top-p {self.top_p} is out of range", "use a share above 0 and up to 1")
        if not 0 <= self.seed < 2**64:
            raise UsageError(f"seed {self.seed} is out of range", "use 0 to 18446744073709551615")
        if self.max_tokens < 1:
            raise UsageError(f"{self.max_tokens} tokens are too few", "ask for 1 or more")
