"""What bfloat16 and int8 cost in quality: bits per byte of validation stories, beside those of float32.

    python -m benchmarks.rustgpt_quality MODEL STORIES.txt [COUNT]

STORIES.txt holds stories separated by lines of `<|endoftext|>`. Each is read in a context of its own; where it is
longer than the context, what was seen counts.
"""

import math
import sys
from pathlib import Path

from tinytales.inference.rust_engine import DTYPES, RustEngine, load_engine
from tinytales.tokenizer.tokenizer import Tokenizer


def bits_per_byte(engine: RustEngine, tokenizer: Tokenizer, stories: list[str]) -> float:
    nats, length = 0.0, 0
    for story in stories:
        ids = [tokenizer.end_of_text, *tokenizer.encode(story)][: engine.context_length]
        nats -= sum(engine.logprobs(ids))
        length += sum(len(tokenizer.token_bytes(token)) for token in ids[1:])
    return nats / math.log(2) / length


def main(folder: str, stories: str, count: str = "500") -> None:
    texts = [text.strip() for text in Path(stories).read_text(encoding="utf-8").split("<|endoftext|>")]
    texts = [text for text in texts if text][: int(count)]
    tokenizer = Tokenizer.load(Path(folder) / "tokenizer.json")
    figures = {dtype: bits_per_byte(load_engine(Path(folder), dtype), tokenizer, texts) for dtype in DTYPES}
    for dtype, figure in figures.items():
        change = figure / figures["float32"] - 1
        print(f"{dtype:10} {figure:.5f} bits per byte ({change:+.3%}) on {len(texts)} stories")


if __name__ == "__main__":
    main(*sys.argv[1:])
