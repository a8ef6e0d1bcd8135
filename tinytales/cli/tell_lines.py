"""`tinytales tell -i`: a story that goes on line by line, for screen readers and terminals that can't be redrawn.

Three ways to go on are offered after each passage. Nothing is redrawn or coloured; input and output are plain lines.
"""

from dataclasses import replace

from tinytales.inference.engine import Engine
from tinytales.inference.sampling import Sampling
from tinytales.terminal import note, sanitize

CHOICES = 3
HELP = f"enter goes on, 1-{CHOICES} picks, r offers others, your own words are added, q ends"


def tell_lines(engine: Engine, opening: str, sampling: Sampling) -> str:
    """Tell with the one who types, passage by passage, until they or the model end it; the whole story."""
    story = opening
    offered = 0
    note(HELP)
    print(story, flush=True)
    while True:
        choices = _offer(engine, story, replace(sampling, seed=(sampling.seed + offered) % 2**64))
        offered += 1
        for number, (text, ends) in enumerate(choices, start=1):
            print(f"{number}: {text.strip()}{' (the end)' if ends else ''}", flush=True)
        try:
            answer = sanitize(input("> ")).strip()
        except EOFError:
            answer = "q"
        if answer.lower() == "q":
            return story
        if answer.lower() == "r":
            continue
        if answer and answer not in {str(number) for number in range(1, CHOICES + 1)}:
            story += f" {answer}"
            continue
        text, ends = choices[int(answer or 1) - 1]
        story += text
        print(text.strip(), flush=True)
        if ends:
            return story


def _offer(engine: Engine, story: str, sampling: Sampling) -> list[tuple[str, bool]]:
    """Ways to go on by a sentence, each with whether the story ends there."""
    texts, ends = [""] * CHOICES, [False] * CHOICES
    for take, piece in engine.generate_takes(story, replace(sampling, until="sentence"), CHOICES):
        texts[take] += sanitize(piece.text)
        ends[take] = piece.finish == "end"
    return list(zip(texts, ends, strict=True))
