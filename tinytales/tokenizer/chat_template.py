"""The chat template: how a conversation becomes tokens for a chat model (ChatML, which every runner knows).

It is written down twice, as Jinja for other runners and as `render` for us; a test holds the two equal. Only `render`
is safe with any text: a message that spells out a special token stays text.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tinytales.tokenizer.special import END_OF_TEXT, IM_END, IM_START

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tinytales.tokenizer.tokenizer import Tokenizer

TOKENIZER_CONFIG_NAME = "tokenizer_config.json"

CHAT_TEMPLATE = (
    "{% for message in messages %}"
    f"{{{{ '{IM_START}' + message['role'] + '\\n' + message['content'] + '{IM_END}' + '\\n' }}}}"
    "{% endfor %}"
    f"{{% if add_generation_prompt %}}{{{{ '{IM_START}assistant\\n' }}}}{{% endif %}}"
)
"""Jinja, as Hugging Face `transformers` and llama.cpp read it."""

ROLES = ("system", "user", "assistant")


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation: who says it (one of `ROLES`), and what."""

    role: str
    content: str


@dataclass(frozen=True)
class Rendered:
    """A conversation as tokens.

    Attributes:
        ids: token ids.
        said: for each id, whether the assistant says it: its content and the `<|im_end|>` after it.
    """

    ids: list[int]
    said: list[bool]


def render(tokenizer: Tokenizer, messages: Sequence[Message], *, reply: bool = False) -> Rendered:
    """The tokens of a conversation; `reply` adds the head of an answer, for the model to go on from."""
    ids: list[int] = []
    said: list[bool] = []

    def add(tokens: list[int], by_assistant: bool) -> None:
        ids.extend(tokens)
        said.extend([by_assistant] * len(tokens))

    line_end = tokenizer.encode("\n")
    for message in messages:
        head = f"{message.role}\n"
        # In one go: a content that begins with a line break shares a token with the one before it.
        tokens = tokenizer.encode(head + message.content)
        spoken = len(tokens) - min(len(tokens), len(tokenizer.encode(head)))
        add([tokenizer.im_start, *tokens[: len(tokens) - spoken]], False)
        add([*tokens[len(tokens) - spoken :], tokenizer.im_end], message.role == "assistant")
        add(line_end, False)
    if reply:
        add([tokenizer.im_start, *tokenizer.encode("assistant\n")], False)
    return Rendered(ids, said)


def tokenizer_config(context_length: int) -> str:
    """The contents of `tokenizer_config.json` for a model that sees `context_length` tokens."""
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": END_OF_TEXT,
        "eos_token": END_OF_TEXT,
        "pad_token": END_OF_TEXT,
        "additional_special_tokens": [IM_START, IM_END],
        "add_bos_token": False,
        "add_prefix_space": False,
        "clean_up_tokenization_spaces": False,
        "model_max_length": context_length,
        "chat_template": CHAT_TEMPLATE,
    }
    return json.dumps(config, indent=2) + "\n"
