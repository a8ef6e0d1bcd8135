"""Words to begin a story with."""

import re
from collections.abc import Callable

# The model continues them, so each breaks off where something has to follow.
PROMPTS = (
    "Once upon a time, in a house by the sea, lived",
    "One day, Lily found a tiny door. Behind it was",
    "The old bear could not sleep, so he",
    "There was once a little cloud who wanted to",
)
_VOWELS = "aeiou"
_HAS_ARTICLE = re.compile(r"(?:an?|the|some|two|three|four|five|my|our|his|her)\b", re.IGNORECASE)


def opening_for(who: str) -> str:
    """The first words of a story about whoever or whatever is named."""
    who = " ".join(who.split()).rstrip(".,;:!?")
    if not who:
        return ""
    if who[0].isupper() and not _HAS_ARTICLE.match(who):
        return f"One day, {who}"
    if _HAS_ARTICLE.match(who):
        article = who[0].lower() + who[1:]
        return f"Once upon a time, there was {article}"
    return f"Once upon a time, there was {'an' if who[0].lower() in _VOWELS else 'a'} {who}"


def strange_names(text: str, count_tokens: Callable[[str], int]) -> list[str]:
    """The names in a text that the model has hardly ever met: it has to spell them from small pieces."""
    names = dict.fromkeys(re.findall(r"\b[A-Z]\w{2,}", text))
    # A word that only begins a sentence is known as it stands elsewhere.
    return [name for name in names if all(_strange(word, count_tokens) for word in (name, name.lower()))]


def _strange(word: str, count_tokens: Callable[[str], int]) -> bool:
    return count_tokens(f" {word}") > max(2, len(word) // 3)
