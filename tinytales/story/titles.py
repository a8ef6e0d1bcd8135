"""Titles and file names from the first words of a story."""

import re

UNTITLED = "An untitled story"
LONGEST = 48  # characters
_ENOUGH = 1000  # characters from which a title is made, however long the story grows

# How stories open says nothing about them: "Once upon a time, there was a little girl named Lily." is about Lily.
_OPENING = re.compile(
    r"(?:once(?: upon a time)?|one (?:\w+ )?(?:day|night|morning)|long ago|in a far ?away \w+)\b[\s,]*"
    r"(?:(?:there (?:was|were|lived)|in \w+ \w+ there was)\s+)?",
    re.IGNORECASE,
)


def title_from(text: str) -> str:
    """A title from how the text begins."""
    words = " ".join(text[:_ENOUGH].split())
    words = _OPENING.sub("", words, count=1) if _OPENING.match(words) else words
    sentence = re.split(r"(?<=\w)[.!?…]|\n|[\"“”]", words, maxsplit=1)[0].strip(" ,;:-")
    if len(sentence) > LONGEST:
        sentence = sentence[:LONGEST].rsplit(" ", 1)[0].rstrip(" ,;:-") + "…"
    return sentence[:1].upper() + sentence[1:] if sentence else UNTITLED
