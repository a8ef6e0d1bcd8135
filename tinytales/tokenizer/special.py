"""The special tokens. No text is ever parsed for them; they get in by their ids only."""

END_OF_TEXT = "<|endoftext|>"
"""Stands before each story and after the last: it starts generation and ends it."""

IM_START = "<|im_start|>"
"""Begins a message of a conversation (ChatML)."""

IM_END = "<|im_end|>"
"""Ends a message of a conversation (ChatML)."""

SPECIAL_TOKENS = (END_OF_TEXT, IM_START, IM_END)
"""In the order of their ids, which are the last ones of every vocabulary."""
