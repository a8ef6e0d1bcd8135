"""Small random models in Hugging Face folders, and a tokenizer simple enough to be right at a glance."""

from pathlib import Path
from typing import Any

END = 256
VOCAB_SIZE = 259  # as many as no multiple of anything


class ByteTokenizer:
    """A token for each byte, and one for the end."""

    vocab_size = END + 1
    end_of_text = END

    def encode(self, text: str) -> list[int]:
        return list(text.encode())

    def token_bytes(self, token: int) -> bytes:
        return bytes([token]) if token < END else b""


def save_model(folder: Path, *, architecture: str = "Qwen3", seed: int = 0, **changes: Any) -> Any:
    """Save a random model, and return it as transformers computes it."""
    import torch
    import transformers

    settings: dict[str, Any] = {
        "vocab_size": VOCAB_SIZE,
        "hidden_size": 48,
        "intermediate_size": 80,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 16,
        "max_position_embeddings": 64,
        "tie_word_embeddings": True,
        "rope_parameters": {"rope_type": "default", "rope_theta": 10_000.0},
        "initializer_range": 0.15,
        **changes,
    }
    torch.manual_seed(seed)
    config = getattr(transformers, f"{architecture}Config")(**settings)
    model = getattr(transformers, f"{architecture}ForCausalLM")(config).float().eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "norm" in name:
                parameter.uniform_(0.5, 1.5)
    model.save_pretrained(folder)
    return model


def random_ids(count: int, seed: int) -> list[int]:
    import random

    return [END, *(random.Random(seed).randrange(END) for _ in range(count - 1))]
