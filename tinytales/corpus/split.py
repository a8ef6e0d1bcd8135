"""Which stories are for validation: decided by each story's own hash, so that it doesn't depend on its neighbours."""

import hashlib

SMALL_CORPUS_SHARE = 0.1
ENOUGH_VALIDATION_STORIES = 100
HASH_BYTES = 8


def story_hash(text: str) -> int:
    """A number from 0 to 2⁶⁴-1 for the exact text."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=HASH_BYTES).digest(), "big")


def valid_threshold(count: int, fraction: float) -> int:
    """Stories whose hash lies below this number are for validation, in a corpus of `count` stories.

    The share is `fraction`, and more in small corpora: up to a tenth, for as long as that gives less than about 100
    stories. The threshold never rises as a corpus grows, so that no story moves from train to validation, where a
    model that was trained on it would be measured by it.
    """
    share = max(fraction, min(SMALL_CORPUS_SHARE, ENOUGH_VALIDATION_STORIES / max(count, 1)))
    return int(share * 2 ** (8 * HASH_BYTES))
