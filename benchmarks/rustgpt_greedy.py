"""Greedy text beside that of transformers, both in float32.

    python -m benchmarks.rustgpt_greedy MODEL STORIES.txt [COUNT]

The first words of COUNT (50) stories are gone on from for 100 tokens. Where the two differ, the transformers' logits of
the likeliest two tokens say by how much it was a near-tie; the rest of such a story is not compared.
"""

import sys
from pathlib import Path

import torch
from transformers import Qwen3ForCausalLM

from tinytales.inference.rust_engine import load_engine
from tinytales.inference.sampling import Sampling
from tinytales.tokenizer.tokenizer import Tokenizer

WORDS = 4
TOKENS = 100


def main(folder: str, stories: str, count: str = "50") -> None:
    texts = [text.strip() for text in Path(stories).read_text(encoding="utf-8").split("<|endoftext|>")]
    prompts = [" ".join(text.split()[:WORDS]) for text in texts if text][: int(count)]
    tokenizer = Tokenizer.load(Path(folder) / "tokenizer.json")
    engine = load_engine(Path(folder), "float32")
    model = Qwen3ForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    compared, gaps = 0, []
    for prompt in prompts:
        told = [piece.token for piece in engine.generate(prompt, Sampling(temperature=0, max_tokens=TOKENS))]
        ids = [tokenizer.end_of_text, *tokenizer.encode(prompt)]
        with torch.inference_mode():
            logits = model(torch.tensor([ids + told])).logits[0, len(ids) - 1 : -1]
        best = logits.topk(2)
        for token, indices, values in zip(told, best.indices.tolist(), best.values.tolist(), strict=True):
            if token != indices[0]:
                gaps.append(values[0] - values[1])
                break
            compared += 1
    print(f"{len(prompts)} prompts, {compared:,} tokens the same; {len(gaps)} stories part, at gaps of {gaps}")


if __name__ == "__main__":
    main(*sys.argv[1:])
