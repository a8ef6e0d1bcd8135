"""Knowledge distillation: learning what other models expect, beside what the text says (Hinton et al., 2015).

A text says of each place only what came there. Models that were trained apart err apart: the mean of what they expect
is better than each of them, and another model can learn much of that. Little text that is passed over often gains most
by it (Kim et al., 2025).

The teachers are asked once, before the run: of each place of the text the likeliest tokens are kept in memory. They
expect what comes in any story. Of one that answers a request they know as much, but for what was asked for: that is
learned from the text.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tinytales.errors import UsageError
from tinytales.machine import most_memory
from tinytales.model import folder as standard
from tinytales.model.gpt import GPT, own_text_mask
from tinytales.model.weights import load_model
from tinytales.storage import manifest
from tinytales.storage.shelf import MODELS
from tinytales.terminal import progress
from tinytales.tokenizer.targets import ids_of, weights_of
from tinytales.training.batches import StoryStream
from tinytales.training.device import Device
from tinytales.training.packing import Integers

GUESSES = 16  # tokens kept of each place; of stories they are 94% of what a teacher expects
ROW_TOKENS = 8192  # that teachers read at once
NOWHERE = 0  # a place that no target has: what begins the token file follows nothing


@dataclass(frozen=True)
class Teaching:
    """What teachers expect of a text.

    Attributes:
        ids: the likeliest tokens of each place of the token file, (places, GUESSES), 16 bits each.
        probabilities: theirs, the mean over the teachers, in float16.
        trust: the share of each target that is the teachers'; the rest is the text's.
        places: the places of a step's targets in the token file, (rows, length); NOWHERE of those that aren't in it.
    """

    ids: Tensor
    probabilities: Tensor
    trust: float
    places: Callable[[int], Integers]

    def targets(self, places: Integers, said: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
        """What stands for each target in the loss: the teachers' guesses and what the text says, each with its weight.

        What the teachers expect beside their guesses isn't kept. Where the text says something that is none of the
        guesses, all the weight that isn't theirs goes to it: in the mean, that is what they expect there.

        Args:
            places: of the targets, (rows, length); at NOWHERE the text alone counts.
            said: the ids that stand there.
            weights: how much each place counts.

        Returns:
            Ids and weights, both (rows, length, GUESSES + 1).
        """
        found = torch.from_numpy(places)
        guesses = (self.ids[found].to(said.device).long() & 0xFFFF, self.probabilities[found].to(said.device).float())
        missed = (guesses[0] != said[..., None]).all(-1) | (found == NOWHERE).to(said.device)
        own = torch.where(missed, 1.0, 1 - self.trust)
        shares = torch.cat([self.trust * guesses[1], own[..., None]], -1)
        return torch.cat([guesses[0], said[..., None]], -1), shares * weights[..., None]


def lineage_of(names: Sequence[str]) -> dict[str, dict[str, str]]:
    """The teachers of a run as entries of its lineage: "teacher NAME" → that model's name and identity.

    Raises:
        MissingError: one is missing, or wasn't trained by tinytales.
    """
    found = {name: manifest.read(MODELS.find(name), "model", standard.RUN) for name in names}
    return {f"teacher {name}": {"name": model.name, "identity": model.identity} for name, model in found.items()}


class StoryFinder:
    """Finds the stories of a token file in rows of something else.

    Args:
        tokens: the token file.
        starts: the position of each story's leading `<|endoftext|>`.
    """

    def __init__(self, tokens: NDArray[np.uint16], starts: Integers) -> None:
        self._end_of_text = tokens[0]
        bounds = zip(starts, [*starts[1:], len(tokens) - 1], strict=True)
        self._starts = {tokens[start + 1 : end].tobytes(): start for start, end in bounds}

    def places(self, rows: Integers) -> Integers:
        """Where the targets of such rows stand in the token file.

        Args:
            rows: (rows, length + 1), as `tokenizer.targets` has it. What is learned without a break is a story with
                the special token after it, or something else.

        Returns:
            Places, (rows, length); NOWHERE of all that is no whole story, and of what weighs more than the rest of its
            story, having been asked for. What ends an answer isn't there either: stories end otherwise.
        """
        targets, weights = ids_of(rows[:, 1:]).astype(np.uint16), weights_of(rows[:, 1:])
        found = np.full(targets.shape, NOWHERE)
        edges = np.diff(weights > 0, prepend=False, append=False)
        for row, places, edge in zip(targets, found, edges, strict=True):
            for begin, end in np.flatnonzero(edge).reshape(-1, 2):
                start = self._starts.get(row[begin : end - 1].tobytes())
                if start is not None:
                    told = end - begin - (row[end - 1] != self._end_of_text)
                    places[begin : begin + told] = start + 1 + np.arange(told)
        found[weights > 1] = NOWHERE
        return found


@torch.no_grad()
def ask(
    teachers: Sequence[GPT],
    stream: StoryStream,
    device: Device,
    trust: float,
    places: Callable[[int], Integers],
) -> Teaching:
    """Ask teachers what they expect at each place of a stream's text.

    Args:
        teachers: the mean of what they expect counts.
        stream: of the text.
        device: where to ask.
        trust: see `Teaching`.
        places: see `Teaching`.

    Raises:
        UsageError: there isn't the memory to keep it.
    """
    size = 4 * GUESSES * stream.text_tokens
    if size > most_memory() / 2:
        raise UsageError(
            f"what teachers expect of {stream.text_tokens:,} tokens takes {size / 1e9:,.1f} GB of memory",
            "train on fewer stories: tinytales prepare --limit",
        )
    ids = torch.zeros(stream.text_tokens + 1, GUESSES, dtype=torch.int16)
    probabilities = torch.zeros(stream.text_tokens + 1, GUESSES, dtype=torch.float16)
    rows = max(1, ROW_TOKENS // (stream.epoch_tokens // stream.epoch_rows))
    with progress("asking the teachers", stream.epoch_rows, "rows") as bar, device.autocast():
        for first in range(0, stream.epoch_rows, rows):
            count = min(rows, stream.epoch_rows - first)
            tokens = torch.from_numpy(ids_of(stream.rows(first, count))[:, :-1]).to(device.name)
            mask = own_text_mask(tokens, teachers[0].config.end_of_text)
            expected = torch.stack([teacher(tokens, mask).float().softmax(-1) for teacher in teachers]).mean(0)
            likeliest = expected.topk(GUESSES)
            found = torch.from_numpy(stream.places(first, count))
            ids[found] = likeliest.indices.to("cpu", torch.int16)
            probabilities[found] = likeliest.values.to("cpu", torch.float16)
            bar.advance(count)
    return Teaching(ids, probabilities, trust, places)


def load_teachers(names: Sequence[str], tokenizer_file: Path, context_length: int, device: Device) -> list[GPT]:
    """Load teachers onto the device.

    Raises:
        MissingError: one is missing or damaged.
        UsageError: one has another vocabulary, or sees fewer tokens than its student is to see.
    """
    teachers = []
    for name in names:
        folder = MODELS.find(name)
        if (folder / standard.TOKENIZER).read_bytes() != tokenizer_file.read_bytes():
            raise UsageError(
                f"the teacher {name} has another vocabulary than these tokens",
                "train teachers on the tokens of their student",
            )
        teacher = load_model(folder)
        if teacher.config.context_length < context_length:
            raise UsageError(
                f"the teacher {name} sees {teacher.config.context_length:,} tokens, its student {context_length:,}",
                f"use --context-length {teacher.config.context_length}, or another teacher",
            )
        teachers.append(device.place(teacher.eval(), compiled=False))
    return teachers
