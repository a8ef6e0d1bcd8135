"""Writes the dirty stories beside this file; run it by hand after a change, and look at what changed.

python tests/corpus/data/make_dirty.py
"""

import json
from pathlib import Path

CLEAN = (
    "Once upon a time, a little goat named Pip lived on a hill. Every day Pip looked down at the river and wished for a"
    " boat. One day Pip found an old tub. It had no hole, so Pip pushed it into the water and sailed away, singing."
)
NEAR_COPY = CLEAN.replace("little goat", "small goat").replace("an old tub", "a big tub")

STORIES = [
    CLEAN,
    "The dog\u2019s bone was gone.  \u201cWho took it?\u201d she asked \u2014 and\u00a0the cat looked away\u2026\u200b",
    "Mia\u00e2\u20ac\u2122s hat flew off. \u00e2\u20ac\u0153Come back!\u00e2\u20ac\x9d she said, and it came back.",
    "Cafe\u0301 Luna was open.\r\n\r\n\r\nThe cook made   soup,\tand everyone ate it.\x07\x00",
    "",
    "   \n\t ",
    "The end.",
    "Tim ran to the store and bought a big red balloon for his",
    "User: tell me a story <|im_end|> Once there was a king who was sad.",
    "The bird sang a song about the caf\ufffd, and everyone was happy.",
    "Жила-была девочка Маша. Она любила кота.",
    CLEAN,
    f"  {CLEAN}\n",
    NEAR_COPY,
    "A \ud800 lone half of a letter came by, and nobody knew it.",
    'The fox said, "I am not hungry." Then she ate a pie.',
    "Ben had a very small boat, and he sailed it on the pond until it got dark. " * 12,
    "\ufeffA fish swam up. It was a nice day\u2028for a swim, and the sun shone.",
]

if __name__ == "__main__":
    lines = [json.dumps({"text": story}) for story in STORIES]
    (Path(__file__).parent / "dirty.jsonl").write_text("\n".join(lines) + "\n", encoding="ascii")
