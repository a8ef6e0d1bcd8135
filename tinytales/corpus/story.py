"""A story as the corpus knows it: its text, and what is known about it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Story:
    """One story.

    Attributes:
        text: the story itself, paragraphs on lines of their own.
        words: words that it was to use, as the source says; empty where unknown.
        features: what it has of "dialogue", "twist", "moral", "bad ending", "conflict", "foreshadowing"; as above.
        summary: what happens, in one sentence; as above.
    """

    text: str
    words: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    summary: str = ""
