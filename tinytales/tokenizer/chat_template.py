"""The chat template: how a conversation becomes text for a chat model (ChatML, which every runner knows)."""

import json

from tinytales.tokenizer.special import END_OF_TEXT, IM_END, IM_START

TOKENIZER_CONFIG_NAME = "tokenizer_config.json"

CHAT_TEMPLATE = (
    "{% for message in messages %}"
    f"{{{{ '{IM_START}' + message['role'] + '\\n' + message['content'] + '{IM_END}' + '\\n' }}}}"
    "{% endfor %}"
    f"{{% if add_generation_prompt %}}{{{{ '{IM_START}assistant\\n' }}}}{{% endif %}}"
)
"""Jinja, as Hugging Face `transformers` and llama.cpp read it."""


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
