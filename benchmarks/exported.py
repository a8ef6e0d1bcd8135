"""Greedy stories of one model in rustgpt, in llama.cpp (from our GGUF export) and in transformers: are they the same?

    uv run --with-requirements benchmarks/peers.txt python -m benchmarks.exported [MODEL] [--tokens 100]

Twenty prompts. Where the texts part at a place at which the two best tokens are within 2e-3 of each other (a near-tie,
which the order of additions may turn), the rest is excused, and counted. In float32 nothing else may differ. bf16 and
q8_0 files are compared with rustgpt on the same float32 weights: there a story parts where rounding decides.
"""

import argparse
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

import numpy as np

from tinytales.exchange.gguf import DTYPES
from tinytales.exchange.send import send
from tinytales.inference.rust_engine import RustEngine, load_engine
from tinytales.inference.sampling import Sampling
from tinytales.storage.shelf import MODELS
from tinytales.tokenizer.tokenizer import Tokenizer

NEAR_TIE = 2e-3  # between the two largest logits
PROMPTS = (
    "Once upon a time",
    "One day, a girl named Lily",
    "The dragon was",
    "Tom and Mia went to the park.",
    "There was a small red boat that",
    '"Look!" said Ben.',
    "In the deep forest lived an old owl",
    "It was raining, so the cat",
    "Anna had 3 apples and 12 plums.",
    "The moon looked down and",
    "A frog jumped into the pond",
    "Mom baked a cake for",
    "Sam didn't want to share his kite.",
    "Every night the little bear",
    "The king's crown was",
    "Long ago, in a café by the sea,",
    '"Don\'t cry," the rabbit said. "',
    "The bird couldn't fly because",
    "First they built a tower.\n\nThen",
    "At the end of the garden",
)
Continue = Callable[[str, int], list[int]]  # prompt, count → the greedy tokens


@dataclass(frozen=True)
class Comparison:
    """How far two tellers agree: over how many tokens, in how many prompts to the end, and where they parted."""

    tokens: int
    same: int
    near_ties: int
    gaps: tuple[float, ...]

    def __str__(self) -> str:
        apart = (
            f", {len(self.gaps)} apart (gaps of {', '.join(f'{gap:.3f}' for gap in self.gaps)})" if self.gaps else ""
        )
        return f"{self.same} prompts the same, {self.near_ties} near-ties{apart}; {self.tokens} tokens compared"


def compare(
    engine: RustEngine, tokenizer: Tokenizer, other: Continue, prompts: Sequence[str], count: int
) -> Comparison:
    """Let `engine` and `other` go on greedily from each prompt by at most `count` tokens."""
    compared = same = near_ties = 0
    gaps: list[float] = []
    for prompt in prompts:
        ids = [tokenizer.end_of_text, *tokenizer.encode(prompt)]
        most = min(count, engine.context_length - len(ids))
        told = [piece.token for piece in engine.generate(prompt, Sampling(temperature=0, max_tokens=most))]
        ours, theirs = (_to_the_end(tokens, tokenizer) for tokens in (told, other(prompt, most)))
        apart = next((at for at, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), None)
        if apart is None and len(ours) != len(theirs):
            apart = min(len(ours), len(theirs))
        compared += len(ours) if apart is None else apart
        if apart is None:
            same += 1
            continue
        logits = np.frombuffer(engine.logits([*ids, *ours[:apart]]), np.float32).reshape(-1, engine.vocab_size)[-1]
        second, best = np.sort(logits)[-2:]
        if best - second < NEAR_TIE:
            near_ties += 1
        else:
            gaps.append(float(best - second))
    return Comparison(compared, same, near_ties, tuple(gaps))


def _to_the_end(tokens: Sequence[int], tokenizer: Tokenizer) -> list[int]:
    """The tokens before the first that ends a text; which of them a runner names then differs."""
    ends = {tokenizer.end_of_text, tokenizer.im_end}
    return list(takewhile(lambda token: token not in ends, tokens))


def llama_cpp(gguf: Path, context: int) -> Continue:
    """llama.cpp on a GGUF file; it tokenizes the prompts itself. Tokens that end within a character are lost."""
    server = _server(gguf, context)
    return lambda prompt, count: _tokens(server.handle_completions({"prompt": prompt, "n_predict": count, **_GREEDY}))


def llama_cpp_answers(gguf: Path, context: int) -> Continue:
    """llama.cpp answering requests, with the chat template that the file holds."""
    server = _server(gguf, context)

    def answer(request: str, count: int) -> list[int]:
        messages = [{"role": "user", "content": request}]
        asked = {"messages": messages, "max_tokens": count, "logprobs": True, **_GREEDY}
        return _tokens(server.handle_chat_completions(asked))

    return answer


# Token ids come with the probabilities alone.
_GREEDY: dict[str, object] = {
    "temperature": 0.0,
    "samplers": ["top_k"],
    "top_k": 1,
    "n_probs": 1,
    "cache_prompt": False,
}


def _tokens(answer: Mapping[str, Any]) -> list[int]:
    if "choices" not in answer:
        raise RuntimeError(f"llama.cpp answers {answer}")
    return [int(token["id"]) for token in answer["choices"][0]["logprobs"]["content"]]


def _server(gguf: Path, context: int) -> Any:
    import xllamacpp

    settings = xllamacpp.CommonParams()
    settings.model.path = str(gguf)
    settings.n_ctx, settings.n_parallel, settings.cpuparams.n_threads = context, 1, 1
    # Keys and values in float32, as rustgpt keeps them; its own choice is float16.
    settings.cache_type_k = settings.cache_type_v = xllamacpp.ggml_type.GGML_TYPE_F32
    settings.verbosity = -1
    settings.use_jinja = True
    return xllamacpp.Server(settings)


def transformers(folder: Path) -> Continue:
    """Transformers on the standard folder, in float32."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)

    def go_on(prompt: str, count: int) -> list[int]:
        ids = [tokenizer.bos_token_id, *tokenizer.encode(prompt, add_special_tokens=False)]
        with torch.no_grad():
            told = model.generate(
                torch.tensor([ids]), do_sample=False, max_new_tokens=count, temperature=None, top_p=None
            )
        return [int(token) for token in told[0, len(ids) :]]

    return go_on


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", help="a model's name or folder; else the one in use")
    parser.add_argument("--tokens", type=int, default=100, help="tokens to tell after each prompt")
    arguments = parser.parse_args()
    folder = MODELS.find(arguments.model)
    engine, tokenizer = load_engine(folder), Tokenizer.load(folder / "tokenizer.json")
    print(f"{engine.name}: {engine.parameters:,} parameters, {len(PROMPTS)} prompts")
    with tempfile.TemporaryDirectory() as place:
        for dtype in DTYPES:
            file = send(folder, Path(place) / f"{dtype}.gguf", dtype)
            teller = llama_cpp(file.path, engine.context_length)
            found = compare(engine, tokenizer, teller, PROMPTS, arguments.tokens)
            print(f"llama.cpp {dtype:8} {file.bytes:>11,} bytes: {found}")
    found = compare(engine, tokenizer, transformers(folder), PROMPTS, arguments.tokens)
    print(f"transformers float32                : {found}")


if __name__ == "__main__":
    main()
