"""A random model as `train` saves one: the standard folder, with the record of a run."""

from pathlib import Path

import torch

from tests.tokenizer.stories import make_stories
from tinytales.model import folder as standard
from tinytales.model.config import GPTConfig
from tinytales.model.gpt import GPT
from tinytales.storage import manifest
from tinytales.tokenizer.train import train_tokenizer
from tinytales.training.train import save_model

VOCAB_SIZE = 320
LINEAGE = {"corpus": {"name": "little", "identity": "0123456789abcdef"}}


def save_small_model(folder: Path) -> Path:
    """Make the model in `folder`, which must not exist; its texts are noise."""
    folder.mkdir(parents=True)
    tokenizer = train_tokenizer(make_stories(100), VOCAB_SIZE)
    tokenizer.save(folder.parent / standard.TOKENIZER)
    model = GPT(GPTConfig(VOCAB_SIZE, context_length=96, depth=2, width=64, heads=2, hidden=128))
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "norm" in name:
                parameter.uniform_(0.5, 1.5, generator=generator)
            else:
                parameter.normal_(0, 0.15, generator=generator)
        for token in range(VOCAB_SIZE):
            if not tokenizer.token_bytes(token).isascii():
                model.embedding[token] = 0  # hardly ever the likeliest: what it tells is noise, but whole characters
    save_model(model, folder, tokenizer_file=folder.parent / standard.TOKENIZER, end_of_text=tokenizer.end_of_text)
    facts = {"parameters": model.config.parameters, "validation": {"bits_per_byte": 3.25, "stories": 7}}
    manifest.seal(folder, kind="model", name=folder.name, facts=facts, lineage=LINEAGE, file_name=standard.RUN)
    return folder
