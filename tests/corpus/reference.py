"""The normal form of a story once more, plainly written: what the Rust one is checked against."""

import re
import unicodedata

_CONTROL = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)
_LINES = re.compile("[\n\r\x0b\x0c\x85\u2028\u2029]+")


def normalize(text: str) -> str:
    """`text` in NFC, without control and zero-width characters, runs of spaces single, empty lines gone."""
    text = unicodedata.normalize("NFC", _CONTROL.sub("", text))
    lines = (" ".join(line.split()) for line in _LINES.split(text))
    return "\n".join(line for line in lines if line)
