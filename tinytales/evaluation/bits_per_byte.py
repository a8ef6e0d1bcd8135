"""Bits per byte: how well a model predicts stories, comparable between vocabularies and between models.

Each story stands in a context of its own after `<|endoftext|>`. The bits of its text tokens are divided by its UTF-8
bytes; the closing `<|endoftext|>` is a figure of its own (does the model know when to stop?). A story longer than the
context is cut there, and only what was seen counts.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from tinytales.model.gpt import GPT

BATCH_TOKENS = 8192  # padded tokens in one forward pass: their logits at a vocabulary of 2,048 are 64 MB


@dataclass(frozen=True)
class BitsPerByte:
    """The measurement.

    Attributes:
        bits_per_byte: of the stories' text.
        ending_bits: bits of the closing `<|endoftext|>`, mean over the stories whose end was seen; NaN if none was.
        stories: how many were measured.
        bytes: UTF-8 bytes of text seen.
    """

    bits_per_byte: float
    ending_bits: float
    stories: int
    bytes: int


@torch.no_grad()
def bits_per_byte(
    model: GPT, stories: Sequence[NDArray[np.uint16]], token_bytes: NDArray[np.int64], end_of_text: int
) -> BitsPerByte:
    """Measure `model` on `stories`, with nothing dropped out.

    Args:
        model: on any device; in training mode or not, as which it is left.
        stories: token ids of each story without `<|endoftext|>`.
        token_bytes: UTF-8 bytes of each token id; 0 for special tokens.
        end_of_text: id of `<|endoftext|>`.

    Raises:
        ValueError: there is nothing to measure.
    """
    device = model.embedding.device
    training = model.training
    model.eval()
    text_nats = ending_nats = 0.0
    text_bytes = endings = 0
    for inputs, targets in _batches(stories, model.config.context_length, end_of_text):
        logits = model(torch.from_numpy(inputs).to(device)).float()
        expected = torch.from_numpy(targets).to(device)
        losses = torch.nn.functional.cross_entropy(
            logits.flatten(0, 1), expected.flatten(), reduction="none", ignore_index=-1
        )
        nats = losses.view_as(expected).cpu().double().numpy()
        is_ending = targets == end_of_text
        is_text = (targets >= 0) & ~is_ending
        text_nats += float(nats[is_text].sum())
        ending_nats += float(nats[is_ending].sum())
        text_bytes += int(token_bytes[targets[is_text]].sum())
        endings += int(is_ending.sum())
    model.train(training)
    if text_bytes == 0:
        raise ValueError("no text to measure on")
    return BitsPerByte(
        bits_per_byte=text_nats / math.log(2) / text_bytes,
        ending_bits=ending_nats / math.log(2) / endings if endings else math.nan,
        stories=len(stories),
        bytes=text_bytes,
    )


def _batches(
    stories: Sequence[NDArray[np.uint16]], context_length: int, end_of_text: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Inputs and targets (stories, longest) of stories of similar length; targets are -1 where padded."""
    rows = [np.concatenate(([end_of_text], story, [end_of_text]))[: context_length + 1] for story in stories]
    rows.sort(key=len)
    while rows:
        count = max(1, BATCH_TOKENS // len(rows[-1]))
        batch, rows = rows[-count:], rows[:-count]
        width = len(batch[-1]) - 1
        inputs = np.full((len(batch), width), end_of_text, dtype=np.int64)
        targets = np.full((len(batch), width), -1, dtype=np.int64)
        for index, row in enumerate(batch):
            inputs[index, : len(row) - 1] = row[:-1]
            targets[index, : len(row) - 1] = row[1:]
        yield inputs, targets
