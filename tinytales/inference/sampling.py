"""How the next token is chosen, and where to stop."""

from dataclasses import dataclass

from tinytales.errors import UsageError
from tinytales.inference.boundary import UNTIL


@dataclass(frozen=True)
class Sampling:
    """Settings of one generation.

    Attributes:
        temperature: logits are divided by it; 0 takes the likeliest token (greedy).
        top_k: only the k likeliest tokens may be chosen; 0 means all.
        top_p: only the likeliest tokens that together reach this probability (Holtzman et al., 2020); 1 means all.
        seed: one seed tells one story.
        max_tokens: stop after so many new tokens.
        min_p: only tokens at least this many times as likely as the likeliest (Nguyen et al., 2024); 0 means all.
        repetition_penalty: makes tokens that are there already less likely (Keskar et al., 2019); 1 changes nothing.
        no_repeat_ngram: no run of so many tokens comes twice; 0 allows all.
        until: stop at the end of the "sentence" or of the "paragraph", or only at the "end" of the story.
        stop_strings: stop before any of these.
    """

    temperature: float = 0.8
    top_k: int = 0
    top_p: float = 0.95
    seed: int = 0
    max_tokens: int = 400
    min_p: float = 0.0
    repetition_penalty: float = 1.0
    no_repeat_ngram: int = 0
    until: str = "end"
    stop_strings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.temperature <= 100:
            raise UsageError(f"temperature {self.temperature} is out of range", "0 is greedy, 0.8 usual, 1.5 wild")
        if not 0 <= self.top_k < 2**32:
            raise UsageError(f"top-k {self.top_k} is out of range", "use 0 for all tokens")
        if not 0 < self.top_p <= 1:
            raise UsageError(f"top-p {self.top_p} is out of range", "use a share above 0 and up to 1")
        if not 0 <= self.min_p <= 1:
            raise UsageError(f"min-p {self.min_p} is out of range", "use a share from 0 to 1")
        if not 0 < self.repetition_penalty <= 100:
            raise UsageError(f"repetition penalty {self.repetition_penalty} is out of range", "1 is none, 1.2 strong")
        if not 0 <= self.no_repeat_ngram < 2**32:
            raise UsageError(f"a run of {self.no_repeat_ngram} tokens can't be forbidden", "use 0 for none")
        if not 0 <= self.seed < 2**64:
            raise UsageError(f"seed {self.seed} is out of range", "use 0 to 18446744073709551615")
        if self.max_tokens < 1:
            raise UsageError(f"{self.max_tokens} tokens are too few", "ask for 1 or more")
        if self.until not in UNTIL:
            raise UsageError(f"there is no {self.until} to stop at", f"use one of: {', '.join(UNTIL)}")
        if "" in self.stop_strings:
            raise UsageError("an empty stop string would stop at once", "leave it out")
