"""Which stories are for validation: decided by each story's own hash, so that it doesn't depend on its neighbours."""

SMALL_CORPUS_SHARE = 0.1
ENOUGH_VALIDATION_STORIES = 100
HASHES = 2**64


def valid_threshold(count: int, fraction: float) -> int:
    """Stories whose hash lies below this number are for validation, in a corpus of `count` stories.

    The share is `fraction`, and more in small corpora: up to a tenth, for as long as that gives less than about 100
    stories. The threshold never rises as a corpus grows, so that no story moves from train to validation, where a
    model that was trained on it would be measured by it.
    """
    share = max(fraction, min(SMALL_CORPUS_SHARE, ENOUGH_VALIDATION_STORIES / max(count, 1)))
    return int(share * HASHES)
