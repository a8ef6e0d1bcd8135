"""What a run would be, without running it: `train --dry-run`."""

from pathlib import Path

from tinytales.model.config import GPTConfig
from tinytales.terminal import clock
from tinytales.tokenizer.token_files import TokenFile
from tinytales.training.batches import StoryStream
from tinytales.training.device import find_device
from tinytales.training.plan import describe, make_plan, measure
from tinytales.training.settings import TrainSettings

_FLOAT = 4  # bytes


def forecast(tokens_folder: Path, settings: TrainSettings) -> str:
    """Parameters, tokens, passes, memory and time of a run, for people; a few steps are measured and thrown away.

    Raises:
        MissingError: the token folder is missing or damaged.
        UsageError: there is too little text for one batch.
    """
    training = TokenFile.open(tokens_folder, "train")
    stream = StoryStream(training.tokens, training.starts, settings.context_length, settings.seed)
    config = settings.model(training.tokenizer.vocab_size)
    device = find_device(settings.precision)
    plan = make_plan(settings, config, stream, device)
    settings = settings.regularised(plan.epochs, config.parameters, stream.text_tokens)
    seconds = measure(settings, config, stream, plan.rows, plan.micro_rows, device)
    tokens = plan.steps * plan.rows * settings.context_length
    speed = plan.rows * settings.context_length / seconds
    return "\n".join(
        (
            describe(plan, settings, config, stream, device),
            f"{tokens:,} tokens, {tokens / config.parameters:.1f} for each parameter",
            f"about {memory(config, plan.micro_rows) / 1e6:,.0f} MB of memory beside PyTorch's own",
            f"about {clock(plan.steps * seconds)} at {speed:,.0f} tokens/s, measured just now",
        )
    )


def memory(config: GPTConfig, rows: int) -> int:
    """Bytes of a step of so many rows: weights, gradients and two averages each, and what the backward pass needs.

    The last is for each token about 14 vectors of the width and 4 of the feed-forward's in each layer, what it sees of
    the context twice (scores and shares), and the logits three times (themselves, in float32, and their gradient).
    """
    state = 4 * config.parameters
    layer = 14 * config.width + 4 * config.hidden + 2 * config.heads * config.context_length
    return _FLOAT * (state + rows * config.context_length * (config.depth * layer + 3 * config.vocab_size))
